//! Data goes to stdout in the format that was asked for, talk to stderr, and nobody sees colours who cannot.

use serde_json::Value;
use servo_test_support::World;

use crate::shown::{says, world};

fn pausing() -> World {
    let world = world();
    world.file("servo.yaml", "connectors: {pause: wait}\npause: {measure_enabled: true}\n");
    world
}

const DATA: [&str; 14] = [
    "connectors",
    "list",
    "show connectors",
    "show events",
    "show events --all --by-connector",
    "show grants",
    "show limits",
    "measure -d 0s",
    "check",
    "run --dry-run",
    "config",
    "validate",
    "version",
    "version prometheus",
];

#[test]
fn every_command_that_prints_data_prints_json_and_yaml() {
    let world = pausing();
    for line in DATA {
        let json = world.servo(line.split_whitespace().chain(["-o", "json"])).run().expect(0);
        serde_json::from_str::<Value>(&json.stdout)
            .unwrap_or_else(|error| panic!("{line}: {error}\n{}", json.stdout));
        let yaml = world.servo(line.split_whitespace().chain(["-o", "yaml"])).run().expect(0);
        // An empty list looks the same in both.
        let different = yaml.stdout != json.stdout || json.stdout == "[]\n";
        assert!(!yaml.stdout.trim().is_empty() && different, "{line}:\n{}", yaml.stdout);
        let colored =
            [&json, &yaml].iter().any(|one| one.stdout.contains('\x1b') || one.stderr.contains('\x1b'));
        assert!(!colored, "{line} paints where nobody sees it");
    }
}

#[test]
fn tables_are_those_of_servox() {
    let world = pausing();
    for line in
        ["connectors", "connectors -v", "list", "show connectors", "show events", "show limits", "check"]
    {
        says(&world, &format!("table {line}"), line);
    }
    world.file(
        "servo.yaml",
        "connectors: [vegeta, prometheus]\nvegeta: {rate: 10/1s, target: GET http://127.0.0.1:9/}\n\
         prometheus:\n  base_url: http://127.0.0.1:9\n  metrics: [{name: throughput, unit: rps, query: up}]\n",
    );
    for line in ["show metrics", "show grants", "show events --no-on", "show events -b"] {
        says(&world, &format!("table of two {line}"), line);
    }
}

#[test]
fn limits_say_where_they_were_set() {
    let world = world();
    world.file(
        "servo.yaml",
        "sandbox: {limits: {memory: 64MiB, wall: 10s}}\nconnectors:\n  \
         one: {component: wait, limits: {cpu: 1s, wall: 20s}}\none: {measure_enabled: true}\n",
    );
    says(&world, "limits with origins", "show limits");
    let limits = world.servo(["show", "limits", "-o", "json"]).env("SERVO_SANDBOX_LIMITS_LOG", "1MiB/1s");
    let limits: Value = serde_json::from_str(&limits.run().expect(0).stdout).unwrap();
    let log = limits.as_array().unwrap().iter().find(|row| row["limit"] == "log").unwrap();
    assert_eq!(log["value"], "1MiB/1s");
    assert_eq!(log["origin"], "sandbox.limits.log (environment SERVO_SANDBOX_LIMITS_LOG)");
}

#[test]
fn versions() {
    let world = world();
    says(&world, "version", "version");
    says(&world, "version short", "version --short");
    says(&world, "version json", "version -f json");
    says(&world, "version of a connector", "version wait");
}

#[test]
fn completions_are_scripts_that_know_the_commands() {
    let world = world();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = world.servo(["completions", shell]).run().expect(0).stdout;
        assert!(script.contains("validate") && script.contains("config-file"), "{shell}");
    }
    let script = world.file("completions.bash", world.servo(["completions", "bash"]).run().expect(0).stdout);
    world.program("bash").args(["-n".as_ref(), script.as_os_str()]).run().expect(0);
}
