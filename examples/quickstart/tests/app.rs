//! The whole application as its users meet it: over HTTP and as a process.
#![allow(clippy::unwrap_used, reason = "a test panics when its world is broken")]

use std::path::Path;
use std::time::Duration;

use servo_test_support::{Finished, Program, Quickstart, Server as _, Signal, http};

const BINARY: &str = env!("CARGO_BIN_EXE_quickstart");

fn start() -> Quickstart {
    Quickstart::start(Path::new(BINARY))
}

fn beside(script: &str) -> Program {
    Program::new(BINARY).args(["--seed", "3", "--", "sh", "-c", script])
}

fn metric(app: &Quickstart, name: &str) -> f64 {
    let text = http::get(&format!("{}/metrics", app.url())).unwrap().text();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().parse().unwrap()
}

#[test]
fn settings_change_live_and_the_metrics_show_what_they_do() {
    let app = start();
    let change = |change: &str| {
        let url = format!("{}/settings", app.url());
        http::request("PATCH", &url, &[("content-type", "application/json")], change.as_bytes()).unwrap()
    };
    let fetch = || http::get(&format!("{}/documents/5", app.url())).unwrap();
    let small = fetch();
    assert_eq!((small.status, small.header("content-encoding")), (200, Some("gzip")));
    assert_eq!(metric(&app, "quickstart_cache_misses_total"), 1.0);

    let changed = change(r#"{"compression_level": 1, "cache_entries": 100, "workers": 2}"#);
    assert_eq!((changed.status, changed.text()), (200, app.settings()));
    let quick = fetch();
    assert!(quick.body.len() > small.body.len());
    assert_eq!(fetch().body, quick.body);
    assert_eq!(metric(&app, "quickstart_cache_hits_total"), 1.0);
    assert_eq!(metric(&app, "quickstart_rendered_total"), 2.0);
    assert_eq!(metric(&app, "quickstart_setting{name=\"compression_level\"}"), 1.0);

    let refused = change(r#"{"compression_level": 10}"#);
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("10 is not a whole number from 1 to 9"), "{}", refused.text());
    assert_eq!(app.settings(), changed.text());
    assert_eq!(http::get(&format!("{}/ready", app.url())).unwrap().status, 200);
}

#[test]
fn it_ends_on_signals() {
    for (signal, code) in [(Signal::TERM, 0), (Signal::INT, 130)] {
        let app = start();
        app.process().signal(signal);
        assert_eq!(app.end().code, Some(code));
    }
}

#[test]
fn a_command_finds_the_application_and_decides_the_exit_code() {
    let finished = beside("echo $QUICKSTART_URL; echo $SERVO_APP_URL; echo $SERVO_LOAD_TARGET; exit 42")
        .run()
        .expect(42);
    let url = finished.stderr.trim().strip_prefix("listening on ").unwrap();
    assert_eq!(finished.stdout, format!("{url}\n{url}\nGET {url}/random\n"));
    beside("kill -KILL $$").run().expect(137);
}

#[test]
fn ctrl_c_is_left_to_the_command_and_the_application_stays_until_it_has_ended() {
    // The command reacts slowly and still finds the application when it cleans up.
    let script = "trap 'sleep 0.3; echo cleaned; exit 130' INT; echo ready; while :; do sleep 0.02; done";
    let mut running = beside(script).start();
    running.wait_for("ready", |stdout, _| stdout.contains("ready").then_some(()));
    running.signal_group(Signal::INT);
    assert_eq!(running.wait().expect(130).stdout, "ready\ncleaned\n");
}

#[test]
fn sigterm_is_passed_on() {
    let mut running =
        beside("trap 'echo caught; exit 5' TERM; echo ready; while :; do sleep 0.02; done").start();
    running.wait_for("ready", |stdout, _| stdout.contains("ready").then_some(()));
    running.signal(Signal::TERM);
    assert_eq!(running.wait().expect(5).stdout, "ready\ncaught\n");
}

#[test]
fn what_cannot_be_done_is_told() {
    let told = |program: Program, code: i32| -> Finished {
        program.timeout(Duration::from_secs(30)).run().expect(code)
    };
    let missing = told(Program::new(BINARY).args(["--", "no-such-command"]), 1);
    assert!(missing.stderr.contains("cannot run \"no-such-command\""), "{}", missing.stderr);
    let app = start();
    let taken = told(Program::new(BINARY).args(["--listen", &app.address().to_string()]), 1);
    assert!(taken.stderr.contains("give another --listen"), "{}", taken.stderr);
    assert!(told(Program::new(BINARY).arg("--nonsense"), 2).stderr.contains("see --help"));
    assert!(told(Program::new(BINARY).arg("--help"), 0).stdout.contains("Usage: quickstart"));
}
