//! `servo status`: how the running servos of a configuration are, each in one look.

use serde_json::{Value, json};
use servo_test_support::{Optimizer, Reply, Running, Signal, World};

use super::stage::{json, servo, world};

/// A run that measures for long; one of its connectors says how far it is.
fn tuning(name: &str) -> String {
    format!(
        "name: {name}
connectors: {{web: ./fixture.wasm, other: ./fixture.wasm}}
web: {{components: {{web: {{threads: {{min: 1, max: 8, step: 1, value: 1}}}}}}}}
other: {{on: {{measure: wait}}}}
objective: {{maximize: web.threads + 0 * calls, budget: 8, seed: 1, measure: {{duration: 1h, warmup: 0s}}}}
"
    )
}

fn measuring(world: &World, said: &str) -> Running {
    let mut running = servo(world, "run -l INFO").start();
    running.wait_for("the first trial", |_, stderr| {
        (stderr.matches("1 of 8 begins").count() >= said.len()).then_some(())
    });
    running
}

/// The statuses as JSON.
#[track_caller]
fn statuses(world: &World, line: &str) -> Vec<Value> {
    json(&servo(world, line).run().expect(0)).as_array().unwrap().clone()
}

#[test]
fn a_run_says_what_it_does_and_how_its_connectors_are() {
    let world = world();
    world.file("servo.yaml", tuning("shop"));
    let running = measuring(&world, "1");
    let all = statuses(&world, "status -o json");
    let [one] = &all[..] else { panic!("{all:#?}") };
    assert_eq!((&one["servo"], &one["ready"]), (&json!("shop"), &json!(true)), "{one:#}");
    assert!(one["doing"].as_str().unwrap().starts_with("trial 1 of 8 ("), "{one:#}");
    assert_eq!(one["trials"]["number"], 1);
    assert_eq!(one["objective"], "maximize web.threads + 0 * calls");
    let connectors = json!([
        {"connector": "web", "ready": true, "problem": null},
        {"connector": "other", "ready": true, "problem": null},
    ]);
    assert_eq!(one["connectors"], connectors);
    let table = servo(&world, "status").run().expect(0).stdout;
    for said in [
        "shop: ready, up ",
        "  doing       trial 1 of 8",
        "  connectors  web ready\n              other ready",
    ] {
        assert!(table.contains(said), "{said}: {table}");
    }
    running.signal(Signal::TERM);
    running.wait().expect(0);
}

#[test]
fn all_servos_of_a_file_are_shown_or_the_one_that_is_named() {
    let world = world();
    world.file("servo.yaml", format!("{}---\n{}", tuning("one"), tuning("two")));
    let running = measuring(&world, "12");
    let names = |line: &str| -> Vec<Value> {
        statuses(&world, line).iter().map(|status| status["servo"].clone()).collect()
    };
    assert_eq!(names("status -o json"), ["one", "two"]);
    assert_eq!(names("status -n two -o json"), ["two"]);
    running.signal(Signal::TERM);
    running.wait().expect(0);
}

#[test]
fn the_remote_optimizer_and_what_it_asks_for_are_named() {
    let optimizer = Optimizer::start(|asked| (asked.event == "HELLO").then(|| Reply::json(401, "{}")));
    let world = world();
    let connector = "connectors: {web: ./fixture.wasm}\nweb: {}\n";
    world.file("servo.yaml", format!("{}{connector}", optimizer.stanza()));
    let mut running = servo(&world, "run").start();
    running.wait_for("a refusal", |_, stderr| stderr.contains("status 401").then_some(()));
    let status = statuses(&world, "status -o json").remove(0);
    assert_eq!((&status["ready"], &status["doing"]), (&json!(false), &json!("waiting for the optimizer")));
    assert!(status["optimizer"]["problem"].as_str().unwrap().contains("401"), "{status:#}");
    let table = servo(&world, "status").run().expect(0).stdout;
    assert!(
        table.contains("not ready, up ") && table.contains("  optimizer   example.com/shop: "),
        "{table}"
    );
    // A second one would ask the same optimizer as the same servo.
    let second = servo(&world, "run").run().expect(1);
    let said = "runs already and works for the optimizer `example.com/shop`: `servo status` shows it";
    assert!(second.stderr.contains(said), "{}", second.stderr);
    running.signal(Signal::TERM);
    let finished = running.wait().expect(0);
    assert!(
        finished.stderr.contains("stopped; the optimizer has asked for no change"),
        "{}",
        finished.stderr
    );
}

#[test]
fn without_a_running_servo_it_fails_and_says_how_to_start_one() {
    let world = world();
    world.file("servo.yaml", tuning("shop"));
    for line in ["status", "status -o json"] {
        let finished = servo(&world, line).run().expect(1);
        let said = "error: no servo runs with servo.yaml; `servo run` starts it\n";
        assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("", said));
    }
}
