//! The C SDK, and nginx-status against a real nginx.

use std::time::Duration;

use servo_test_support::{Signal, eventually, free_port, http};

use super::nginx::{CONNECTOR, Nginx, configuration};
use super::{json, native, points, servo, world};
use crate::shown::{self, shown};

#[test]
fn measures_what_nginx_counts() {
    const SENT: usize = 60;
    let nginx = Nginx::start();
    let before = nginx.requests();
    // It is answered before it is in the log.
    eventually(Duration::from_secs(30), "the question in the log", || (nginx.looks() > 0).then_some(()));
    let looks = nginx.looks();
    let measuring = servo(&nginx.world, "measure -d 6s -o json").start();
    eventually(Duration::from_secs(30), "the first look", || (nginx.looks() > looks).then_some(()));
    for _ in 0..SENT {
        assert_eq!(http::get(&nginx.url).unwrap().status, 200);
    }
    let finished = measuring.wait().expect(0);
    let measured = json(&finished);
    let active = points(&measured, "connections_active");
    assert!(active.len() >= 2 && active.iter().all(|(_, active)| *active >= 1.0), "{measured:#}");
    let rates = points(&measured, "requests_per_second");
    assert_eq!(rates.len() + 1, active.len());
    let counted: f64 = rates.iter().zip(&active).map(|((at, rate), (before, _))| rate * (at - before)).sum();
    assert!((counted - SENT as f64).abs() < 0.01, "{counted} requests were counted: {measured:#}");
    // The program's own count: ours, a look for each point, and the question itself. The last look may be answered too
    // late to be a point.
    let others = nginx.requests() - before - SENT as f64 - 1.0 - active.len() as f64;
    assert!((0.0..=1.0).contains(&others), "{others} more requests: {measured:#}");
    let dropped = points(&measured, "connections_dropped_per_second");
    assert!(!dropped.is_empty() && dropped.iter().all(|(_, dropped)| *dropped == 0.0), "{measured:#}");
}

#[test]
fn warms_up_and_stops_when_interrupted() {
    let nginx = Nginx::start();
    let looks = nginx.looks();
    let measured = servo(&nginx.world, "measure -d 0s --warmup 700ms -o json").run().expect(0);
    assert!(measured.took >= Duration::from_millis(700), "{:?}", measured.took);
    eventually(Duration::from_secs(30), "the look in the log", || (nginx.looks() > looks).then_some(()));
    assert_eq!(nginx.looks() - looks, 1, "nothing is looked at during the warm-up");
    let measuring = servo(&nginx.world, "measure -d 10m").start();
    eventually(Duration::from_secs(30), "the second look", || (nginx.looks() > looks + 1).then_some(()));
    measuring.signal(Signal::INT);
    let finished = measuring.wait().expect(130);
    assert!(finished.took < Duration::from_secs(30), "{:?}", finished.took);
}

#[test]
fn checks_say_what_to_do() {
    let nginx = Nginx::start();
    let passed = servo(&nginx.world, "check -o json").run().expect(0);
    assert_eq!(passed.stdout.matches("\"passed\"").count(), 2, "{}", shown(&passed));
    let closed = free_port();
    for (url, said, hint) in [
        (format!("{}/closed", nginx.url), "refuses to show its status: 403", "allow the address of servo"),
        (format!("{}/index.html", nginx.url), "is not the page of stub_status", "stub_status; allow"),
        (format!("{}/nothing", nginx.url), "(status 404)", "stub_status; allow"),
        (format!("http://127.0.0.1:{closed}/status"), "cannot be reached", "see that nginx runs"),
    ] {
        nginx.world.file("servo.yaml", configuration(&url));
        let failed = servo(&nginx.world, "check").run().expect(1);
        assert!(failed.stdout.contains(said) && failed.stdout.contains(hint), "{}", shown(&failed));
        let failed = servo(&nginx.world, "measure -d 100ms").run().expect(1);
        assert!(failed.stderr.contains("connector `web`: failed: "), "{}", shown(&failed));
    }
}

#[test]
fn refuses_unknown_and_wrong_settings() {
    let world = world(CONNECTOR, &configuration("http://localhost/"));
    for (settings, said) in [
        ("{url: 'http://localhost/', intervall: 1s}", "interval"),
        ("{url: 'http://localhost/', interval: 1ms}", "/interval"),
        ("{interval: 1s}", "`url` is required"),
    ] {
        let config = format!("connectors: {{web: {{component: ./connector.wasm}}}}\nweb: {settings}\n");
        world.file("servo.yaml", config);
        let finished = servo(&world, "describe").run();
        assert!(finished.code != Some(0) && finished.stderr.contains(said), "{}", shown(&finished));
    }
}

#[test]
fn unit_tests() {
    let sdk = ["guests/c/sdk", "guests/c/sdk/fake"];
    for folders in [&["guests/c/sdk/tests"][..], &["guests/c/nginx-status", "guests/c/nginx-status/tests"]] {
        let world = shown::world();
        let folders = [&sdk[..], folders].concat();
        let objects = native::compile(&world, "cc", &["-std=gnu17", "-Wextra"], &folders, &["guests/c/sdk"]);
        native::passes(&world, "cc", &objects);
    }
}
