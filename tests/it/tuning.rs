//! `servo run` against the demonstration application: to the end, interrupted, and continued.

use std::time::Duration;

use serde_json::Value;
use servo_test_support::{Quickstart, Server as _, Signal, World};

use crate::shown::{shown, world};

/// Short measurements: what is tested is what is done, not how well.
fn tuning(application: &Quickstart, budget: u32) -> World {
    let world = world();
    let url = application.url();
    world.file(
        "servo.yaml",
        format!(
            "connectors: {{app: http-settings, load: vegeta}}\n\
             app:\n  url: {url}\n  ready: {{path: /ready, interval: 50ms}}\n  settings:\n    \
             workers: {{min: 1, max: 8, unit: threads}}\n    compression_level: {{min: 1, max: 9}}\n\
             load: {{rate: 0/1s, workers: 4, connections: 4, target: GET {url}/random, reporting_interval: 100ms}}\n\
             objective: {{maximize: throughput, subject_to: error_rate < 1%, budget: {budget}, seed: 1,\n  \
             measure: {{duration: 300ms, warmup: 100ms}}}}\n"
        ),
    );
    world
}

fn values(settings: &str) -> Value {
    let settings: Value = serde_json::from_str(settings).unwrap();
    Value::from(vec![settings["workers"].clone(), settings["compression_level"].clone()])
}

#[test]
fn by_hand() {
    let world = world();
    let application = Quickstart::beside(world.servo_path());
    let world = tuning(&application, 6);
    let checked = world.servo(["check", "-o", "json"]).run().expect(0);
    assert!(checked.stdout.contains("\"passed\""), "{}", shown(&checked));
    let described = world.servo(["describe"]).run().expect(0);
    assert!(described.stdout.contains("app.workers=1"), "{}", shown(&described));
    let adjusted = world.servo(["adjust", "app.workers=3"]).run().expect(0);
    assert!(adjusted.stdout.contains("app.workers=3"), "{}", shown(&adjusted));
    assert_eq!(values(&application.settings())[0], 3);
    let outside = world.servo(["adjust", "app.workers=99"]).run().expect(1);
    assert!(outside.stderr.contains("workers"), "{}", shown(&outside));
    let measured = world.servo(["measure", "throughput", "-d", "300ms", "-o", "json"]).run().expect(0);
    let measured: Value = serde_json::from_str(&measured.stdout).unwrap();
    let readings = measured["readings"].as_array().unwrap();
    assert!(
        !readings.is_empty() && readings.iter().all(|reading| reading["metric"] == "throughput"),
        "{measured:#}"
    );
    let components = world.servo(["show", "components"]).run().expect(0);
    assert!(
        components.stdout.contains("workers") && components.stdout.contains("range=[1..8]"),
        "{}",
        shown(&components)
    );
}

#[test]
fn to_the_end_and_then_its_history() {
    let world = world();
    let application = Quickstart::beside(world.servo_path());
    let world = tuning(&application, 8);
    let finished = world.servo(["run", "-o", "json"]).run().expect(0);
    let report: Value = serde_json::from_str(&finished.stdout).unwrap();
    let trials = report["rows"].as_array().unwrap();
    assert!((1..=8).contains(&trials.len()), "{report:#}");
    let ended = &report["ended"]["settings"];
    let left = values(&application.settings());
    assert_eq!((&ended["app.workers"], &ended["app.compression_level"]), (&left[0], &left[1]), "{report:#}");
    let lines =
        finished.stderr.lines().filter(|line| line.contains("CONSTRAINTS") || line.contains(" ok ")).count();
    assert_eq!(lines, trials.len() + 1, "{}", finished.stderr);
    let history = world.servo(["history", "-o", "json"]).run().expect(0);
    let history: Value = serde_json::from_str(&history.stdout).unwrap();
    assert_eq!(history["rows"], report["rows"]);
    let table = world.servo(["history"]).run().expect(0).stdout;
    assert!(table.contains("BEFORE") && table.contains("next: "), "{table}");
}

#[test]
fn a_signal_puts_the_application_back() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 0), (Signal::USR1, 0)] {
        let world = world();
        let application = Quickstart::beside(world.servo_path());
        let world = tuning(&application, 30);
        let before = values(&application.settings());
        let mut running = world.servo(["run"]).timeout(Duration::from_secs(60)).start();
        // In the middle of a trial with other settings.
        running.wait_for("the third trial", |_, stderr| stderr.contains("trial 3/30").then_some(()));
        running.signal(signal);
        let finished = running.wait().expect(code);
        assert!(finished.stderr.contains("ending in good order"), "{}", shown(&finished));
        assert!(finished.stdout.contains("not finished after"), "{}", shown(&finished));
        assert_eq!(values(&application.settings()), before, "{signal:?}");
    }
}

#[test]
fn a_killed_run_goes_on_where_it_was() {
    let world = world();
    let application = Quickstart::beside(world.servo_path());
    let world = tuning(&application, 8);
    let mut running = world.servo(["run"]).start();
    running.wait_for("the third trial", |_, stderr| stderr.contains("trial 3/8").then_some(()));
    running.signal(Signal::KILL);
    running.wait();
    let finished = world.servo(["run", "-o", "json"]).run().expect(0);
    assert!(finished.stderr.contains("continuing the run"), "{}", finished.stderr);
    assert!(
        !finished.stderr.contains("trial 1/8") && finished.stderr.contains("trial 3/8"),
        "{}",
        finished.stderr
    );
    let report: Value = serde_json::from_str(&finished.stdout).unwrap();
    let numbers: Vec<u64> =
        report["rows"].as_array().unwrap().iter().map(|row| row["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
}

#[test]
fn load_by_hand() {
    let world = world();
    let application = Quickstart::beside(world.servo_path());
    let url = format!("{}/random", application.url());
    let attack = ["load", "attack", "--rate", "50/1s", "--duration", "1s", "--report-every", "200ms"];
    let report = world.servo(attack.iter().chain(&[url.as_str(), "-o", "json"])).run().expect(0);
    let parsed: Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!(
        (&parsed["requests"], &parsed["success"]),
        (&Value::from(50), &Value::from(1.0)),
        "{parsed:#}"
    );
    assert!(report.stderr.lines().count() >= 3 && report.stderr.contains("requests, "), "{}", report.stderr);
    let text =
        world.servo(attack.iter().chain(&["--targets", "-"])).stdin(format!("GET {url}\n")).run().expect(0);
    assert!(text.stdout.contains("Latencies") && text.stdout.contains("200:50"), "{}", text.stdout);
    let closed = world
        .servo(["load", "attack", "--rate", "0", "--connections", "2", "-d", "300ms", &url])
        .run()
        .expect(0);
    assert!(closed.stdout.contains("100.00%"), "{}", closed.stdout);
}
