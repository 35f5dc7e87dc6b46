//! What an optimizer answers to progress: it cancels, it has lost the thread, it does not care.

use serde_json::{Value, json};
use servo_test_support::{Optimizer, Signal, World};

use super::lab::{answering_progress, asking, measure, run, wait_for_next};

/// A second connector says at once how far it is, so that the optimizer is told.
fn reporting(optimizer: &Optimizer, on: &str) -> World {
    let world = asking(optimizer, on);
    let configuration = world
        .read("servo.yaml")
        .replace("{web: ./fixture.wasm}", "{web: ./fixture.wasm, eager: ./fixture.wasm}");
    world.file(
        "servo.yaml",
        format!("{configuration}eager: {{metrics: [], on: {{measure: 'progress-flood:1'}}}}\n"),
    );
    world
}

/// Runs until the command is over; what came of it.
#[track_caller]
fn answered(on: &str, answer: Value) -> (Optimizer, Vec<Value>) {
    let optimizer = answering_progress(measure("c-9", 3600.0), answer);
    let world = reporting(&optimizer, on);
    let mut running = run(&world);
    wait_for_next(&optimizer, &mut running);
    running.signal(Signal::TERM);
    running.wait().expect(0);
    let results = optimizer.results().into_iter().map(|asked| asked.param).collect();
    (optimizer, results)
}

#[test]
fn a_cancelled_operation_is_stopped_told_and_followed_by_the_next() {
    // One that listens, and one that has to be ended.
    for on in ["measure: wait", "measure: stubborn"] {
        let cancel = json!({"status": "cancel", "reason": "user cancelled"});
        let (optimizer, results) = answered(on, cancel);
        assert_eq!(results.len(), 1, "{on}: {:?}", optimizer.events());
        assert_eq!(
            (&results[0]["status"], &results[0]["cmd_uid"]),
            (&json!("cancelled"), &json!("c-9")),
            "{on}"
        );
        assert_eq!(results[0]["message"], "user cancelled", "{on}");
        // Nothing is said of it any more.
        let events = optimizer.events();
        let last = events.iter().rposition(|event| event == "MEASUREMENT+").unwrap();
        assert!(last < events.iter().position(|event| event == "MEASUREMENT").unwrap(), "{events:?}");
        assert_eq!(events.last().unwrap(), "GOODBYE", "{events:?}");
    }
}

#[test]
fn an_operation_that_the_optimizer_does_not_know_any_more_is_ended_without_a_result() {
    for answer in [
        json!({"status": "unexpected-event", "reason": "out of order"}),
        json!({"status": "invalid", "reason": "unexpected cmd_uid"}),
    ] {
        let (optimizer, results) = answered("measure: wait", answer);
        assert_eq!(results, Vec::<Value>::new(), "{:?}", optimizer.events());
        assert_eq!(optimizer.events().last().unwrap(), "GOODBYE");
    }
}

#[test]
fn what_the_optimizer_finds_invalid_otherwise_is_worth_a_warning() {
    let optimizer =
        answering_progress(measure("c-9", 2.0), json!({"status": "invalid", "reason": "no such thing"}));
    let world = reporting(&optimizer, "measure: 'wait:1500'");
    let mut running = run(&world);
    wait_for_next(&optimizer, &mut running);
    assert_eq!(optimizer.results()[0].param["status"], "ok");
    let progress = optimizer.asked().into_iter().find(|asked| asked.is_progress()).unwrap().param;
    let percent = progress["progress"].as_f64().unwrap();
    assert!(percent > 0.0 && percent < 100.0 && progress["runtime"].as_f64() > Some(0.0), "{progress}");
    running.wait_for("a warning", |_, stderr| stderr.contains("no such thing").then_some(()));
}
