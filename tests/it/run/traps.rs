//! A connector that breaks in one event: servo says which and goes on, or ends when nothing sensible is left to do.

use servo_test_support::Finished;

use super::app::{App, Hold, START};
use super::stage::{json, measured, records, servo, world};

/// A healthy connector with a setting, and one that does something in an event.
fn configuration(event: &str, mode: &str) -> String {
    let hook = match event.split_once(':') {
        Some((moment, event)) => format!("hooks: [{{event: {event}, moment: {moment}}}]"),
        None => String::new(),
    };
    format!(
        "connectors: {{trapper: ./fixture.wasm, steady: ./fixture.wasm}}
trapper:
  on: {{'{event}': {mode}}}
  metrics: [speed]
  {hook}
steady:
  components: {{web: {{threads: {{min: 1, max: 8, step: 1, value: 1}}}}}}
objective:
  maximize: web.threads + 0 * calls
  budget: 8
  seed: 1
  promote: true
  measure: {{duration: 20ms, warmup: 0s}}
"
    )
}

/// Runs it to its end, which never is one by a signal.
#[track_caller]
fn run(event: &str, mode: &str, code: i32, said: &[&str]) -> Finished {
    let world = world();
    world.file("servo.yaml", configuration(event, mode));
    let finished = servo(&world, "run -o json").run().expect(code);
    for said in said {
        let (stderr, said) = (&finished.stderr, said.to_string());
        assert!(stderr.contains(&said), "{event}: nothing said of {said}\n--- stderr\n{stderr}");
    }
    if code == 0 {
        assert_eq!(json(&finished)["ended"]["settings"]["web.threads"], 8, "{event}");
        assert_eq!(
            measured(&records(&world)),
            (1..=measured(&records(&world)).len() as u64).collect::<Vec<_>>()
        );
    }
    finished
}

#[test]
fn a_connector_that_cannot_be_started_is_a_mistake_in_the_configuration() {
    run(
        "configure",
        "trap",
        2,
        &["connector `trapper` (servo.yaml:1:14) does not start", "panicked in configure"],
    );
    run(
        "declare",
        "trap",
        2,
        &["connector `trapper` (servo.yaml:1:14) does not start", "panicked in declare"],
    );
}

#[test]
fn a_connector_that_traps_where_it_is_needed_ends_the_run() {
    run("startup", "trap", 1, &["error: startup of `trapper`: ", "`trapper` panicked in startup"]);
    run("describe", "trap", 1, &["cannot be described by `trapper`", "`trapper` panicked in describe"]);
    run("checks", "trap", 1, &["trapper    X FAILED", "`trapper` panicked in check"]);
    run(
        "check",
        "trap",
        1,
        &["trapper    X FAILED", "Behaves as its settings say: `trapper` panicked in check"],
    );
    run("promote", "trap", 1, &["`trapper` could not promote the settings", "`servo promote` tries again"]);
}

#[test]
fn settings_that_cannot_be_promoted_stay_in_force() {
    let world = world();
    let app = App::start(&world, Hold::Nothing);
    let configuration = app.configuration("maximize: web.workers + 0 * calls\n  promote: true");
    world.file("servo.yaml", configuration.replace("{measure: 'http", "{promote: trap, measure: 'http"));
    servo(&world, "run").run().expect(1);
    let best = app.workers();
    assert_ne!(best, START);
    // The next run has nothing left to do but this.
    world.file("servo.yaml", configuration);
    let asked = app.asked(0).len();
    servo(&world, "run").run().expect(0);
    assert_eq!(app.workers(), best);
    assert!(app.asked(asked).iter().all(|word| word == "GET"), "{:?}", app.asked(asked));
}

#[test]
fn a_connector_that_traps_where_it_is_not_needed_is_told_of() {
    run("metrics", "trap", 0, &["trapper[metrics]", "`trapper` panicked in metrics"]);
    run("components", "trap", 0, &["trapper[components]", "`trapper` panicked in components"]);
    run("shutdown", "trap", 0, &["note: shutdown of `trapper`: ", "`trapper` panicked in shutdown"]);
}

#[test]
fn a_measurement_that_traps_is_a_failed_trial_and_an_application_that_cannot_be_measured_is_no_success() {
    let finished = run(
        "measure",
        "trap",
        1,
        &["trial 1/8", "trial 2/8", "`trapper` panicked in measure", "cannot be measured", "`servo measure`"],
    );
    assert!(!finished.stderr.contains("trial 3/8"), "{}", finished.stderr);
}

#[test]
fn a_change_that_traps_is_a_failed_trial() {
    let said = ["trial 1/8", "trial 2/8", "`trapper` panicked in adjust", "could not be applied"];
    run("adjust", "trap", 1, &said);
}

#[test]
fn a_connector_that_is_built_again_is_waited_for_and_costs_no_further_trial() {
    let world = world();
    // It breaks in the first two changes, so that the third one comes too early.
    let app = App::start(&world, Hold::Flood(2));
    let configuration = app.configuration("maximize: web.workers + 0 * calls");
    let limited = "load: {component: ./fixture.wasm, limits: {memory: 4MiB}}";
    let configuration =
        configuration.replace("load: ./fixture.wasm", limited).replace("{measure: 'http", "{adjust: 'http");
    world.file("servo.yaml", configuration);
    let finished = servo(&world, "run -o json").run().expect(0);
    let report = json(&finished);
    let failed = |row: &&serde_json::Value| row["problem"].is_string();
    let failed: Vec<_> =
        report["rows"].as_array().unwrap().iter().filter(failed).map(|row| &row["number"]).collect();
    assert_eq!(failed, [2, 3], "{report:#}");
    let said = "note: trying again in 1 s: `load` broke 2 times in a row and is built again in 1 s";
    assert!(finished.stderr.contains(said), "{}", finished.stderr);
}

#[test]
fn a_hook_that_traps_before_an_event_cancels_nothing_else() {
    run("before:measure", "trap", 0, &["the hook of `trapper` before measure failed"]);
    run("after:measure", "trap", 0, &["the hook of `trapper` after measure failed"]);
}

#[test]
fn other_ends_of_a_call_are_told_apart() {
    let startup = |mode, said: &str| drop(run("startup", mode, 1, &["startup of `trapper`: ", said]));
    startup("panic", "the fixture panics in startup, as its settings say");
    startup("exit", "`trapper`");
    startup("recurse", "`trapper`");
    startup("memory", "limit-exceeded (memory)");
    startup("fail:denied:because", "denied (because): the fixture fails in startup");
}
