//! Commands that connectors bring: in the help, with a help of their own, run by the instance that is meant.

use serde_json::Value;
use servo_test_support::{Prometheus, Reply, Scripted, Server as _, World};

use crate::run::stage::{self, json, servo, world};
use crate::shown::{compare, says, shown};

/// The fixture brings two commands; it has no name, and is called as the configuration calls it.
const SERVO: &str = "\
connectors: {tool: ./fixture.wasm, prom1: prometheus, prom2: prometheus, load: ./fixture.wasm}
tool: {note: mine, on: {run: 'fail:rejected:taste'}}
prom1: {base_url: 'http://127.0.0.1:9', metrics: [{name: up, query: up}]}
prom2: {base_url: 'http://127.0.0.1:9', metrics: [{name: up, query: up}]}
load: {}
";

fn configured() -> World {
    let world = world();
    world.file("servo.yaml", SERVO);
    world
}

#[test]
fn the_help_has_what_the_configuration_brings() {
    let world = configured();
    let help = servo(&world, "--help").run();
    let section: Vec<&str> = help
        .stdout
        .lines()
        .skip_while(|line| *line != "Connector Commands:")
        .take_while(|line| !line.is_empty())
        .collect();
    let expected = [
        "Connector Commands:",
        "  load         Put HTTP load on a service",
        "  prometheus   Measures what Prometheus knows",
        "  tool         Commands of the connector tool",
    ];
    assert_eq!((help.code, section), (Some(0), expected.to_vec()), "{}", help.stderr);
    world.file("other.yaml", "connectors: [wait]\nwait: {}\n");
    for line in ["--config-file other.yaml --help", "-c other.yaml"] {
        let help = servo(&world, line).run();
        assert!(!format!("{}{}", help.stdout, help.stderr).contains("  tool "), "{line}");
    }
    says(&world, "commands help group", "prometheus --help");
    says(&world, "commands help one", "tool echo --help");
}

#[test]
fn commands_take_arguments_and_answer_in_columns() {
    let world = configured();
    let mut text = String::new();
    for line in [
        "tool echo hello 1 2.5 --loud --wait 10ms",
        "tool echo hello -o json",
        "tool echo hello --config-file servo.yaml -o yaml",
        "tool echo",
        "tool echo hello one",
        "tool ecko hello",
        "tool act",
        "tool echo x -c prom1",
        "prometheus targets",
        "prometheus targets -c tool",
        "toll echo",
    ] {
        text += &format!("$ servo {line}\n{}", shown(&servo(&world, line).run()));
    }
    compare(&world, "commands run", &text);
}

#[test]
fn a_connector_that_does_not_start_is_in_nobody_elses_way() {
    let world = configured();
    let broken = SERVO.replace("load: ./fixture.wasm}", "load: ./fixture.wasm, broken: ./fixture.wasm}");
    world.file("servo.yaml", broken + "broken: {handles: [nobody.defines]}\n");
    let answered = servo(&world, "tool echo hello -o json").run().expect(0);
    let told = "only tool is there: ";
    assert!(
        answered.stderr.contains(told) && answered.stderr.contains("nobody.defines"),
        "{}",
        answered.stderr
    );
    let own = servo(&world, "broken echo hello").run();
    assert!(own.code != Some(0) && own.stderr.contains("nobody.defines"), "{}", own.stderr);
}

#[test]
fn a_real_prometheus_says_what_it_scrapes() {
    let app = Scripted::start(|_| Reply::text(200, "shop_orders 8\n"));
    let prometheus = Prometheus::start(&[app.address()]);
    prometheus.wait_for("up");
    let world = world();
    let url = prometheus.url();
    world.file(
        "servo.yaml",
        format!("connectors: {{prom: prometheus}}\nprom: {{base_url: '{url}', metrics: [{{name: up, query: up}}]}}\n"),
    );
    let targets = json(&servo(&world, "prometheus targets -o json").run());
    let own = targets.as_array().and_then(|all| all.iter().find(|one| one["pool"] == "app"));
    let own = own.unwrap_or_else(|| panic!("{targets}"));
    assert!(own["url"].as_str().is_some_and(|url| url.ends_with("/metrics")), "{own}");
    assert!(matches!(own["labels"]["job"], Value::String(_)), "{own}");
    let table = servo(&world, "prometheus targets -c prom").run();
    assert!(table.stdout.starts_with("POOL"), "{}", table.stdout);
}

#[test]
fn the_load_of_a_measurement_needs_no_measurement() {
    let world = world();
    let app = Scripted::start(|_| Reply::text(200, "ok"));
    world.file(
        "servo.yaml",
        format!(
            "connectors: [vegeta]\nvegeta: {{rate: 50/1s, target: 'GET {}', reporting_interval: 1s}}\n",
            app.url()
        ),
    );
    let finished = servo(&world, "vegeta attack --duration 1s -o json").timeout(stage::LONGEST).run();
    let total = json(&finished);
    assert!(total["requests"].as_u64().is_some_and(|requests| requests >= 40), "{total}");
    assert_eq!(total["error_rate"], 0.0, "{total}");
}

#[test]
fn a_command_that_is_missing_says_what_is_wrong_with_the_configuration() {
    let world = world();
    let missing = servo(&world, "prometheus targets").run().expect(2);
    let said = "which cannot be read: servo.yaml does not exist; --config-file names another one";
    assert!(missing.stderr.contains("unrecognized subcommand 'prometheus'"), "{}", missing.stderr);
    assert!(missing.stderr.contains(said) && !missing.stderr.contains("promote"), "{}", missing.stderr);
    world.file("servo.yaml", "name: one\nname: two\n");
    let broken = servo(&world, "prometheus targets").run().expect(2);
    assert!(broken.stderr.contains("servo.yaml:2:1"), "{}", broken.stderr);
    // With a configuration that can be read, nothing more is to be said.
    world.file("servo.yaml", "connectors: [wait]\nwait: {}\n");
    let unknown = servo(&world, "prometheus targets").run().expect(2);
    assert!(!unknown.stderr.contains("commands of connectors"), "{}", unknown.stderr);
}
