//! The demonstration as it is delivered, only shorter.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use servo_test_support::{Program, Quickstart, Server as _, World};

use super::stage::{journal_path, json, measured, of_kind, records, world};

const CONFIGURATION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/quickstart/servo.yaml");

/// The command line as `make run` gives it, for an application that listens elsewhere.
fn servo(world: &World, application: &Quickstart, line: &str) -> Program {
    let program = world.servo(line.split_whitespace()).timeout(Duration::from_secs(90));
    [
        ("SERVO_CONFIG_FILE", CONFIGURATION.to_owned()),
        ("SERVO_APP_URL", application.url()),
        ("SERVO_LOAD_TARGET", format!("GET {}/random", application.url())),
        ("SERVO_LOAD_REPORTING_INTERVAL", "100ms".to_owned()),
        ("SERVO_OBJECTIVE_BUDGET", "8".to_owned()),
        ("SERVO_OBJECTIVE_MEASURE_DURATION", "500ms".to_owned()),
        ("SERVO_OBJECTIVE_MEASURE_WARMUP", "100ms".to_owned()),
    ]
    .into_iter()
    .fold(program, |program, (name, value)| program.env(name, value))
}

#[test]
fn the_application_ends_on_the_settings_that_the_report_names() {
    let world = world();
    assert!(Path::new(CONFIGURATION).is_file());
    let application = Quickstart::beside(world.servo_path());
    let finished = servo(&world, &application, "run --seed 1 -o json").run().expect(0);
    let report = json(&finished);

    let rows = report["rows"].as_array().unwrap();
    assert!((4..=8).contains(&rows.len()), "{report:#}");
    assert_eq!(report["budget"], 8);
    assert_eq!((&rows[0]["role"], &rows[0]["changed"]), (&"baseline".into(), &serde_json::json!({})));
    for (row, number) in rows.iter().zip(1_u64..) {
        assert_eq!(row["number"], number);
        assert!(row["why"].as_str().is_some_and(|why| !why.is_empty()), "{row:#}");
        assert!(row["score"].as_f64().is_some_and(|score| score > 0.0), "{row:#}");
    }

    let now: Value = serde_json::from_str(&application.settings()).unwrap();
    let ended = report["ended"]["settings"].as_object().unwrap();
    assert_eq!(ended.len(), 5);
    for (id, value) in ended {
        let name = id.strip_prefix("app.").unwrap();
        assert_eq!(&now[name], value, "{id}");
    }

    let records = records(&world);
    assert_eq!(records[0]["options"]["seed"], 1);
    assert_eq!(measured(&records), (1..=rows.len() as u64).collect::<Vec<_>>());
    assert_eq!(of_kind(&records, "finished").len(), 1);
    assert!(journal_path(&world).starts_with(world.path("state/journals")));

    let history = servo(&world, &application, "history -o json").run().expect(0);
    assert_eq!(json(&history), report);
    let table = servo(&world, &application, "history").run().expect(0).stdout;
    for why in rows.iter().map(|row| row["why"].as_str().unwrap()) {
        let start = why.split_whitespace().next().unwrap();
        assert!(table.contains(start), "{why} is not shown:\n{table}");
    }
}

#[test]
fn the_check_of_the_whole_configuration_passes() {
    let world = world();
    let application = Quickstart::beside(world.servo_path());
    let dry = servo(&world, &application, "run --dry-run").run().expect(0);
    assert!(dry.stdout.contains("√ PASSED") && !dry.stdout.contains("X FAILED"), "{}", dry.stdout);
    assert!(!world.path("state/journals").exists(), "a dry run writes nothing down");
}
