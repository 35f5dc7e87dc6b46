//! How long requests are repeated.

use super::world::*;
use crate::session::*;
use crate::wire::Event;

#[test]
fn nothing_that_listens_for_hours_does_not_end_the_session() {
    let mut world = World::new(options(), |now, request| {
        Some(match request.event {
            _ if now < s(12.0 * 3600.0) => failed(FailureKind::Network),
            Event::WhatsNext => sleep(60.0),
            _ => taken(),
        })
    });
    world.run(12.0 * 3600.0 + 300.0);
    assert_eq!(world.end, None);
    assert!(world.requests(3600.0, 7200.0) > 60, "{}", world.requests(3600.0, 7200.0));
    assert!(matches!(world.session.state().phase, Phase::Sleeping { .. }));
}

#[test]
fn a_spent_budget_is_said_once_and_the_optimizer_is_asked_on_slowly() {
    let tries = Budget { max_time: None, max_tries: Some(3) };
    let time = Budget { max_time: Some(s(3.0)), max_tries: None };
    for (budget, answer) in [(tries, status(401, "no")), (tries, status(503, "")), (time, status(503, ""))] {
        for (options, event) in [
            (SessionOptions { connect: budget, ..options() }, "HELLO"),
            (SessionOptions { requests: budget, ..options() }, "WHATS_NEXT"),
        ] {
            let answer = answer.clone();
            let mut world = World::new(options, move |now, request| {
                let refused = request.event.name() == event && now < s(600.0);
                Some(match request.event {
                    _ if refused => answer.clone(),
                    Event::WhatsNext => sleep(3600.0),
                    _ => taken(),
                })
            });
            world.stop_at(900.0);
            world.run(800.0);
            assert_eq!(world.end, None);
            let said = |text: &str| world.notices.iter().filter(|notice| notice.text.contains(text)).count();
            assert_eq!(said("`settings.backoff` allows: see whether"), 1, "{:?}", world.notices);
            assert!(world.requests(60.0, 600.0) < 20, "{}", world.requests(60.0, 600.0));
            assert_eq!(world.session.state().problem, None);
            world.run(950.0);
            assert_eq!(world.trace.last().unwrap(), "GOODBYE SIGTERM");
        }
    }
}

#[test]
fn a_session_that_does_not_poll_says_hello_and_goodbye() {
    let mut world = World::new(SessionOptions { poll: false, ..options() }, |now, _| {
        Some(if now < s(5.0) { status(503, "") } else { taken() })
    });
    world.stop_at(7200.0);
    let state = world.run(7000.0).session.state();
    assert_eq!((state.phase, state.greeted, state.problem, state.tries), (Phase::Idle, true, None, 0));
    world.run(7300.0);
    world.trace.retain(|line| line != "HELLO");
    assert_eq!(world.trace, ["shutdown", "GOODBYE SIGTERM"]);
}

/// Results are refused until then.
fn deaf_until(until: f64, budget: Budget, mut commands: Vec<Answer>) -> World {
    World::new(SessionOptions { requests: budget, ..options() }, move |now, request| {
        Some(match request.event {
            Event::Adjustment(_) if now < s(until) => status(503, ""),
            Event::WhatsNext => commands.pop().unwrap_or_else(|| sleep(3600.0)),
            _ => taken(),
        })
    })
}

#[test]
fn a_result_that_could_not_be_told_is_told_when_the_optimizer_asks_again() {
    let budget = Budget { max_time: Some(s(30.0)), max_tries: None };
    let mut world = deaf_until(29.0, budget, vec![adjust("c")]);
    world.run(100.0);
    assert!(world.sent.iter().all(|(at, _)| *at <= s(30.0)), "the last try is within the time");

    let mut world = deaf_until(31.0, budget, vec![adjust("c"), adjust("c"), adjust("c")]);
    world.run(100.0);
    let line = |wanted: &str| world.trace.iter().filter(|line| *line == wanted).count();
    assert_eq!(line("begin ADJUST"), 2, "{:?}", world.trace);
    assert!(world.says("the result of ADJUST is given up"));
    assert!(world.says("ADJUST was done before"));

    // Another command is another operation.
    let mut world = deaf_until(31.0, budget, vec![adjust("c"), adjust("d"), adjust("c")]);
    world.run(100.0);
    assert_eq!(world.trace.iter().filter(|line| *line == "begin ADJUST").count(), 3, "{:?}", world.trace);
}
