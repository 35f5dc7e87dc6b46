//! A configuration with twelve different mistakes: all are reported at once, where they are.

use crate::shown::{says, world};

/// One mistake per marked line.
const TWELVE: &str = "\
name: [shop]
descripton: a shop
connectors:
  prom: prometheus
  lo: vegeta
  app: http-setings
  pause:
    component: wait
    limits: {memory: 64 apples, cpus: 2s}
    grants: {http: [{to: ftp://example.com}]}
prom:
  base_url: 9090
  metrics:
    - {name: throughput, unit: rps, qery: up}
pause:
  measure_enabled: perhaps
checks: {wait: 1m30, halt_on: never}
objective: {maximize: throughput, minimize: latency, budget: 0}
";

#[test]
fn all_mistakes_are_reported_at_once() {
    let world = world();
    world.file("servo.yaml", TWELVE);
    says(&world, "twelve mistakes", "validate");
    let finished = world.servo(["validate", "-o", "json"]).run().expect(1);
    let verdict: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
    let problems = verdict["problems"].as_array().unwrap();
    assert!(problems.len() >= 12, "{} problems:\n{}", problems.len(), finished.stdout);
    assert!(
        problems.iter().all(|problem| problem["line"].is_u64() && problem["message"].is_string()),
        "{problems:#?}"
    );
    assert_eq!(verdict["valid"], false);
    // The same is wrong for every other command, which ends with 2.
    let listed = world.servo(["list"]).run().expect(2);
    assert_eq!(listed.stdout, "");
    assert!(listed.stderr.contains("http-setings"));
}

/// What other parts of servo read later is validated with everything else.
const READ_LATER: &str = "\
connectors:
  pause: {component: wait, grants: {tcp: ['x:1'], dispatch: [Nope]}}
  load: vegeta
load: {rate: 1}
objective: {maximize: 1 +, subject_to: error_rate <}
";

#[test]
fn what_would_only_be_found_later_is_reported_too() {
    let world = world();
    world.file("servo.yaml", READ_LATER);
    says(&world, "read later", "validate");
}

#[test]
fn several_documents_are_validated_and_so_are_the_settings_of_load() {
    let world = world();
    let document = |name: &str, threads: &str, load: &str| {
        format!(
            "name: {name}
optimizer: {{id: example.com/{name}, token: t}}
connectors: {{app: http-settings, load: vegeta}}
app: {{url: 'http://127.0.0.1:9', settings: {{threads: {threads}}}}}
load: {{rate: 1/1s, target: 'GET http://127.0.0.1:9/'{load}}}
"
        )
    };
    let validate = |second: &str| {
        let first = document("one", "{min: 1, max: 4}", "");
        world.file("servo.yaml", format!("{first}---\n{second}"));
        world.servo(["validate"]).run()
    };
    let good = validate(&document("two", "{min: 1, max: 4}", "")).expect(0);
    assert!(good.stdout.contains("Valid configuration"), "{}", good.stdout);
    let switch = validate(&document("two", "{min: 1, max: 4}", ", max_wrokers: 3")).expect(1).stderr;
    assert!(switch.contains("max_wrokers") && switch.contains("max_workers"), "{switch}");
}

#[test]
fn files_that_are_no_configuration() {
    let world = world();
    for (name, text) in [
        ("syntax", "connectors: [wait\nwait: {}\n"),
        ("list", "- wait\n"),
        ("duplicate", "name: a\nname: b\n"),
        ("later", "proxy: {}\n"),
        ("tabs", "wait:\n\tmeasure_enabled: true\n"),
    ] {
        world.file("servo.yaml", text);
        says(&world, &format!("invalid {name}"), "validate");
    }
    world.file("servo.yaml", vec![b'a'; 2 << 20]);
    says(&world, "invalid huge", "validate");
    world.file("servo.yaml", format!("{}{}", "[".repeat(5_000), "]".repeat(5_000)));
    says(&world, "invalid deep", "validate");
    world.file("servo.yaml", b"name: \xff\xfe\n");
    says(&world, "invalid text", "validate");
}

#[test]
fn connectors_can_be_validated_by_name() {
    let world = world();
    let stanzas = "good: {measure_enabled: true}\nbad: {measure_enabled: perhaps}\n";
    world.file(
        "servo.yaml",
        format!("connectors: {{good: wait, bad: wait, other: weit}}\n{stanzas}checks: {{wait: 1m30}}\n"),
    );
    for (name, line) in [
        ("alias", "validate good"),
        ("wrong alias", "validate bad"),
        ("missing connector", "validate other"),
        ("instances", "validate WaitConnector"),
        ("nothing", "validate god"),
        ("file", "validate servo.yaml"),
        ("json", "validate good -o json"),
    ] {
        says(&world, &format!("validate {name}"), line);
    }
}

#[test]
fn differences_to_servox_are_told() {
    let world = world();
    world.file("servo.yaml", "connectors: [wait]\nwait: {measure_enabled: true}\nvegeta: {rate: 1/1s}\n");
    says(&world, "servox differences", "validate");
    let quiet = world.servo(["validate", "-q"]).run().expect(0);
    assert_eq!(quiet.stdout + &quiet.stderr, "");
}
