//! Checks of servo itself: whether the optimizer can be asked, and what to do when not.

use servo_test_support::{Optimizer, Prometheus, Reply, Signal, free_port};

use super::lab::asking;
use crate::run::stage::{json, servo, world};

#[test]
fn an_optimizer_that_can_be_asked_passes() {
    let optimizer = Optimizer::start(|_| None);
    let world = asking(&optimizer, "");
    let report = json(&servo(&world, "check -o json").run().expect(0));
    assert_eq!(report["connectors"][0]["connector"], "optimizer", "{report:#}");
    assert_eq!(report["connectors"][0]["checks"][0]["status"], "passed", "{report:#}");
    // As ServoX asks: without a parameter, so that nothing begins.
    assert_eq!(optimizer.asked()[0].request.text(), r#"{"event":"HELLO","param":null,"servo_uid":null}"#);
    assert_eq!(optimizer.events(), ["HELLO"]);
    servo(&world, "run --dry-run").run().expect(0);
}

#[test]
fn it_asks_as_the_servo_that_it_is() {
    let optimizer = Optimizer::start(|asked| {
        let gone = r#"{"detail":"unexpected servo_uid"}"#;
        (asked.servo_uid != "uid-1").then(|| Reply::json(410, gone))
    });
    let world = asking(&optimizer, "");
    let configuration = world.read("servo.yaml");
    world.file("servo.yaml", format!("servo_uid: uid-1\n{configuration}"));
    servo(&world, "check").run().expect(0);
}

#[test]
fn what_is_wrong_is_said_with_the_next_step() {
    for (reply, said) in [
        (Some(Reply::json(401, "{}")), "token"),
        (Some(Reply::json(404, "{}")), "404"),
        (Some(Reply::text(200, "<html>")), "whether `optimizer.url` leads to an optimizer"),
        (Some(Reply::hang_up()), "127.0.0.1"),
    ] {
        let optimizer = Optimizer::start(move |_| reply.clone());
        let world = asking(&optimizer, "");
        let table = servo(&world, "check --verbose").run().expect(1).stdout;
        assert!(table.contains("X FAILED") && table.contains(said), "{table}");
        // The connector is fine all the same.
        assert!(table.contains("Behaves as its settings say"), "{table}");
    }
}

#[test]
fn a_run_becomes_ready_when_the_optimizer_does() {
    let optimizer = Optimizer::start(|asked| {
        (asked.event == "HELLO" && asked.before == 0).then(|| Reply::json(503, "{}"))
    });
    let world = asking(&optimizer, "");
    let configuration = world.read("servo.yaml");
    world.file("servo.yaml", format!("checks: {{delay: 100ms, wait: 30s}}\n{configuration}"));
    let mut running = servo(&world, "run --check").start();
    optimizer.wait_for(&mut running, "a question", |asked| asked.event == "WHATS_NEXT");
    running.signal(Signal::TERM);
    let finished = running.wait().expect(0);
    assert!(finished.stderr.contains("X FAILED"), "{}", finished.stderr);
}

#[test]
fn a_run_becomes_ready_when_a_late_prometheus_does() {
    let (optimizer, port, world) = (Optimizer::start(|_| None), free_port(), world());
    let own = format!("http://127.0.0.1:{port}");
    world.file(
        "servo.yaml",
        format!(
            "{}connectors: [prometheus]
prometheus: {{base_url: '{own}', metrics: [{{name: up, query: up, step: 1s}}], targets: []}}
checks: {{delay: 200ms, wait: 2m}}
",
            optimizer.stanza()
        ),
    );
    let mut running = servo(&world, "run --check").start();
    running.wait_for("a failed check", |_, stderr| stderr.contains("X FAILED").then_some(()));
    assert!(optimizer.events().iter().all(|event| event == "HELLO"), "{:?}", optimizer.events());
    let address = own.strip_prefix("http://").unwrap().parse().unwrap();
    let _prometheus = Prometheus::start_on(port, &[address]);
    optimizer.wait_for(&mut running, "a question", |asked| asked.event == "WHATS_NEXT");
    running.signal(Signal::TERM);
    running.wait().expect(0);
}

#[test]
fn a_run_that_is_not_to_wait_asks_once() {
    let optimizer = Optimizer::start(|_| Some(Reply::json(503, "{}")));
    let world = asking(&optimizer, "");
    let configuration = world.read("servo.yaml");
    world.file("servo.yaml", format!("checks: {{delay: 100ms, wait: 0s}}\n{configuration}"));
    servo(&world, "run --check").run().expect(1);
    assert_eq!(optimizer.events(), ["HELLO"]);
}

#[test]
fn only_the_connectors_that_are_named_are_checked() {
    let optimizer = Optimizer::start(|_| Some(Reply::json(503, "{}")));
    let world = asking(&optimizer, "");
    let configuration = world.read("servo.yaml");
    world.file("servo.yaml", format!("checks: {{connectors: [web]}}\n{configuration}"));
    let report = json(&servo(&world, "check -o json").run().expect(0));
    let connectors = report["connectors"].as_array().unwrap();
    assert_eq!(connectors.len(), 1, "{report:#}");
    assert_eq!((&connectors[0]["connector"], optimizer.events().len()), (&"web".into(), 0), "{report:#}");
}
