//! A trial that violates a constraint is ended early, counts as violated, and the application goes back to settings that
//! are known to be safe before anything else is tried.

use std::time::Duration;

use serde_json::Value;
use servo_test_support::{Finished, Quickstart, Server as _, World, eventually};

use super::app::{App, Hold, START};
use super::stage::{journal_path, json, of_kind, records, servo, world};

/// Tunes the application with real load: more workers are better, but its work must succeed.
fn harmed(from: i64, to: i64) -> (World, App) {
    let world = world();
    let app = App::start(&world, Hold::Harm(from, to));
    let configuration =
        app.configuration("maximize: web.workers + 0 * throughput\n  subject_to: error_rate < 1%");
    let (before, after) = (configuration.find("load: {").unwrap(), configuration.find("objective:").unwrap());
    let target = configuration[before..].split("http:").nth(1).unwrap().split('\'').next().unwrap();
    let load = format!(
        "load: {{rate: 40/1s, target: 'GET http:{target}/work', reporting_interval: 50ms}}\nchecks: {{connectors: [web]}}\n"
    );
    let head = configuration[..before].replace("load: ./fixture.wasm", "load: vegeta");
    let tail = configuration[after..].replace("duration: 50ms", "duration: 400ms");
    world.file("servo.yaml", head + &load + &tail);
    (world, app)
}

/// The numbers of the trials that were ended early; each is shown as violated.
#[track_caller]
fn violated(finished: &Finished) -> Vec<u64> {
    let report = json(finished);
    let rows = report["rows"].as_array().unwrap();
    let problem = |row: &Value| row["problem"].as_str().unwrap_or_default().to_owned();
    let ended = |row: &&Value| {
        problem(row).starts_with("violated: `load`: SLO violation(s) observed: (error_rate below 1)")
    };
    let violated: Vec<&Value> = rows.iter().filter(ended).collect();
    for row in &violated {
        assert_eq!(row["score"], Value::Null, "{row:#}");
        assert_eq!(row["violations"].as_array().map(Vec::len), Some(1), "{row:#}");
    }
    violated.iter().filter_map(|row| row["number"].as_u64()).collect()
}

#[test]
fn the_application_goes_back_to_safe_settings_before_anything_else_is_tried() {
    let (world, app) = harmed(START + 1, 16);
    let finished = servo(&world, "run -o json").run().expect(0);
    let violated = violated(&finished);
    assert!(!violated.is_empty(), "{}", finished.stderr);
    let changes = app.changes();
    for pair in changes.windows(2).filter(|pair| pair[0] > START) {
        assert!(pair[1] <= START, "{changes:?}");
    }
    assert!(app.workers() <= START);
    let said = finished.stderr.matches("note: back to the last safe settings: web.workers=").count();
    assert_eq!(said, violated.len(), "{}", finished.stderr);
    let aborted = |record: &Value| record["result"]["aborted"].is_string();
    assert_eq!(
        of_kind(&records(&world), "result").into_iter().filter(|one| aborted(one)).count(),
        violated.len()
    );
    let history = servo(&world, "history").run().expect(0);
    assert!(history.stdout.contains("violated: `load`: SLO violation(s) observed"), "{}", history.stdout);

    // Killed before it could go back: the next run does that first.
    let (path, whole) = (journal_path(&world), records(&world));
    let kept = whole.iter().position(aborted).unwrap() + 1;
    let lines: Vec<String> = whole[..kept].iter().map(|record| format!("{record}\n")).collect();
    std::fs::write(&path, lines.concat()).unwrap();
    app.set(16);
    let configuration = world.read("servo.yaml");
    world.file("servo.yaml", configuration.replace("checks: {connectors: [web]}", ""));
    let refused = servo(&world, "run").run().expect(1);
    let said = "the run before was not finished, so the application may have the settings of one of its trials; `servo adjust web.workers=2`";
    assert!(refused.stderr.contains(said), "{}", refused.stderr);
    world.file("servo.yaml", configuration);
    let before = app.changes().len();
    servo(&world, "run").run().expect(0);
    assert!(app.changes()[before] <= START, "{:?}", &app.changes()[before..]);
    assert_eq!(records(&world)[..kept], whole[..kept]);
}

