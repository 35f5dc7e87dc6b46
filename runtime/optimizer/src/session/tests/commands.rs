//! What the optimizer asks for, and what becomes of it.

use serde_json::json;
use servo_types::{Code, Failure, Measurement, Metric, Reading, Scalar, Series};

use super::world::*;
use crate::session::*;
use crate::wire::{Body, Event};

const OK: &str = "ADJUSTMENT c ok";

#[test]
fn the_captured_life_of_a_servo() {
    let mut world = World::scripted([describe("c-1"), measure("c-2"), adjust("c-3"), sleep(1.0)]);
    world.stop_at(25.0);
    world.run(60.0);
    let expected = [
        "HELLO",
        "WHATS_NEXT",
        "begin DESCRIBE",
        "DESCRIPTION c-1 ok",
        "WHATS_NEXT",
        "begin MEASURE",
        "MEASUREMENT c-2 ok",
        "WHATS_NEXT",
        "begin ADJUST",
        "ADJUSTMENT c-3 ok",
        "WHATS_NEXT",
        "WHATS_NEXT",
        "shutdown",
        "GOODBYE SIGTERM",
    ];
    assert_eq!(world.trace, expected);
    assert_eq!(world.end, Some((s(25.0), End::Stopped)));
    assert!(world.sent.iter().all(|(_, request)| request.servo_uid.as_deref() == Some("uid-1")));
    // Nothing but SLEEP takes time.
    assert_eq!(world.requests(0.0, 0.001), 8);
}

#[test]
fn what_the_optimizer_asks_reaches_connectors_and_their_units_reach_the_optimizer() {
    let mut session = Session::new(options());
    session.step(s(0.0), Input::Start);
    session.step(s(0.0), Input::Answered(taken()));
    let actions = session.step(s(0.0), Input::Answered(measure("c")));
    let [Action::Begin(operation)] = actions.as_slice() else { panic!("{actions:?}") };
    let Task::Measure { metrics, control } = &operation.task else { panic!("{operation:?}") };
    assert_eq!((metrics[0].name.as_str(), metrics[0].unit.as_str()), ("p99", "ms"));
    assert_eq!(control.duration, s(60.0));
    let scalar =
        |metric: &str| Reading::Scalar(Scalar { metric: metric.to_owned(), value: 1.5, ..Scalar::default() });
    let measurement = Measurement { readings: vec![scalar("p99"), scalar("rate")], annotations: Vec::new() };
    let known = vec![Metric { name: "rate".to_owned(), unit: "rps".to_owned() }];
    let outcome = Outcome::Measured { measurement, metrics: known, at: 5 };
    let actions = session.step(s(1.0), Input::Finished(Ok(outcome)));
    let [Action::Post { body, .. }] = actions.as_slice() else { panic!("{actions:?}") };
    let body: serde_json::Value = serde_json::from_slice(body).unwrap();
    let expected = json!({"p99": {"unit": "ms", "value": 1.5}, "rate": {"unit": "rps", "value": 1.5}});
    assert_eq!(body["param"]["metrics"], expected);
}

#[test]
fn defect_3_what_connectors_fail_with_is_told_and_the_session_goes_on() {
    let table = [
        (
            Failure::new(Code::Rejected, "no room").because("unschedulable"),
            "rejected (unschedulable): no room",
        ),
        (
            Failure::new(Code::Aborted, "too slow").because("slo-violation"),
            "aborted (slo-violation): too slow",
        ),
        (Failure::new(Code::Failed, "trap: unreachable"), "failed: trap: unreachable"),
        (Failure::new(Code::LimitExceeded, "memory"), "failed (limit-exceeded): memory"),
        (Failure::new(Code::TimedOut, "late"), "failed (timed-out): late"),
    ];
    for (failure, told) in table {
        let mut world = World::scripted([adjust("c"), describe("d")]);
        world.act.with = Some(failure);
        world.run(10.0);
        assert_eq!(world.trace[3], format!("ADJUSTMENT c {told}"));
        assert_eq!(world.trace[4..6], ["WHATS_NEXT", "begin DESCRIBE"]);
    }
}

