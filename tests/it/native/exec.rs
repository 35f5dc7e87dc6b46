//! `exec`: commands describe, measure and adjust, as the drivers of ServoX' predecessor did.

use serde_json::Value;
use servo_test_support::{Signal, World};

use super::gone;
use crate::run::stage::{json, servo, world};

/// A driver in the manner of the old ones: what it describes is what it was last adjusted to.
const DRIVER: &str = r#"#!/bin/sh
case "$1" in
--describe) echo "{\"application\": {\"components\": {\"web\": {\"settings\": $(cat settings)}}}}" ;;
adjust)
    cat > asked
    echo '{"progress": 50, "message": "half way", "log": ["stopping", "starting"]}'
    value=$(sed 's/.*"n":{"value":\([0-9]*\)}.*/\1/' asked)
    [ "$value" -lt 9 ] || { echo '{"status": "rejected", "reason": "full", "message": "no room for 9"}'; exit 1; }
    echo "{\"n\": {\"min\": 1, \"max\": 9, \"step\": 1, \"value\": $value}}" > settings
    echo '{"status": "ok", "reason": "success"}'
    ;;
measure)
    cat > asked
    value=$(sed 's/.*"value": \([0-9]*\)}.*/\1/' settings)
    echo "{\"metrics\": {\"latency\": {\"value\": $(( (value - 6) * (value - 6) + 1 )), \"unit\": \"ms\"}}, \"annotations\": {\"by\": \"driver\"}}"
    ;;
esac
"#;

fn driven(more: &str) -> World {
    let world = world();
    world.file("driver", DRIVER);
    world.file("settings", r#"{"n": {"min": 1, "max": 9, "step": 1, "value": 2}}"#);
    world.file(
        "servo.yaml",
        format!(
            "connectors: [exec]
exec:
  describe: [sh, driver, --describe]
  adjust: sh driver adjust
  measure: {{run: sh driver measure, timeout: 10s}}
  metrics: {{latency: ms}}
{more}"
        ),
    );
    world
}

#[test]
fn an_old_driver_does_what_it_always_did() {
    let world = driven("");
    let described = json(&servo(&world, "describe -o json").run().expect(0));
    assert!(described.to_string().contains("\"latency\""), "{described}");
    let adjusted = servo(&world, "adjust web.n=4 --log-level info").run().expect(0);
    for said in ["stopping", "starting"] {
        assert!(adjusted.stderr.contains(said), "{}", adjusted.stderr);
    }
    let asked: Value = serde_json::from_str(&world.read("asked")).unwrap();
    assert_eq!(asked["application"]["components"]["web"]["settings"]["n"]["value"], 4, "{asked}");
    let measured = json(&servo(&world, "measure -d 1s -o json").run().expect(0));
    assert_eq!(measured["readings"][0]["value"], 5.0, "{measured}");
    let asked: Value = serde_json::from_str(&world.read("asked")).unwrap();
    assert_eq!(
        (&asked["metrics"][0], &asked["control"]["duration"]),
        (&"latency".into(), &1.into()),
        "{asked}"
    );
    let refused = servo(&world, "adjust web.n=9").run().expect(1);
    assert!(refused.stderr.contains("no room for 9"), "{}", refused.stderr);
    let checked = servo(&world, "check").run().expect(0);
    assert!(checked.stdout.contains("describes") || checked.stdout.contains("exec"), "{}", checked.stdout);
    let shown = servo(&world, "show grants").run().expect(0).stdout;
    for said in ["sh driver --describe", "on measure, at most 10s", "program"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
}

#[test]
fn a_servo_tunes_by_commands_alone() {
    let world = driven("objective: {minimize: latency, budget: 9, measure: {duration: 10ms}}\n");
    let report = json(&servo(&world, "run -o json").run().expect(0));
    let settings: Value = serde_json::from_str(&world.read("settings")).unwrap();
    assert_eq!(settings["n"]["value"], 6, "{report:#}");
}

#[test]
fn what_goes_wrong_names_the_command() {
    for (command, said) in [
        ("'echo why >&2; exit 3'", "ended with exit status 3: why"),
        ("'echo done'", "printed no JSON object, but `done`"),
        ("{run: 'sleep 300', timeout: 100ms}", "was ended after 200ms, its `timeout`"),
        ("[./no-such-program]", "`./no-such-program` cannot be started"),
    ] {
        let world = world();
        world.file(
            "servo.yaml",
            format!("connectors: [exec]\nexec: {{measure: {command}, metrics: {{latency: ms}}}}\n"),
        );
        let finished = servo(&world, "measure -d 100ms").run().expect(1);
        assert!(finished.stderr.contains(said), "{command}: {}", finished.stderr);
    }
    let world = world();
    for (exec, said) in [
        ("{adjust: a}", "`describe` is missing"),
        ("{measure: 3}", "exec.measure"),
        ("{describe: a, encoders: [{component: w, setting: s, form: odd, settings: {}}]}", "form"),
    ] {
        world.file("servo.yaml", format!("connectors: [exec]\nexec: {exec}\n"));
        let finished = servo(&world, "show events").run().expect(2);
        assert!(finished.stderr.contains(said), "{exec}: {}", finished.stderr);
    }
}

#[test]
fn options_of_a_text_are_settings() {
    let world = world();
    world.file("opts", "-server -Xmx512m -XX:-UseG1GC");
    world.file(
        "driver",
        r#"#!/bin/sh
case "$1" in
describe) echo "{\"components\": {\"web\": {\"settings\": {\"JAVA_OPTS\": {\"value\": \"$(cat opts)\"}}}}}" ;;
adjust) sed 's/.*"JAVA_OPTS":{"value":"\([^"]*\)".*/\1/' > opts.new; mv opts.new opts ;;
esac
"#,
    );
    world.file(
        "servo.yaml",
        "connectors: {jvm: exec}
jvm:
  describe: sh driver describe
  adjust: sh driver adjust
  encoders:
  - component: web
    setting: JAVA_OPTS
    form: jvm
    settings:
      heap: {option: '-Xmx{}m', min: 64, max: 4096, step: 64, unit: MiB}
      UseG1GC: {values: ['on', 'off']}
",
    );
    servo(&world, "adjust web.UseG1GC=on").run().expect(0);
    assert_eq!(world.read("opts").trim(), "-server -Xmx512m -XX:+UseG1GC");
    servo(&world, "adjust web.heap=1024").run().expect(0);
    assert_eq!(world.read("opts").trim(), "-server -Xmx1024m -XX:+UseG1GC");
    let described = servo(&world, "describe -o json").run().expect(0).stdout;
    assert!(described.contains("\"heap\"") && !described.contains("JAVA_OPTS"), "{described}");
}

#[test]
fn a_measurement_that_is_interrupted_leaves_no_process() {
    let world = world();
    let command = "sleep 300 & echo $! > child.new; mv child.new child; wait";
    world.file(
        "servo.yaml",
        format!("connectors: [exec]\nexec: {{measure: '{command}', metrics: {{latency: ms}}}}\n"),
    );
    let mut running = servo(&world, "measure -d 30s").start();
    running.wait_for("the command", |_, _| world.path("child").exists().then_some(()));
    running.signal(Signal::INT);
    running.wait().expect(130);
    gone(&world.read("child"));
}
