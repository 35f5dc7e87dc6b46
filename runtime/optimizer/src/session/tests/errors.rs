//! What happens when requests come to nothing.

use super::world::*;
use crate::session::*;
use crate::wire::Event;

/// Everything but HELLO gets this answer.
fn always(answer: Answer) -> World {
    World::new(options(), move |_, request| {
        Some(if matches!(request.event, Event::Hello(_)) { taken() } else { answer.clone() })
    })
}

#[test]
fn defect_5_no_answer_whatsoever_makes_a_hot_loop() {
    let table = [
        (status(400, "bad"), 60),
        (status(401, "bad token"), 60),
        (status(403, ""), 60),
        (status(404, ""), 60),
        (status(409, ""), 60),
        (status(410, "gone"), 60),
        (status(410, "unexpected servo_uid"), 1),
        (status(429, ""), 60),
        (status(301, ""), 60),
        (status(500, ""), 60),
        (status(599, ""), 60),
        (failed(FailureKind::Network), 60),
        (failed(FailureKind::Timeout), 60),
        (failed(FailureKind::Tls), 60),
        (failed(FailureKind::TooLarge), 60),
        (failed(FailureKind::Credentials), 60),
        (Answer::Body("{}".into()), 60),
        (ok(serde_json::json!({"status": "unexpected-event"})), 120),
    ];
    for (answer, most) in table {
        let mut world = always(answer.clone());
        world.run(1200.0);
        let (first, later) = (world.requests(0.0, 60.0), world.requests(60.0, 1200.0));
        // The bar: one request a second after a minute. It is one in half a minute.
        assert!(first < 40 && later < most, "{answer:?}: {first} {later}");
        assert_eq!(world.end, None, "{answer:?}");
        assert!(world.session.state().problem.is_some(), "{answer:?}");
    }
}

#[test]
fn what_went_wrong_is_told_with_what_to_do() {
    let table = [
        (
            status(401, "bad token"),
            "the optimizer answered WHATS_NEXT with status 401: bad token; check the token and the optimizer's id; next try in",
        ),
        (
            status(404, ""),
            "the optimizer answered WHATS_NEXT with status 404; it does not know this application, or not yet; next try in",
        ),
        (status(302, ""), "give the address that it leads to as `url`"),
        (failed(FailureKind::Network), "WHATS_NEXT: optimizer.test: nothing; next try in"),
        (status(410, "unexpected servo_uid"), "another has taken over"),
    ];
    for (answer, text) in table {
        let mut world = always(answer);
        world.run(5.0);
        assert!(world.says(text), "{text}: {:?}", world.notices);
        assert!(world.session.state().problem.unwrap().contains(text));
    }
}

#[test]
fn a_token_that_is_right_again_ends_the_trouble() {
    let mut world = World::new(options(), |now, request| {
        Some(match request.event {
            _ if now < s(100.0) => status(401, ""),
            Event::WhatsNext => sleep(10.0),
            _ => taken(),
        })
    });
    let before = world.run(99.0).session.state();
    assert!(before.tries > 5 && before.problem.is_some(), "{before:?}");
    let after = world.run(300.0).session.state();
    assert_eq!((after.tries, after.problem), (0, None));
    assert!(world.says("the optimizer answers again"));
}

#[test]
fn retries_are_spread_grow_and_carry_the_same_request() {
    for answer in [status(500, ""), status(503, ""), status(404, ""), failed(FailureKind::Network)] {
        let mut seen = Vec::new();
        for seed in 0..20 {
            let given = answer.clone();
            let mut world = World::new(SessionOptions { seed, ..options() }, move |now, request| {
                Some(match request.event {
                    Event::WhatsNext if now == s(0.0) => adjust("c"),
                    Event::Adjustment(_) => given.clone(),
                    _ => taken(),
                })
            });
            world.run(599.0);
            let tries: Vec<_> =
                world.sent.iter().filter(|(_, request)| request.event.name() == "ADJUSTMENT").collect();
            assert!(tries.windows(2).all(|pair| pair[0].1 == pair[1].1), "another request");
            for (number, pair) in tries.windows(2).enumerate() {
                let delay = pair[1].0 - pair[0].0;
                let most = 2f64.powi(number as i32).min(60.0);
                assert!(delay >= s(0.1) && delay <= s(most), "{delay:?} after {number}");
            }
            seen.push(tries[1].0);
        }
        seen.sort_unstable();
        seen.dedup();
        assert!(seen.len() > 10, "servos come back together: {seen:?}");
    }
}

#[test]
fn retry_after_is_waited_for_within_an_hour() {
    for (asked, least) in [(30.0, 30.0), (0.0, 0.1), (1e6, 3600.0)] {
        let answer =
            Answer::Refused(Refusal { status: 429, detail: String::new(), retry_after: Some(s(asked)) });
        let mut world = always(answer);
        world.run(4000.0);
        let delay = world.sent[2].0 - world.sent[1].0;
        assert!(delay >= s(least) && delay <= s(least.max(1.0)), "{delay:?}");
    }
}

#[test]
fn ten_minutes_of_silence_are_survived() {
    // What a client makes of it: each try ends after its own deadline.
    let mut world = World::new(options(), |now, request| {
        let silent = now > s(5.0) && now < s(605.0);
        Some(match request.event {
            _ if silent => failed(FailureKind::Timeout),
            Event::WhatsNext => sleep(2.0),
            _ => taken(),
        })
    });
    world.latency = s(0.5);
    world.run(700.0);
    assert_eq!(world.end, None);
    assert_eq!(world.session.state().problem, None);
    assert_eq!(world.trace.iter().filter(|line| *line == "HELLO").count(), 1);
}

#[test]
fn a_servo_that_was_replaced_waits_for_an_hour_and_still_says_goodbye() {
    let mut world = always(status(410, "unexpected servo_uid"));
    world.stop_at(7300.0);
    let state = world.run(10.0).session.state();
    assert_eq!(state.phase, Phase::Replaced { until: s(3600.0) });
    world.run(8000.0);
    let expected =
        ["HELLO", "WHATS_NEXT", "HELLO", "WHATS_NEXT", "HELLO", "WHATS_NEXT", "shutdown", "GOODBYE SIGTERM"];
    assert_eq!(world.trace, expected);
}