#[test]
fn defect_4_what_is_no_command_is_survived() {
    let table = [
        // The optimizer has forgotten this servo: it is greeted again.
        (ok(json!({"status": "unexpected-event", "reason": "say HELLO first"})), "HELLO"),
        (ok(json!({"status": "ok"})), "WHATS_NEXT"),
        (ok(json!({"status": "cancel"})), "WHATS_NEXT"),
        (ok(json!({"cmd": "DANCE", "cmd_uid": "x", "param": {}})), "WHATS_NEXT"),
        (ok(json!({"cmd": 7})), "WHATS_NEXT"),
        (ok(json!({"status": "maybe"})), "WHATS_NEXT"),
        (ok(json!([])), "WHATS_NEXT"),
        (Answer::Body("<html>".into()), "WHATS_NEXT"),
        (Answer::Body(r#"{"cmd":"MEASURE","par"#.into()), "WHATS_NEXT"),
        (failed(FailureKind::TooLarge), "WHATS_NEXT"),
    ];
    for (answer, next) in table {
        let mut world = World::scripted([answer.clone(), adjust("c")]);
        world.run(10.0);
        assert_eq!(world.trace[..3], ["HELLO", "WHATS_NEXT", next], "{answer:?}");
        assert_eq!(world.trace.iter().filter(|line| *line == OK).count(), 1, "{answer:?}: {:?}", world.trace);
        assert!(world.sent[2].0 >= s(0.1), "{answer:?}: no pause");
    }
}

#[test]
fn defect_5_commands_that_say_too_little_are_answered_and_paused_for() {
    let components = json!({"application": {"components": {"web": {"settings": {"cpu": {"value": null}}}}}});
    let table = [
        (json!({"cmd": "MEASURE", "cmd_uid": "c", "param": {}}), "MEASUREMENT"),
        (json!({"cmd": "MEASURE", "cmd_uid": "c"}), "MEASUREMENT"),
        (
            json!({"cmd": "MEASURE", "cmd_uid": "c", "param": {"metrics": [], "control": {"delay": "soon"}}}),
            "MEASUREMENT",
        ),
        (json!({"cmd": "ADJUST", "cmd_uid": "c", "param": {"control": {}}}), "ADJUSTMENT"),
        (json!({"cmd": "ADJUST", "cmd_uid": "c", "param": {"state": components}}), "ADJUSTMENT"),
        (
            json!({"cmd": "DESCRIBE", "cmd_uid": "c", "param": {"control": {"past": 1, "delay": 2}}}),
            "DESCRIPTION",
        ),
    ];
    for (command, event) in table {
        let answer = command.clone();
        let mut world = World::new(options(), move |_, request| {
            Some(if request.event == Event::WhatsNext { ok(answer.clone()) } else { taken() })
        });
        world.run(600.0);
        let told = &world.trace[2];
        assert!(told.starts_with(&format!("{event} c failed (invalid-command): the command")), "{told}");
        assert!(world.requests(60.0, 600.0) < 60, "{command}: {}", world.requests(60.0, 600.0));
        assert!(world.session.state().problem.is_some());
    }
}

#[test]
fn sleep_lasts_as_long_as_it_says_and_never_less_than_a_second() {
    let table = [
        (json!({"cmd": "SLEEP", "param": {"duration": 60, "data": {"reason": "no pipeline"}}}), 60.0),
        (json!({"cmd": "SLEEP", "param": {"duration": "1m30s"}}), 90.0),
        (json!({"cmd": "SLEEP"}), 120.0),
        (json!({"cmd": "SLEEP", "param": {"data": null}}), 120.0),
        (json!({"cmd": "SLEEP", "param": {"duration": 0}}), 1.0),
        (json!({"cmd": "SLEEP", "param": {"duration": 0.001}}), 1.0),
        (json!({"cmd": "SLEEP", "param": {"duration": -5}}), 120.0),
        (json!({"cmd": "SLEEP", "param": {"duration": "soon"}}), 120.0),
        (json!({"cmd": "SLEEP", "param": []}), 120.0),
    ];
    for (command, seconds) in table {
        let mut world = World::scripted([ok(command.clone())]);
        world.run(600.0);
        assert_eq!(world.sent[2].0, s(seconds), "{command}");
    }
    let mut world = World::scripted([sleep(60.0)]);
    let state = world.run(10.0).session.state();
    let reason = Some("nothing to do".to_owned());
    assert_eq!(
        state,
        SessionState {
            phase: Phase::Sleeping { until: s(60.0), reason },
            greeted: true,
            problem: None,
            tries: 0
        }
    );
    assert!(world.says("sleep for 60 s: nothing to do"));
}

#[test]
fn what_no_optimizer_can_read_is_a_failed_result() {
    let mut session = Session::new(options());
    session.step(s(0.0), Input::Start);
    session.step(s(0.0), Input::Answered(taken()));
    session.step(s(0.0), Input::Answered(measure("c")));
    let readings = vec![Reading::Scalar(Scalar::default()), Reading::Series(Series::default())];
    let measurement = Measurement { readings, annotations: Vec::new() };
    let outcome = Outcome::Measured { measurement, metrics: Vec::new(), at: 5 };
    let actions = session.step(s(1.0), Input::Finished(Ok(outcome)));
    let Some(Action::Post { body, .. }) = actions.last() else { panic!("{actions:?}") };
    let Event::Measurement(report) = crate::wire::Request::read(body).unwrap().event else {
        panic!("{body:?}")
    };
    let Body::Failed(failed) = report.body else { panic!("{report:?}") };
    assert_eq!(failed.reason.as_deref(), Some("unwritable"));
    assert!(failed.message.unwrap().contains("either time series or scalars"));
}

#[test]
fn results_that_the_optimizer_does_not_take_are_followed_by_the_next_command() {
    let out_of_order = r#"Out of order event "ADJUSTMENT", expected "MEASUREMENT"; ignoring"#;
    let table = [
        (ok(json!({"status": "unexpected-event", "reason": out_of_order})), true),
        (ok(json!({"status": "invalid", "reason": "no"})), true),
        (ok(json!({"status": "cancel"})), false),
        (Answer::Body("".into()), true),
        (adjust("again"), true),
        (status(422, "unprocessable"), true),
        (status(302, ""), true),
    ];
    for (answer, stumbles) in table {
        let mut commands = vec![adjust("b"), adjust("a")];
        let given = answer.clone();
        let mut world = World::new(options(), move |_, request| {
            Some(match request.event {
                Event::WhatsNext => commands.pop().unwrap_or_else(|| sleep(3600.0)),
                Event::Adjustment(_) => given.clone(),
                _ => taken(),
            })
        });
        world.run(60.0);
        let results = world.trace.iter().filter(|line| line.starts_with("ADJUSTMENT")).count();
        assert_eq!(results, 2, "{answer:?}: {:?}", world.trace);
        assert_eq!(world.sent[3].0 > s(0.1), stumbles, "{answer:?}");
    }
}
