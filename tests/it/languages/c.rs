//! The C SDK, and nginx-status against a real nginx.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use servo_test_support::{Program, Running, Signal, World, eventually, free_port, http, installed};

use super::repository;
use crate::shown::{shown, world};

/// An nginx that serves one page and its status, and writes down what it is asked for.
struct Nginx {
    url: String,
    _running: Running,
    world: World,
}

impl Nginx {
    fn start() -> Nginx {
        let (world, port) = (world(), free_port());
        let directory = world.path("");
        let at = |name: &str| directory.join(name).display().to_string();
        world.file("html/index.html", "hello\n");
        let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {};", at(name)))
            .join(" ");
        let config = format!(
            "daemon off; master_process off; pid {}; events {{worker_connections 64;}}\n\
             http {{ {paths} log_format path $uri; access_log {} path;\n\
             server {{ listen 127.0.0.1:{port}; root {};\n\
             location = /status {{ stub_status; }}\n\
             location = /closed {{ stub_status; deny all; }} }} }}\n",
            at("pid"),
            at("access"),
            at("html")
        );
        let config = world.file("nginx.conf", config);
        let running = Program::new(installed("nginx", "nginx-light"))
            .args(["-p", &at(""), "-e", &at("error"), "-c", &config.display().to_string()])
            .timeout(Duration::from_secs(60))
            .start();
        let url = format!("http://127.0.0.1:{port}");
        eventually(Duration::from_secs(30), "nginx to answer", || http::get(&url).ok());
        let component = repository("guests/c/nginx-status/nginx-status.wasm");
        world.file(
            "servo.yaml",
            format!(
                "connectors: {{web: {{component: {}}}}}\nweb: {{url: '{url}/status', interval: 250ms}}\n",
                component.display()
            ),
        );
        Nginx { url, _running: running, world }
    }

    /// What nginx says itself: requests since it started.
    fn requests(&self) -> f64 {
        let page = http::get(&format!("{}/status", self.url)).unwrap().text();
        let counters = page.lines().nth(2).unwrap().split_whitespace();
        counters.last().unwrap().parse().unwrap()
    }

    fn looks(&self) -> usize {
        let log = std::fs::read_to_string(self.world.path("access")).unwrap_or_default();
        log.lines().filter(|line| *line == "/status").count()
    }
}

/// The series of a metric: times and values.
fn series(measured: &Value, metric: &str) -> (Vec<f64>, Vec<f64>) {
    let readings = measured["readings"].as_array().unwrap();
    let found = readings.iter().find(|reading| reading["metric"] == metric);
    let found = found.unwrap_or_else(|| panic!("no {metric} in {measured:#}"));
    let numbers = |key: &str| found[key].as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect();
    (numbers("times"), numbers("values"))
}

#[test]
fn measures_what_nginx_counts() {
    const SENT: usize = 60;
    let nginx = Nginx::start();
    let before = nginx.requests();
    let looks = nginx.looks();
    let measuring = nginx.world.servo(["measure", "-d", "2s", "-o", "json"]).start();
    eventually(Duration::from_secs(30), "the first look", || (nginx.looks() > looks).then_some(()));
    for _ in 0..SENT {
        assert_eq!(http::get(&nginx.url).unwrap().status, 200);
    }
    let finished = measuring.wait().expect(0);
    let measured: Value = serde_json::from_str(&finished.stdout).unwrap();
    let (times, active) = series(&measured, "connections_active");
    assert!(times.len() >= 2 && active.iter().all(|active| *active >= 1.0), "{measured:#}");
    let (_, rates) = series(&measured, "requests_per_second");
    assert_eq!(rates.len() + 1, times.len());
    let counted: f64 = rates.iter().zip(times.windows(2)).map(|(rate, at)| rate * (at[1] - at[0])).sum();
    assert!((counted - SENT as f64).abs() < 0.01, "{counted} requests were counted: {measured:#}");
    // The program's own count: ours, its looks, and the question itself.
    let looked = (nginx.looks() - looks) as f64;
    assert_eq!(nginx.requests() - before, SENT as f64 + looked + 1.0);
    let (_, dropped) = series(&measured, "connections_dropped_per_second");
    assert!(dropped.iter().all(|dropped| *dropped == 0.0), "{measured:#}");
}

