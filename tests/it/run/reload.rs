//! SIGHUP: what changed of a connector takes effect while the run goes on, and what does not work changes nothing.

use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use servo_test_support::{Reply, Running, Scripted, Server as _, Signal, World};

use super::kept::kept;
use super::stage::{json, servo, world};

/// Two connectors; what the first one does when it is configured and started is as given.
fn configuration(first: &str, grants: &str) -> String {
    format!(
        "connectors:
  first: {{component: ./fixture.wasm, grants: {grants}}}
  other: ./fixture.wasm
first: {{on: {first}}}
other: {{}}
"
    )
}

/// Writes the configuration, says so, and waits for the answer.
#[track_caller]
fn change(world: &World, running: &mut Running, configuration: &str, answer: &str) {
    world.file("servo.yaml", configuration);
    let before = running.stderr().matches(answer).count();
    running.signal(Signal::HUP);
    running.wait_for(answer, |_, stderr| (stderr.matches(answer).count() > before).then_some(()));
}

#[test]
fn what_changed_takes_effect_and_what_does_not_work_changes_nothing() {
    let world = world();
    let granted = "{state: true}";
    world.file("servo.yaml", configuration("{startup: 'put:one:1'}", granted));
    let mut running = servo(&world, "run --no-poll").start();
    running.wait_for("the start", |_, _| kept(&world).contains("\"one\"").then_some(()));
    let works = "connector `first` works with its new configuration";
    let two = configuration("{startup: 'put:two:1', shutdown: 'put:ended:1'}", granted);
    change(&world, &mut running, &two, works);
    assert!(kept(&world).contains("\"two\""));
    // A comment above moves everything and changes nothing.
    change(&world, &mut running, &format!("# moved\n{two}"), "nothing has changed");
    let stays = "connector `first` stays as it is: ";
    change(&world, &mut running, &configuration("{configure: trap}", granted), stays);
    change(&world, &mut running, "connectors: [", "nothing is changed");
    let gone = configuration("{startup: 'put:three:1'}", granted)
        .replace("  other: ./fixture.wasm\n", "  new: ./fixture.wasm\n");
    let gone = gone.replace("other: {}\n", "new: {}\n");
    assert!(!kept(&world).contains("ended"));
    change(&world, &mut running, &gone, "`other` is gone from the configuration");
    assert!(running.stderr().contains("`new` is new and begins with the next run"));
    assert!(kept(&world).contains("\"three\"") && kept(&world).contains("ended"));
    // A component that is not one.
    world.file("broken.wasm", "not a component");
    let broken = configuration("{}", granted)
        .replace("first: {component: ./fixture.wasm", "first: {component: ./broken.wasm");
    change(&world, &mut running, &broken, "nothing is changed");
    // Without its grant the new one cannot start.
    change(&world, &mut running, &configuration("{startup: 'put:four:1'}", "{}"), "`state` is not granted");
    let limited = configuration("{startup: 'put:five:1'}", "{state: true}, limits: {cpu: 1s}");
    change(&world, &mut running, &limited, works);
    // The same file with another content: a custom section more.
    let component = std::fs::read(world.path("fixture.wasm")).unwrap();
    let changed = [&component[..], b"\0\x06\x04note!"].concat();
    std::fs::remove_file(world.path("fixture.wasm")).unwrap();
    world.file("fixture.wasm", changed);
    change(&world, &mut running, &limited, works);
    running.signal(Signal::TERM);
    running.wait().expect(0);
    assert!(kept(&world).contains("\"five\"") && !kept(&world).contains("\"four\""));
}

#[test]
fn a_call_in_progress_is_not_disturbed_and_the_next_ones_are_new() {
    let world = world();
    let written = |measure: &str, grants: &str| {
        format!(
            "connectors: {{web: ./fixture.wasm, slow: ./fixture.wasm, counter: {{component: ./fixture.wasm, grants: {grants}}}}}
web: {{components: {{web: {{threads: {{min: 1, max: 8, step: 1, value: 1}}}}}}, on: {{measure: 'wait:700'}}}}
slow: {{on: {{measure: '{measure}'}}}}
counter: {{on: {{measure: count}}}}
objective: {{maximize: web.threads + 0 * calls, budget: 6, seed: 1, measure: {{duration: 20ms, warmup: 0s}}}}
"
        )
    };
    world.file("servo.yaml", written("wait:3000", "{state: true}"));
    let mut running = servo(&world, "run -o json").start();
    running.wait_for("the first trial", |_, _| kept(&world).contains("count").then_some(()));
    world.file("servo.yaml", written("ok", "{}"));
    running.signal(Signal::HUP);
    let finished = running.wait();
    let report = json(&finished);
    let rows = report["rows"].as_array().unwrap();
    assert!(rows[0]["problem"].is_null(), "{report:#}");
    let last = rows[rows.len() - 1]["problem"].as_str().unwrap_or_default();
    assert!(last.contains("`state` is not granted to `counter`"), "{report:#}\n{}", finished.stderr);
    for alias in ["slow", "counter"] {
        let said = format!("connector `{alias}` works with its new configuration");
        assert!(finished.stderr.contains(&said), "{}", finished.stderr);
    }
}

#[test]
fn what_is_taken_back_during_a_reload_stays_taken_back() {
    let world = world();
    world.file("servo.yaml", configuration("{startup: 'put:started:1'}", "{state: true}"));
    let mut running = servo(&world, "run --no-poll").start();
    running.wait_for("the start", |_, _| kept(&world).contains("started").then_some(()));
    // The new instance starts for as long as its question is not answered.
    let ((asks, asked), (answer, answers)) = (channel(), channel::<()>());
    let (asks, answers) = (Mutex::new(asks), Mutex::new(answers));
    let server = Scripted::start(move |_| {
        let _ = asks.lock().unwrap().send(());
        let _ = answers.lock().unwrap().recv_timeout(Duration::from_secs(60));
        Reply::text(200, "go on")
    });
    let url = server.url();
    let grants = format!("{{state: true, http: ['{url}']}}");
    world.file("servo.yaml", configuration(&format!("{{startup: 'http:{url}/', measure: count}}"), &grants));
    running.signal(Signal::HUP);
    asked.recv_timeout(Duration::from_secs(60)).unwrap();
    let revoked = servo(&world, "grants revoke first state").run().expect(0);
    assert_eq!(revoked.stderr, "taken back from `first`: state\n");
    answer.send(()).unwrap();
    let works = "connector `first` works with its new configuration";
    running.wait_for("the reload", |_, stderr| stderr.contains(works).then_some(()));
    let taken_back = || {
        let rows = json(&servo(&world, "show grants -o json").run().expect(0));
        let rows = rows.as_array().unwrap().clone();
        rows.into_iter().map(|row| (row["kind"].clone(), row["taken_back"] == true)).collect::<Vec<_>>()
    };
    assert_eq!(taken_back(), [("http".into(), false), ("state".into(), true)]);
    // And it is remembered: the same file once more changes nothing.
    running.signal(Signal::HUP);
    running.wait_for("another", |_, stderr| stderr.contains("nothing has changed").then_some(()));
    assert_eq!(taken_back(), [("http".into(), false), ("state".into(), true)]);
    running.signal(Signal::TERM);
    running.wait().expect(0);
}
