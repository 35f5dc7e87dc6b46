//! Commands that ask a running servo, and what comes in over its socket otherwise.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use servo_test_support::{Running, Signal, World, eventually};

use super::kept::kept;
use super::stage::{json, servo, world};

/// How long something that a run does may be waited for.
const SOON: Duration = Duration::from_secs(60);

/// A run that goes on for long: one connector sets the pace, one starts only with its grant, one keeps state and one
/// says too much.
const LIVELY: &str = "connectors:
  web: ./fixture.wasm
  breaking: {component: ./fixture.wasm, grants: {state: true}}
  counter: {component: ./fixture.wasm, grants: {state: true}}
  noisy: {component: ./fixture.wasm, limits: {log: 1KiB/1s}}
web: {components: {web: {threads: {min: 1, max: 400, step: 1, value: 1}}}, on: {measure: 'wait:900'}}
breaking: {on: {startup: count}}
counter: {on: {measure: count}}
noisy: {on: {measure: 'log-flood:200'}}
objective: {maximize: web.threads + 0 * calls, budget: 200, seed: 1, measure: {duration: 20ms, warmup: 0s}}
";

/// A run that waits for a signal, and has begun.
#[track_caller]
fn idle(world: &World) -> Running {
    let configuration = "connectors: {first: {component: ./fixture.wasm, grants: {state: true}}}
first: {on: {startup: 'put:started:1'}}
";
    world.file("servo.yaml", configuration);
    let mut running = servo(world, "run --no-poll").start();
    running.wait_for("the start", |_, _| kept(world).contains("started").then_some(()));
    running
}

/// What a connector does, as `servo top` has it.
#[track_caller]
fn top(world: &World, connector: &str) -> Value {
    let sample = json(&servo(world, "top --once -o json").run().expect(0));
    let all = sample["connectors"].as_array().unwrap();
    all.iter().find(|one| one["connector"] == connector).unwrap_or_else(|| panic!("{sample:#}")).clone()
}

fn sockets(world: &World) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(world.path("state/running")).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "sock")).collect()
}

#[test]
fn without_a_running_servo_commands_say_so() {
    let world = world();
    world.file("servo.yaml", LIVELY);
    for line in ["top", "top --once -o json", "grants revoke counter state", "connectors restart counter"] {
        let finished = servo(&world, line).run().expect(1);
        assert_eq!(
            finished.stderr, "error: no servo runs with servo.yaml; `servo run` starts it\n",
            "{line}"
        );
    }
    // Where a servo is not needed, it is not missed.
    servo(&world, "show limits").run().expect(0);
}

#[test]
fn a_run_shows_what_its_connectors_do_and_takes_orders() {
    let world = world();
    world.file("servo.yaml", LIVELY);
    let mut running = servo(&world, "run").timeout(3 * SOON).start();
    running.wait_for("a trial", |_, stderr| stderr.contains("trial 2/").then_some(()));
    let table = servo(&world, "top --once").run().expect(0).stdout;
    assert!(table.contains("CONNECTOR") && table.contains("noisy"), "{table}");
    let restarted = servo(&world, "connectors restart noisy").run().expect(0);
    assert!(restarted.stderr.contains("connector `noisy`"), "{}", restarted.stderr);
    eventually(SOON, "a restart", || (top(&world, "noisy")["rebuilds"] == 1).then_some(()));

    // Limits are those of the running one: what was used and hit is not that of a new one.
    let hits = eventually(SOON, "a hit limit", || {
        let rows = json(&servo(&world, "show limits -o json").run().expect(0));
        let row = |row: &&Value| row["connector"] == "noisy" && row["limit"] == "log";
        rows.as_array().unwrap().iter().find(row)?["hits"].as_u64().filter(|hits| *hits > 0)
    });
    assert!(hits > 0);

    let revoked = servo(&world, "grants revoke counter state").run().expect(0);
    assert_eq!(revoked.stderr, "taken back from `counter`: state\n");
    eventually(SOON, "a denial", || top(&world, "counter")["denials"]["state"].as_u64());
    let grants = servo(&world, "show grants").run().expect(0).stdout;
    assert!(grants.contains("servo.yaml:4:56, taken back"), "{grants}");
    for (line, said) in [
        ("grants revoke conter state", "no connector is named `conter`; did you mean `counter`?"),
        ("grants revoke counter https://a.b", "`counter` has no grant `https://a.b`; it has state"),
        ("grants revoke web http", "`web` has no grant `http`; it has none"),
        ("connectors restart nobody", "no connector is named `nobody`; there is web, breaking"),
    ] {
        let finished = servo(&world, line).run().expect(1);
        assert!(finished.stderr.contains(said), "{line}: {}", finished.stderr);
    }
    // A crash loop: what it needs to start was taken back.
    servo(&world, "grants revoke breaking state").run().expect(0);
    let failed = servo(&world, "connectors restart breaking").run().expect(1);
    assert!(failed.stderr.contains("`breaking` could not be built again: denied"), "{}", failed.stderr);
    let broken = eventually(SOON, "a crash loop", || {
        let one = top(&world, "breaking");
        (one["state"]["is"] == "broken" && one["state"]["failures"].as_u64() >= Some(2)).then_some(one)
    });
    assert!(broken["state"]["last"].as_str().unwrap().contains("`state` is not granted"), "{broken:#}");
    let mut watching = servo(&world, "top -o json -i 100ms").start();
    watching.wait_for("three lines", |stdout, _| (stdout.lines().count() >= 3).then_some(()));
    running.signal(Signal::TERM);
    running.wait();
    let watched = watching.wait().expect(0);
    assert_eq!(watched.stderr, "the servo has ended\n");
    for line in watched.stdout.lines() {
        assert_eq!(serde_json::from_str::<Value>(line).unwrap()["connectors"].as_array().unwrap().len(), 4);
    }
}