#[test]
fn warms_up_and_stops_when_interrupted() {
    let nginx = Nginx::start();
    let looks = nginx.looks();
    let measured =
        nginx.world.servo(["measure", "-d", "0s", "--warmup", "700ms", "-o", "json"]).run().expect(0);
    assert!(measured.took >= Duration::from_millis(700), "{:?}", measured.took);
    assert_eq!(nginx.looks() - looks, 1, "nothing is looked at during the warm-up");
    let measuring = nginx.world.servo(["measure", "-d", "10m"]).start();
    eventually(Duration::from_secs(30), "the second look", || (nginx.looks() > looks + 1).then_some(()));
    measuring.signal(Signal::INT);
    let finished = measuring.wait().expect(130);
    assert!(finished.took < Duration::from_secs(30), "{:?}", finished.took);
}

#[test]
fn checks_say_what_to_do() {
    let nginx = Nginx::start();
    let passed = nginx.world.servo(["check", "-o", "json"]).run().expect(0);
    assert_eq!(passed.stdout.matches("\"passed\"").count(), 2, "{}", shown(&passed));
    let component = repository("guests/c/nginx-status/nginx-status.wasm");
    let closed = free_port();
    for (url, said, hint) in [
        (format!("{}/closed", nginx.url), "refuses to show its status: 403", "allow the address of servo"),
        (format!("{}/index.html", nginx.url), "is not the page of stub_status", "stub_status; allow"),
        (format!("{}/nothing", nginx.url), "(status 404)", "stub_status; allow"),
        (format!("http://127.0.0.1:{closed}/status"), "cannot be reached", "see that nginx runs"),
    ] {
        let config =
            format!("connectors: {{web: {{component: {}}}}}\nweb: {{url: '{url}'}}\n", component.display());
        nginx.world.file("servo.yaml", config);
        let failed = nginx.world.servo(["check"]).run().expect(1);
        assert!(failed.stdout.contains(said) && failed.stdout.contains(hint), "{}", shown(&failed));
        let failed = nginx.world.servo(["measure", "-d", "100ms"]).run().expect(1);
        assert!(failed.stderr.contains("connector `web`: failed: "), "{}", shown(&failed));
    }
}

#[test]
fn refuses_unknown_and_wrong_settings() {
    let world = world();
    let component = repository("guests/c/nginx-status/nginx-status.wasm");
    for (settings, said) in [
        ("{url: 'http://localhost/', intervall: 1s}", "interval"),
        ("{url: 'http://localhost/', interval: 1ms}", "/interval"),
        ("{interval: 1s}", "`url` is required"),
    ] {
        let config =
            format!("connectors: {{web: {{component: {}}}}}\nweb: {settings}\n", component.display());
        world.file("servo.yaml", config);
        let finished = world.servo(["describe"]).run();
        assert!(finished.code != Some(0) && finished.stderr.contains(said), "{}", shown(&finished));
    }
}

/// Compiles the `.c` files of some folders for this machine and runs the program that they make.
#[track_caller]
fn runs_natively(world: &World, folders: &[&str], include: &[&str]) {
    let mut compiler =
        Program::new(installed("cc", "gcc")).args(["-std=gnu17", "-Wall", "-Wextra", "-Werror", "-O1"]);
    for folder in include {
        compiler = compiler.arg("-I").arg(repository(folder));
    }
    for folder in folders {
        for entry in std::fs::read_dir(repository(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "c") {
                compiler = compiler.arg(path);
            }
        }
    }
    let test = world.path("unit-test");
    compiler.arg("-o").arg(&test).arg("-lm").run().expect(0);
    let finished = Program::new(Path::new(&test)).run().expect(0);
    assert!(finished.stdout.contains(" 0 did not"), "{}", shown(&finished));
}

#[test]
fn unit_tests() {
    let world = world();
    let sdk = ["guests/c/sdk", "guests/c/sdk/fake"];
    runs_natively(&world, &[&sdk[..], &["guests/c/sdk/tests"]].concat(), &["guests/c/sdk"]);
    let connector = ["guests/c/nginx-status", "guests/c/nginx-status/tests"];
    runs_natively(&world, &[&sdk[..], &connector].concat(), &["guests/c/sdk"]);
}
