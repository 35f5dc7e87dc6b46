//! Runs that cannot be: what is missing or wrong is said before anything is changed.

use super::app::{App, Hold};
use super::stage::{json, servo, world};

#[test]
fn an_objective_with_an_unknown_metric_names_the_nearest_one() {
    let world = world();
    let app = App::start(&world, Hold::Nothing);
    for (objective, said) in [
        ("maximize: cals", "unknown name \"cals\": did you mean \"calls\"?"),
        ("maximize: web.worker + calls", "did you mean \"web.workers\"?"),
        ("maximize: calls\n  subject_to: call < 3", "did you mean \"calls\"?"),
    ] {
        world.file("servo.yaml", app.configuration(objective));
        let finished = servo(&world, "run").run().expect(2);
        assert!(finished.stderr.contains("error: objective: "), "{}", finished.stderr);
        assert!(finished.stderr.contains(said), "{objective}: {}", finished.stderr);
        let dry = servo(&world, "run --dry-run").run().expect(2);
        assert!(dry.stderr.contains(said), "{objective}: {}", dry.stderr);
    }
    assert!(!app.asked(0).contains(&"PATCH".to_owned()));
}

#[test]
fn adjustments_that_cannot_be_meant_are_not_sent() {
    let world = world();
    let app = App::start(&world, Hold::Nothing);
    for (adjustments, said) in [
        ("wob.workers=7", "error: no component found named `wob`; did you mean `web`?"),
        ("web.workers=7 web.nope=1", "error: the component `web` has no setting `nope`; there is workers"),
        ("web.workers=7 web.workers=9", "error: `web.workers` is given twice; give it once"),
    ] {
        let refused = servo(&world, &format!("adjust {adjustments}")).run().expect(2);
        assert_eq!((refused.stderr.trim_end(), refused.stdout.as_str()), (said, ""), "{adjustments}");
    }
    assert!(app.asked(0).is_empty(), "{:?}", app.asked(0));
    servo(&world, "adjust web.workers=7").run().expect(0);
    assert_eq!(app.workers(), 7);
}

#[test]
fn without_an_objective_the_error_says_how_one_looks() {
    let world = world();
    world.file("servo.yaml", "connectors: {load: ./fixture.wasm}\nload: {}\n");
    let finished = servo(&world, "run").run().expect(2);
    assert!(finished.stderr.contains("neither an `objective` for the embedded optimizer nor an `optimizer`"));
    assert!(finished.stderr.contains("objective: {maximize: throughput, subject_to: error_rate < 1%}"));
    // Nobody listens on port 1.
    let line =
        "run --dry-run --optimizer example.com/shop --token secret-of-mine --base-url http://127.0.0.1:1";
    let elsewhere = servo(&world, line).run().expect(1);
    assert!(elsewhere.stdout.contains("The optimizer answers: "), "{}", elsewhere.stdout);
    assert!(!format!("{elsewhere:?}").replace(line, "").contains("secret-of-mine"));
    let dry = servo(&world, "run --dry-run").run().expect(0);
    assert!(dry.stderr.contains("note: there is no `objective` yet"), "{}", dry.stderr);
}

#[test]
fn what_nobody_can_promote_is_not_tried() {
    let world = world();
    let app = App::start(&world, Hold::Nothing);
    let configuration = app.configuration("maximize: web.workers\n  promote: true");
    let others = configuration.lines().filter(|line| !line.starts_with("load:"));
    let without = others.collect::<Vec<_>>().join("\n").replace(", load: ./fixture.wasm", "");
    world.file("servo.yaml", without);
    for line in ["run", "run --dry-run"] {
        let finished = servo(&world, line).run().expect(2);
        assert!(finished.stderr.contains("no connector handles `promote`"), "{}", finished.stderr);
    }
    assert!(app.asked(0).is_empty(), "{:?}", app.asked(0));
}

#[test]
fn history_scores_by_the_objective_that_the_run_had() {
    let world = world();
    let app = App::start(&world, Hold::Nothing);
    servo(&world, "run").run().expect(0);
    let then = json(&servo(&world, "history -o json").run().expect(0));
    for objective in ["minimize: web.workers\n  subject_to: calls > 100000", "maximize: calls"] {
        world.file("servo.yaml", app.configuration(objective));
        assert_eq!(json(&servo(&world, "history -o json").run().expect(0)), then, "{objective}");
    }
    assert_eq!(then["objective"], "maximize web.workers + 0 * calls");
}

#[test]
fn a_dry_run_with_a_failing_check_fails_and_shows_it() {
    let world = world();
    let configuration = |mode: &str| {
        format!(
            "connectors: {{sick: ./fixture.wasm, fine: ./fixture.wasm}}\nsick: {{on: {{check: '{mode}'}}}}\nfine: {{}}\n"
        )
    };
    world.file("servo.yaml", configuration("fail:failed"));
    let finished = servo(&world, "run --dry-run").run().expect(1);
    assert!(finished.stdout.contains("sick       X FAILED"), "{finished:?}");
    assert!(finished.stdout.contains("fine       √ PASSED"), "{finished:?}");
    assert!(finished.stdout.contains("the fixture fails in check, as its settings say"), "{finished:?}");
    world.file("servo.yaml", configuration("ok"));
    let finished = servo(&world, "run --dry-run").run().expect(0);
    assert!(finished.stderr.contains("is ready"), "{finished:?}");
}

#[test]
fn a_run_over_other_settings_is_not_continued() {
    let world = world();
    let app = App::start(&world, Hold::Work(2));
    let running = servo(&world, "run").start();
    app.wait_until_held();
    drop(running);
    app.hold(Hold::Nothing);
    world.file("servo.yaml", app.configuration("minimize: web.workers + 0 * calls"));
    let finished = servo(&world, "run").run().expect(1);
    assert!(
        finished.stderr.contains("its objective is \"maximize web.workers + 0 * calls\""),
        "{}",
        finished.stderr
    );
    assert!(finished.stderr.contains("`servo run --fresh`"), "{}", finished.stderr);
    servo(&world, "run --fresh").run().expect(0);
}

#[test]
fn an_application_without_settings_cannot_be_tuned() {
    let world = world();
    world.file("servo.yaml", "connectors: {load: ./fixture.wasm}\nload: {}\nobjective: {maximize: calls}\n");
    let finished = servo(&world, "run").run().expect(1);
    assert!(finished.stderr.contains("offers a setting that may be changed"), "{}", finished.stderr);
}

#[test]
fn nobody_waits_for_longer_than_a_clock_can_tell() {
    let world = world();
    world.file("servo.yaml", "connectors: {load: ./fixture.wasm}\nload: {}\n");
    for line in ["measure -d 500000000000y", "measure -d 1s --warmup 11y"] {
        let refused = servo(&world, line).run().expect(2);
        assert!(refused.stderr.contains("it is longer than 10 years"), "{line}: {}", refused.stderr);
    }
}
