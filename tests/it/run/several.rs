//! Several servos in one process: each works, answers and ends for itself.

use servo_test_support::{Signal, World};

use super::kept::kept;
use super::stage::{json, servo, world};

/// A servo that tunes a number of threads, where more are better.
fn tuning(name: &str, more: &str) -> String {
    format!(
        "name: {name}
connectors: {{web: ./fixture.wasm}}
web: {{components: {{web: {{threads: {{min: 1, max: 8, step: 1, value: 1}}}}}}{more}}}
objective: {{maximize: web.threads + 0 * calls, budget: 8, seed: 1, measure: {{duration: 20ms, warmup: 0s}}}}
"
    )
}

/// Writes them as documents of one file.
fn write(world: &World, documents: &[String]) {
    world.file("servo.yaml", documents.join("---\n"));
}

#[test]
fn each_servo_of_a_file_works_for_itself() {
    let world = world();
    write(&world, &[tuning("one", ""), tuning("two", "")]);
    let finished = servo(&world, "run -o json").run().expect(0);
    let reports = json(&finished);
    for name in ["one", "two"] {
        assert_eq!(reports[name]["ended"]["settings"]["web.threads"], 8, "{reports:#}");
        assert!(finished.stderr.contains(&format!("{name}: trial 8/8")), "{}", finished.stderr);
    }
    assert_eq!(std::fs::read_dir(world.path("state/journals")).unwrap().count(), 2);
    // The one that is named is as if it were alone.
    let finished = servo(&world, "run --name two -o json").run().expect(0);
    assert_eq!(json(&finished)["ended"]["settings"]["web.threads"], 8);
    assert!(!finished.stderr.contains("two: "), "{}", finished.stderr);
    let table = servo(&world, "run").run().expect(0).stdout;
    assert!(table.contains("one\n") && table.contains("two\n"), "{table}");
}

#[test]
fn a_servo_that_fails_stops_no_other_and_is_named() {
    for (more, said) in [
        (", on: {startup: trap}", "error: bad: startup of `web`: "),
        (", on: {measure: trap}", "error: bad: the application cannot be measured"),
        (", on: {configure: trap}", "error: bad: connector `web` (servo.yaml:2:14) does not start"),
    ] {
        let world = world();
        write(&world, &[tuning("bad", more), tuning("good", "")]);
        let finished = servo(&world, "run -o json").run().expect(1);
        assert!(finished.stderr.contains(said), "{}", finished.stderr);
        let reports = json(&finished);
        assert_eq!(reports["good"]["ended"]["settings"]["web.threads"], 8, "{reports:#}");
        assert!(reports["bad"].is_null(), "{reports:#}");
    }
}

#[test]
fn checks_of_several_are_shown_under_their_names() {
    let world = world();
    write(&world, &[tuning("bad", ", on: {check: 'fail:failed:no'}"), tuning("good", "")]);
    let finished = servo(&world, "run --dry-run -o json").run().expect(1);
    let reports = json(&finished);
    let status = |name: &str| reports[name]["connectors"][0]["checks"][0]["status"].clone();
    assert_eq!((status("bad"), status("good")), ("failed".into(), "passed".into()), "{reports:#}");
    assert!(finished.stderr.contains("good: good is ready"), "{}", finished.stderr);
}

#[test]
fn a_signal_ends_all_and_commands_reach_each() {
    let world = world();
    let idle = |name: &str| {
        let component = "{component: ./fixture.wasm, grants: {state: true}}";
        format!(
            "name: {name}\nconnectors: {{web: {component}}}\nweb: {{on: {{startup: 'put:{name}:1'}}}}\n\
             objective: {{maximize: calls}}\n"
        )
    };
    write(&world, &[idle("one"), idle("two")]);
    let mut running = servo(&world, "run --no-poll").start();
    running.wait_for("both", |_, _| {
        let kept = kept(&world);
        (kept.contains("one") && kept.contains("two")).then_some(())
    });
    let several = servo(&world, "top --once").run().expect(2);
    assert!(several.stderr.contains("2 servos run with servo.yaml: one, two"), "{}", several.stderr);
    let sample = json(&servo(&world, "top --once --name two -o json").run().expect(0));
    assert_eq!(sample["servo"], "two");
    write(&world, &[idle("one"), idle("three")]);
    running.signal(Signal::HUP);
    running.wait_for("the reload", |_, stderr| {
        let gone = stderr.contains("warning: two: SIGHUP: it is gone");
        let new = stderr.contains("the servo `three` is new");
        (gone && new && stderr.contains("one: SIGHUP: nothing has changed")).then_some(())
    });
    running.signal(Signal::TERM);
    let finished = running.wait().expect(0);
    for name in ["one", "two"] {
        assert!(finished.stderr.contains(&format!("{name}: stopped")), "{}", finished.stderr);
    }
}
