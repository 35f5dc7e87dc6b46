//! Conditions of the optimizer (`userdata.slo`) reach the connector that watches them, with all that they say: a real
//! Prometheus knows that one is violated, and the measurement ends long before its time.

use serde_json::{Value, json};
use servo_test_support::{Optimizer, Prometheus, Reply, Scripted, Server as _, Signal};

use super::lab::wait_for_next;
use crate::run::stage::{servo, world};

#[test]
fn a_violated_condition_of_the_optimizer_ends_the_measurement_early() {
    let app = Scripted::start(|_| Reply::text(200, "orders 8\nmain 4\ntiny 0.5\n"));
    let prometheus = Prometheus::start(&[app.address()]);
    prometheus.wait_for("tiny");
    let optimizer = Optimizer::commanding([command()]);
    let world = world();
    let metric = |name: &str| format!("{{name: {name}, query: {name}, step: 1s}}");
    world.file(
        "servo.yaml",
        format!(
            "{}connectors: [prometheus]
prometheus: {{base_url: '{}', fast_fail: {{period: 1s}}, metrics: [{}]}}
",
            optimizer.stanza(),
            prometheus.url(),
            ["orders", "main", "tiny", "nothing"].map(metric).join(", ")
        ),
    );
    let mut running = servo(&world, "run --log-level info").start();
    wait_for_next(&optimizer, &mut running);
    running.signal(Signal::TERM);
    let finished = running.wait().expect(0);
    let results = optimizer.results();
    assert_eq!(results.len(), 1, "{:?}", optimizer.events());
    let param = &results[0].param;
    assert_eq!(
        (&param["status"], &param["reason"], &param["cmd_uid"]),
        (&json!("aborted"), &json!("slo-violation"), &json!("c-1")),
        "{param}"
    );
    let message = param["message"].as_str().unwrap_or_default();
    let (violated, other) = ("SLO violation(s) observed: (orders below main)[", "(orders below 10)");
    assert!(message.contains(violated) && !message.contains(other), "{message}");
    assert_eq!(message.matches("value 8.00 was not below threshold value 6.00").count(), 2, "{message}");
    let statuses = "SLO statuses from last check: x2 passed [(orders below main), (orders below 10)], \
                    x1 failed [(orders below main)], x1 zero_metric [(tiny below main)], \
                    x1 zero_threshold [(main below tiny)], x1 missing_metric [(nothing below 1)], \
                    x1 missing_threshold [(orders below nothing)]";
    assert!(finished.stderr.contains(statuses), "{}", finished.stderr);
}

/// Measure for an hour, and keep these: the first one does not hold.
fn command() -> Value {
    let conditions = json!([
        {
            "metric": "orders", "threshold_metric": "main", "threshold_multiplier": 1.5,
            "trigger_count": 2, "trigger_window": 3,
        },
        {"metric": "orders", "threshold_metric": "main", "threshold_multiplier": 4},
        {"metric": "orders", "threshold": 4, "threshold_multiplier": 2.5},
        {"metric": "tiny", "threshold_metric": "main", "slo_metric_minimum": 1},
        {"metric": "main", "threshold_metric": "tiny", "slo_threshold_minimum": 1},
        {"metric": "nothing", "threshold": 1},
        {"metric": "orders", "threshold_metric": "nothing", "description": "cannot be told"},
    ]);
    let control = json!({"duration": 3600, "userdata": {"slo": {"conditions": conditions}}});
    json!({"cmd": "MEASURE", "cmd_uid": "c-1", "param": {"metrics": ["orders"], "control": control}})
}
