//! What connectors keep in the state directory: it outlives each command, a running servo is its only writer, and no
//! kill breaks it.

use servo_test_support::{Finished, Signal, World};

use super::stage::{json, servo, world};

/// Two aliases that count their measurements, and say so in an annotation.
const COUNTING: &str = "connectors:
  first: {component: ./fixture.wasm, grants: {state: true}}
  second: {component: ./fixture.wasm, grants: {state: true}}
  other: ./fixture.wasm
first: {on: {measure: count}}
second: {on: {measure: count}}
other: {on: {measure: count}}
";

fn measured(world: &World, alias: &str) -> Finished {
    servo(world, &format!("measure -d 10ms -o json --connectors {alias}")).run()
}

#[track_caller]
fn count(finished: &Finished) -> u64 {
    let value = json(finished);
    let annotations = value["annotations"].to_string();
    let digits: String =
        annotations.split("count").nth(1).unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_else(|_| panic!("no count in {value:#}"))
}

/// Everything that is kept.
pub(super) fn kept(world: &World) -> String {
    let entries = |path| std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let files = entries(world.path("state/kept")).flat_map(entries);
    let journals = files.filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    journals.filter_map(|path| std::fs::read_to_string(path).ok()).collect()
}

#[test]
fn what_is_kept_outlives_the_command_and_belongs_to_one_alias_of_one_file() {
    let world = world();
    world.file("servo.yaml", COUNTING);
    for (alias, wanted) in [("first", 1), ("first", 2), ("second", 1), ("first", 3)] {
        assert_eq!(count(&measured(&world, alias).expect(0)), wanted, "{alias}");
    }
    let denied = measured(&world, "other").expect(1);
    assert!(denied.stderr.contains("connectors.other.grants"), "{}", denied.stderr);
    // Another file is another world, whatever its connectors are called.
    world.file("another.yaml", COUNTING);
    let other = servo(&world, "measure -d 10ms -o json --connectors first --config-file another.yaml").run();
    assert_eq!(count(&other.expect(0)), 1);
}

#[test]
fn a_running_servo_is_the_only_writer_until_it_is_killed() {
    let world = world();
    // Only a run starts connectors up, so what is kept says when it writes.
    let starting = "first: {on: {measure: count, startup: 'put:started:1'}}";
    world.file("servo.yaml", COUNTING.replace("first: {on: {measure: count}}", starting));
    assert_eq!(count(&measured(&world, "first").expect(0)), 1);
    let mut running = servo(&world, "run --no-poll").start();
    running.wait_for("the start", |_, _| kept(&world).contains("started").then_some(()));
    let beside = measured(&world, "first").expect(1);
    assert!(beside.stderr.contains("running servo"), "{}", beside.stderr);
    running.signal(Signal::KILL);
    running.wait();
    assert_eq!(count(&measured(&world, "first").expect(0)), 2);
}

/// The largest number that a connector said it had counted to.
fn said(stderr: &str) -> u64 {
    let numbers =
        stderr.split("counted ").skip(1).map(|rest| rest.split_whitespace().next().unwrap_or_default());
    numbers.filter_map(|number| number.parse().ok()).max().unwrap_or_default()
}

#[test]
fn no_kill_loses_or_breaks_what_was_put() {
    let world = world();
    world.file(
        "servo.yaml",
        "connectors:
  first: {component: ./fixture.wasm, limits: {log: 10MiB/1s}, grants: {state: true}}
first: {on: {startup: count-on, measure: count}}
",
    );
    for round in 0..8 {
        let mut running = servo(&world, "run --no-poll").start();
        let before = running.wait_for("a put", |_, stderr| Some(said(stderr)).filter(|count| *count > 0));
        // Somewhere in the next puts, of which one takes some milliseconds.
        running.wait_for("more", |_, stderr| (said(stderr) > before + 5 * round).then_some(()));
        running.signal(Signal::KILL);
        let acknowledged = said(&running.wait().stderr);
        let stored = count(&measured(&world, "first").expect(0)) - 1;
        assert!(
            stored >= acknowledged,
            "round {round}: {acknowledged} were acknowledged, {stored} are there"
        );
    }
}
