//! The cycle as ServoX goes through it, byte by byte where that matters, and the ways in which commands fail.

use serde_json::{Value, json};
use servo_test_support::{Optimizer, Signal};

use super::lab::{adjust, asking, describe, measure, run, wait_for_next};

#[test]
fn commands_are_carried_out_and_answered_as_by_servox() {
    let optimizer = Optimizer::commanding([describe("c-1"), measure("c-2", 0.1), adjust("c-3", 4)]);
    let world = asking(&optimizer, "");
    let configuration = world.read("servo.yaml");
    world.file("servo.yaml", format!("servo_uid: uid-1\n{configuration}"));
    let mut running = run(&world);
    optimizer.wait_for(&mut running, "a fourth question", |asked| {
        asked.event == "WHATS_NEXT" && asked.before == 3
    });
    running.signal(Signal::TERM);
    let finished = running.wait().expect(0);
    let said =
        ["HELLO", "WHATS_NEXT", "DESCRIPTION", "WHATS_NEXT", "MEASUREMENT", "WHATS_NEXT", "ADJUSTMENT"];
    assert_eq!(optimizer.events(), [&said[..], &["WHATS_NEXT", "GOODBYE"]].concat());
    let asked = optimizer.asked();
    assert!(asked.iter().all(|asked| asked.servo_uid == "uid-1"));
    let request = &asked[0].request;
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", "/accounts/example.com/applications/shop/servo")
    );
    assert_eq!(request.header("authorization"), Some("Bearer a-secret"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert!(request.text().starts_with(r#"{"event":"HELLO","param":{"agent":"servo/"#), "{}", request.text());
    assert_eq!(asked[1].request.text(), r#"{"event":"WHATS_NEXT","param":null,"servo_uid":"uid-1"}"#);
    let threads =
        |value: u32| json!({"type": "range", "pinned": false, "value": value, "min": 1, "max": 8, "step": 1});
    let components = |value| json!({"web": {"settings": {"threads": threads(value)}}});
    let descriptor = json!({"application": {"components": components(2)}, "measurement": {"metrics": {"calls": {"unit": ""}}}});
    let well = |uid: &str, key: &str, value: Value| {
        let mut param = json!({"status": "ok", "message": null, "reason": "success", "cmd_uid": uid});
        param[key] = value;
        param
    };
    assert_eq!(asked[2].param, well("c-1", "descriptor", descriptor));
    let mut measured = well("c-2", "metrics", json!({"calls": {"unit": "", "value": 1.0}}));
    measured["annotations"] = json!({});
    assert_eq!(asked[4].param, measured);
    let state = json!({"application": {"components": components(4)}, "measurement": {"metrics": {}}});
    assert_eq!(asked[6].param, well("c-3", "state", state));
    assert_eq!(asked[8].param, json!({"reason": "SIGTERM"}));
    for said in ["the optimizer asks: measure calls", "the optimizer asks: adjust web.threads=4"] {
        assert!(finished.stderr.contains(said), "{}", finished.stderr);
    }
    assert!(!finished.stderr.contains("a-secret"), "{}", finished.stderr);
}

#[test]
fn what_connectors_fail_in_is_told_with_its_status_and_the_run_goes_on() {
    for (on, command, status, reason, said) in [
        (
            "adjust: 'fail:rejected:unschedulable'",
            adjust("c-9", 4),
            "rejected",
            json!("unschedulable"),
            "`web`",
        ),
        ("adjust: 'fail:failed'", adjust("c-9", 4), "failed", json!(null), "`web`"),
        (
            "adjust: 'fail:aborted:slo-violation'",
            adjust("c-9", 4),
            "aborted",
            json!("slo-violation"),
            "`web`",
        ),
        ("adjust: 'fail:timed-out'", adjust("c-9", 4), "failed", json!("timed-out"), "`web`"),
        ("measure: trap", measure("c-9", 0.1), "failed", json!("panic"), "`web` panicked in measure"),
        ("describe: memory", describe("c-9"), "failed", json!("memory"), "`web`"),
        ("", adjust("c-9", 99), "rejected", json!("out-of-range"), "web.threads=99 is not within 1..8"),
        ("", unknown("c-9"), "rejected", json!(null), "did you mean `threads`?"),
    ] {
        let optimizer = Optimizer::commanding([command]);
        let world = asking(&optimizer, on);
        let mut running = run(&world);
        wait_for_next(&optimizer, &mut running);
        let results = optimizer.results();
        assert_eq!(results.len(), 1, "{on}: {:?}", optimizer.events());
        let param = &results[0].param;
        assert_eq!(
            (&param["status"], &param["reason"], &param["cmd_uid"]),
            (&json!(status), &reason, &json!("c-9")),
            "{on}: {param}"
        );
        assert!(param["message"].as_str().unwrap().contains(said), "{on}: {param}");
        running.signal(Signal::TERM);
        running.wait().expect(0);
        assert_eq!(optimizer.events().last().unwrap(), "GOODBYE", "{on}");
    }
}

/// A setting that no connector has.
fn unknown(uid: &str) -> Value {
    let text = adjust(uid, 4).to_string().replace("threads", "treads");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_hook_before_an_event_cancels_it_and_says_why() {
    let optimizer = Optimizer::commanding([measure("c-9", 0.1)]);
    let world = asking(&optimizer, "'before:measure': 'fail:cancelled:not-now'");
    let configuration = world.read("servo.yaml");
    let hooked = configuration
        .replace("web: {components", "web: {hooks: [{event: measure, moment: before}], components");
    world.file("servo.yaml", hooked);
    let mut running = run(&world);
    wait_for_next(&optimizer, &mut running);
    let param = optimizer.results()[0].param.clone();
    assert_eq!((&param["status"], &param["reason"]), (&json!("cancelled"), &json!("not-now")), "{param}");
}
