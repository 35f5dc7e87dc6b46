//! An optimizer that answers badly or not at all: nothing becomes a loop, nothing ends the run, and all is seen.

use std::time::Duration;

use serde_json::json;
use servo_test_support::{Optimizer, Reply, Signal, eventually};

use super::lab::{asking, describe, run, top};
use crate::run::stage::servo;

/// How long something may be waited for.
const SOON: Duration = Duration::from_secs(30);

#[test]
fn one_bad_answer_of_each_kind_is_survived() {
    let sleep = json!({"cmd": "SLEEP", "param": {"duration": 0.01}}).to_string();
    let bad: Vec<(&str, Reply)> = vec![
        ("500", Reply::json(500, "{}")),
        ("503", Reply::text(503, "later")),
        ("404", Reply::json(404, r#"{"detail":"not onboarded yet"}"#)),
        ("429", Reply::json(429, "{}").header("retry-after", "1")),
        ("closed", Reply::hang_up()),
        ("reset", Reply::reset()),
        ("half", Reply::json(200, sleep.clone()).cut_at(9, Duration::ZERO)),
        ("not json", Reply::text(200, "<html>proxy</html>")),
        ("huge", Reply::json(200, vec![b' '; 8 << 20])),
        ("status", Reply::json(200, r#"{"status":"unexpected-event","reason":"not now"}"#)),
        ("unknown command", Reply::json(200, r#"{"cmd":"DANCE","param":{}}"#)),
        ("no param", Reply::json(200, r#"{"cmd":"MEASURE","cmd_uid":"c"}"#)),
        ("wrong param", Reply::json(200, r#"{"cmd":"ADJUST","cmd_uid":"c","param":{"state":7}}"#)),
        ("bare sleep", Reply::json(200, r#"{"cmd":"SLEEP","param":{"duration":"10ms"}}"#)),
    ];
    let count = bad.len();
    let optimizer = Optimizer::start(move |asked| match (asked.event.as_str(), asked.before) {
        // Each bad answer is followed by a good one.
        ("WHATS_NEXT", before) if before < 2 * count && before % 2 == 0 => Some(bad[before / 2].1.clone()),
        ("WHATS_NEXT", before) if before < 2 * count => Some(Reply::json(200, sleep.clone())),
        ("WHATS_NEXT", before) if before == 2 * count => Some(Reply::json(200, describe("c-1").to_string())),
        _ => None,
    });
    let world = asking(&optimizer, "");
    let mut running = run(&world);
    let result = optimizer.wait_for(&mut running, "a result", |asked| {
        asked.event == "DESCRIPTION" && asked.param["status"] == "ok"
    });
    assert_eq!(result.param["cmd_uid"], "c-1");
    running.signal(Signal::TERM);
    running.wait().expect(0);
}

#[test]
fn a_refused_token_is_seen_and_asked_for_ever_more_slowly() {
    let refused = || Some(Reply::json(401, r#"{"detail":"unauthorized"}"#));
    let optimizer = Optimizer::start(move |_| refused());
    let world = asking(&optimizer, "");
    let mut running = run(&world);
    running.wait_for("a word", |_, stderr| stderr.contains("401").then_some(()));
    let problem = eventually(SOON, "the problem", || top(&world)["problem"].as_str().map(str::to_owned));
    assert!(problem.contains("401"), "{problem}");
    optimizer.wait_for_event("HELLO", 4, SOON);
    let times: Vec<_> = optimizer.asked().iter().map(|asked| asked.at).collect();
    let took = times[3] - times[0];
    // At least half a second, one and two.
    assert!(took > Duration::from_secs(3), "{took:?}");
    running.signal(Signal::TERM);
    running.wait().expect(0);
}

#[test]
fn one_that_was_replaced_waits_to_be_ended() {
    let optimizer = Optimizer::start(|asked| {
        let gone = r#"{"detail":"unexpected servo_uid"}"#;
        (asked.event == "WHATS_NEXT").then(|| Reply::json(410, gone))
    });
    let world = asking(&optimizer, "");
    let mut running = run(&world);
    optimizer.wait_for(&mut running, "a question", |asked| asked.event == "WHATS_NEXT");
    eventually(SOON, "the state", || {
        top(&world)["state"].as_str().is_some_and(|state| state.contains("replaced")).then_some(())
    });
    running.signal(Signal::TERM);
    running.wait().expect(0);
    assert_eq!(optimizer.events(), ["HELLO", "WHATS_NEXT", "GOODBYE"]);
}

#[test]
fn a_silent_optimizer_is_given_up_after_its_time_and_asked_again() {
    let optimizer = Optimizer::start(|asked| {
        let silent = asked.event == "WHATS_NEXT" && asked.before == 0;
        silent.then(|| Reply::json(200, "{}").after(Duration::from_secs(20)))
    });
    let world = asking(&optimizer, "");
    let configuration = world.read("servo.yaml");
    world.file("servo.yaml", format!("settings: {{timeouts: 300ms}}\n{configuration}"));
    let mut running = run(&world);
    optimizer.wait_for(&mut running, "a second question", |asked| {
        asked.event == "WHATS_NEXT" && asked.before == 1
    });
    running.signal(Signal::TERM);
    running.wait().expect(0);
}

#[test]
fn tries_that_are_spent_are_a_warning_and_the_optimizer_is_asked_on() {
    let optimizer = Optimizer::start(|asked| {
        (asked.event == "HELLO" && asked.before < 2).then(|| Reply::json(500, "{}"))
    });
    let world = asking(&optimizer, "");
    let configuration = world.read("servo.yaml");
    let backoff = "settings: {backoff: {connect: {max_tries: 2}}}";
    world.file("servo.yaml", format!("{backoff}\n{configuration}"));
    let mut running = run(&world);
    optimizer.wait_for(&mut running, "a question", |asked| asked.event == "WHATS_NEXT");
    running.signal(Signal::TERM);
    let said = running.wait().expect(0).stderr;
    assert!(
        said.contains("HELLO was tried 2 times") && said.contains("see whether the optimizer runs"),
        "{said}"
    );
    assert_eq!(optimizer.events(), ["HELLO", "HELLO", "HELLO", "WHATS_NEXT", "GOODBYE"]);
}

#[test]
fn without_polling_it_says_hello_and_goodbye() {
    let optimizer = Optimizer::start(|_| None);
    let world = asking(&optimizer, "");
    let mut running = servo(&world, "run --no-poll").start();
    optimizer.wait_for(&mut running, "a word", |asked| asked.event == "HELLO");
    eventually(SOON, "the answer", || {
        top(&world)["state"].as_str().is_some_and(|state| state.starts_with("connected")).then_some(())
    });
    running.signal(Signal::TERM);
    running.wait().expect(0);
    assert_eq!(optimizer.events(), ["HELLO", "GOODBYE"]);
}