#[test]
fn the_socket_is_its_users_alone_and_outlives_nothing() {
    let world = world();
    let running = idle(&world);
    let found = sockets(&world);
    assert_eq!(found.len(), 1, "{found:?}");
    let mode = |path: &PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&found[0]), mode(&world.path("state/running"))), (0o600, 0o700));
    // A second run says that it is not the one that commands ask; it cannot write what the first one keeps.
    let mut second = servo(&world, "run --no-poll").start();
    second.wait_for("a note", |_, stderr| stderr.contains("another run of this servo").then_some(()));
    second.wait();
    servo(&world, "top --once").run().expect(0);
    running.signal(Signal::KILL);
    running.wait();
    assert_eq!(sockets(&world), found);
    servo(&world, "top --once").run().expect(1);
    let again = idle(&world);
    eventually(SOON, "an answer", || (servo(&world, "top --once").run().code == Some(0)).then_some(()));
    again.signal(Signal::TERM);
    again.wait().expect(0);
    assert_eq!(sockets(&world), Vec::<PathBuf>::new());
}

#[test]
fn strange_silent_and_many_clients_are_nothing_to_a_run() {
    let world = world();
    let running = idle(&world);
    let path = sockets(&world).remove(0);
    let connect = || UnixStream::connect(&path).unwrap();
    for (text, said) in [
        (&b"{\n"[..], "no question that this version knows"),
        (b"{\"do\":\"dance\"}\n", "unknown variant `dance`"),
        (b"{\"do\":\"restart\",\"connector\":\"first\",\"more\":1}\n", "unknown field `more`"),
        (b"\xff\xfe\n", "no question"),
    ] {
        let mut stream = connect();
        stream.write_all(text).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("{\"error\":") && answer.contains(said), "{answer}");
    }
    // A question that never ends is cut off; whoever writes on is told by the system.
    let mut endless = connect();
    while endless.write_all(&[b'x'; 64 << 10]).is_ok() {}
    // More clients than are answered at a time, who say nothing: they are left alone after a while.
    let silent: Vec<UnixStream> = (0..20).map(|_| connect()).collect();
    servo(&world, "top --once").run().expect(0);
    drop(silent);
    running.signal(Signal::TERM);
    running.wait().expect(0);
}

#[test]
fn a_long_state_directory_is_no_obstacle() {
    let world = world();
    let long = world.path("long-".repeat(30));
    symlink(world.path("state"), &long).unwrap();
    world.file(
        "servo.yaml",
        "connectors: {first: {component: ./fixture.wasm, grants: {state: true}}}
first: {on: {startup: 'put:started:1'}}
",
    );
    let here = |line: &str| servo(&world, line).env("SERVO_STATE_DIR", &long);
    let mut running = here("run --no-poll").start();
    running.wait_for("the start", |_, _| kept(&world).contains("started").then_some(()));
    here("top --once").run().expect(0);
    running.signal(Signal::TERM);
    running.wait().expect(0);
}