#[test]
fn nothing_is_ended_early_until_something_is_known_to_be_safe() {
    // With what it came with, the application violates the constraint, too.
    let (world, app) = harmed(1, 9);
    let finished = servo(&world, "run -o json").run().expect(0);
    let report = json(&finished);
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows[0]["violations"], serde_json::json!(["error_rate < 1%"]));
    let safe = rows.iter().position(|row| row["violations"] == serde_json::json!([])).unwrap_or(rows.len());
    assert!(violated(&finished).iter().all(|number| *number > safe as u64 + 1), "{report:#}");
    assert!(rows[..safe].iter().all(|row| row["score"].is_number()), "{report:#}");
    assert!(app.workers() > 9, "{report:#}");
    assert_eq!(report["before"]["violations"], serde_json::json!(["error_rate < 1%"]));
    assert_eq!(report["ended"]["after"]["violations"], serde_json::json!([]), "{report:#}");
    let history = servo(&world, "history").run().expect(0).stdout;
    let row = history.lines().rfind(|line| line.starts_with("constraints")).unwrap_or_default();
    let cells: Vec<&str> = row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    assert_eq!(cells, ["constraints", "violated: error_rate < 1%", "ok"], "{history}");
}

#[test]
fn a_setting_that_makes_the_demonstration_too_slow_is_left_at_once() {
    let world = world();
    let application = Quickstart::beside(world.servo_path());
    let url = application.url();
    let configure = |milliseconds: f64| {
        world.file(
            "servo.yaml",
            format!(
                "connectors: {{app: http-settings, load: vegeta}}
app:
  url: {url}
  ready: {{path: /ready, interval: 50ms}}
  settings: {{cache_entries: {{min: 0, max: 20000, step: 20000}}}}
load: {{rate: 0/1s, workers: 16, connections: 16, target: GET {url}/random, reporting_interval: 100ms}}
objective:
  maximize: throughput
  subject_to: latency_50th < {milliseconds}ms
  measure: {{duration: 3s, warmup: 100ms}}
"
            ),
        );
    };
    let latency = || {
        let measured = json(&servo(&world, "measure latency_50th -d 2s -o json").run().expect(0));
        let values = measured["readings"][0]["values"].as_array().unwrap().iter();
        values.filter_map(Value::as_f64).fold(0.0, f64::max)
    };
    configure(20.0);
    // With a warm cache most answers take a fraction of a millisecond, without one all wait for the only worker.
    servo(&world, "adjust app.cache_entries=0").run().expect(0);
    let slow = latency();
    servo(&world, "adjust app.cache_entries=20000").run().expect(0);
    eventually(Duration::from_secs(120), "a warm cache", || (latency() < slow / 10.0).then_some(()));
    configure((slow / 2.0).round());
    let finished = servo(&world, "run -o json").run().expect(0);
    let report = json(&finished);
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "there is nothing else to try: {report:#}");
    assert!(rows[0]["score"].is_number() && rows[0]["violations"] == serde_json::json!([]), "{report:#}");
    assert_eq!(rows[1]["changed"], serde_json::json!({"app.cache_entries": 0}));
    let problem = rows[1]["problem"].as_str().unwrap_or_default();
    assert!(
        problem.starts_with("violated: `load`: SLO violation(s) observed: (latency_50th below "),
        "{report:#}"
    );
    assert!(
        finished.stderr.contains("note: back to the last safe settings: app.cache_entries=20000"),
        "{}",
        finished.stderr
    );
    assert!(application.settings().contains("\"cache_entries\":20000"), "{}", application.settings());
}
