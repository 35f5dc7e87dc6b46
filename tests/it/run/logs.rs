//! What a running servo logs, where it can be read, and to whom it belongs.

use serde_json::Value;
use servo_test_support::{Finished, Running, Signal, World};

use super::stage::{servo, world};

/// A run that measures again and again; one connector says something each time.
const TALKING: &str = "connectors: {web: ./fixture.wasm, noisy: ./fixture.wasm}
web: {components: {web: {threads: {min: 1, max: 400, step: 1, value: 1}}}, on: {measure: 'wait:300'}}
noisy: {on: {measure: 'log-flood:1'}}
objective: {maximize: web.threads + 0 * calls, budget: 200, seed: 1, measure: {duration: 20ms, warmup: 0s}}
";

/// The run, after some trials.
#[track_caller]
fn talking(world: &World, flags: &str) -> Running {
    world.file("servo.yaml", TALKING);
    let mut running = servo(world, &format!("run {flags}")).start();
    running.wait_for("some trials", |_, err| err.contains("trial 4/").then_some(()));
    running
}

#[track_caller]
fn end(running: Running) -> Finished {
    running.signal(Signal::TERM);
    running.wait().expect(0)
}

#[track_caller]
fn logs(world: &World, arguments: &str) -> String {
    servo(world, &format!("logs {arguments}")).run().expect(0).stdout
}

#[test]
fn a_running_servo_tells_what_it_logged() {
    let world = world();
    let running = talking(&world, "");
    let all = logs(&world, "--lines 1000");
    assert!(all.contains("| INFO     | servo[trial] - 2 of 200 begins (spread"), "{all}");
    assert!(all.contains("| SUCCESS  | servo[trial] - 1 ends: 1, best 1"), "{all}");
    let noisy = logs(&world, "noisy");
    assert!(noisy.lines().count() >= 2, "{noisy}");
    assert!(noisy.lines().all(|line| line.contains("| noisy[measure] - ")), "{noisy}");
    let json = logs(&world, "noisy --lines 2 -o json");
    let lines: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "{json}");
    assert!(lines.iter().all(|line| line["connector"] == "noisy" && line["level"] == "INFO"), "{json}");
    let stderr = servo(&world, "logs nobody").run().expect(2).stderr;
    assert!(stderr.contains("no connector found named 'nobody'; "), "{stderr}");
    assert_eq!(logs(&world, "--lines 0"), "");
    // The terminal has its own level.
    assert!(!end(running).stderr.contains("noisy[measure]"));
}

#[test]
fn following_goes_on_until_the_servo_ends() {
    let world = world();
    let running = talking(&world, "");
    let mut following = servo(&world, "logs --lines 0 --follow").start();
    following.wait_for("two trials", |out, _| (out.matches("begins (").count() >= 2).then_some(()));
    end(running);
    let followed = following.wait().expect(0);
    assert!(followed.stderr.contains("the servo has ended"), "{}", followed.stderr);
    let numbers: Vec<usize> = followed
        .stdout
        .lines()
        .filter_map(|line| line.split_once("servo[trial] - ")?.1.split_once(" of ")?.0.parse().ok())
        .collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{numbers:?}");
}

#[test]
fn without_a_running_servo_there_are_no_logs() {
    let world = world();
    let stderr = servo(&world, "logs").run().expect(1).stderr;
    assert!(stderr.contains("no servo runs with servo.yaml; `servo run` starts it"), "{stderr}");
}

#[test]
fn lines_go_to_a_file_too_and_each_connector_has_its_level() {
    let world = world();
    let running = talking(&world, "--log-file servo.log --log-level INFO,noisy=ERROR");
    let ended = end(running);
    let file = std::fs::read_to_string(world.path("servo.log")).unwrap();
    assert!(file.contains("servo[trial] - 2 of 200 begins"), "{file}");
    assert!(!file.contains("noisy[measure]") && !file.contains('\x1b'), "{file}");
    for line in file.lines() {
        assert!(ended.stderr.contains(line), "{line}");
    }
    let stderr = servo(&world, "list --log-file nowhere/servo.log").run().expect(2).stderr;
    assert!(stderr.contains("the log file nowhere/servo.log cannot be written"), "{stderr}");
}

#[test]
fn of_several_servos_each_has_its_own_lines() {
    let world = world();
    let named = |name: &str| format!("name: {name}\n{TALKING}");
    world.file("servo.yaml", format!("{}---\n{}", named("first"), named("second")));
    let mut running = servo(&world, "run --log-level INFO").start();
    running.wait_for("trials of both", |_, err| {
        let spoke = |name: &str| err.contains(&format!("| {name}(noisy[measure]) - "));
        (spoke("first") && spoke("second")).then_some(())
    });
    let first = logs(&world, "--name first noisy");
    assert!(
        !first.is_empty() && first.lines().all(|line| line.contains("| first(noisy[measure]) - ")),
        "{first}"
    );
    end(running);
}
