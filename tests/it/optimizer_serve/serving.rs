//! A run from the first hello to the last setting, and what is seen of it.

use serde_json::{Value, json};
use servo_test_support::{Signal, http};

use super::lab::{BEST, Hand, Lab, SHOP, TOKEN};
use crate::shown::{compare, shown};

#[test]
fn a_servo_is_taken_through_a_run_and_everything_can_be_seen() {
    let lab = Lab::start(10);
    let mut hand = Hand::new();
    compare(&lab.world, "optimizer status waiting", &shown(&lab.servo("status").run()));
    let nothing = lab.servo(&format!("export {SHOP}")).run().expect(1);
    assert!(nothing.stderr.contains("no servo has described it"), "{}", nothing.stderr);
    lab.hello(&hand);
    lab.run(&mut hand);
    // A few measurements do not find the very best.
    assert!((BEST - hand.workers).abs() <= 2, "{:?}", hand.changes);
    let asleep = lab.say(&hand, "WHATS_NEXT", Value::Null);
    let param = json!({"duration": 60, "data": {"reason": "no active optimization pipeline"}});
    assert_eq!(asleep, json!({"cmd": "SLEEP", "cmd_uid": null, "param": param}));
    assert_eq!(lab.say(&hand, "GOODBYE", json!({"reason": "SIGTERM"})), json!({"status": "ok"}));
    compare(&lab.world, "optimizer status finished", &shown(&lab.servo("status").run()));
    compare(&lab.world, "optimizer export", &shown(&lab.servo(&format!("export {SHOP}")).run()));
    let status = lab.servo("status -o json").run().expect(0).stdout;
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status[0]["state"], "finished");
    assert_eq!(status[0]["applied"]["web.workers"], hand.workers);
    assert_eq!(status[0]["servo"]["agent"], "played");
    let history = lab.history();
    assert_eq!(history.len(), hand.measured.len());
    assert_eq!(history[0]["metrics"]["throughput"]["samples"], 6);
    lab.server.signal(Signal::TERM);
    let ended = lab.server.wait().expect(0);
    assert!(!ended.stderr.contains(TOKEN), "{}", ended.stderr);
    assert!(ended.stderr.contains(&format!("{SHOP}: the servo said goodbye: SIGTERM")), "{}", ended.stderr);
}

#[test]
fn a_stranger_learns_nothing() {
    let lab = Lab::start(6);
    let next = json!({"event": "WHATS_NEXT", "param": null, "servo_uid": null}).to_string();
    let refused = (401, json!({"detail": "unknown application or token"}));
    let url = &lab.url;
    let answers: Vec<_> = [(SHOP, "wrong"), ("example.com/other", TOKEN), ("example.com/other", "wrong")]
        .into_iter()
        .map(|(application, token)| {
            assert_eq!(lab.post(application, token, &next), refused);
            let path = format!("{url}/accounts/{}/servo", application.replace('/', "/applications/"));
            let headers = [("authorization", format!("Bearer {token}"))];
            let headers = [(headers[0].0, headers[0].1.as_str())];
            let mut answer = http::request("POST", &path, &headers, next.as_bytes()).unwrap();
            answer.content.headers.retain(|(name, _)| name != "date");
            answer
        })
        .collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(lab.post(SHOP, TOKEN, &next).0, 200);
}
