//! What monitoring asks a run over HTTP.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use servo_test_support::{Optimizer, Reply, Running, Signal, World, eventually, http};

use super::stage::{servo, world};

/// How long something that a run does may be waited for.
const SOON: Duration = Duration::from_secs(60);

/// A run whose connectors work and wait; one of them breaks with the first measurement.
const RUN: &str = "connectors: {web: ./fixture.wasm, shaky: ./fixture.wasm}
web: {components: {web: {threads: {min: 1, max: 400, step: 1, value: 1}}}, on: {measure: 'wait:300'}}
shaky: {on: {measure: trap}}
objective: {maximize: web.threads + 0 * calls, budget: 200, seed: 1, measure: {duration: 20ms, warmup: 0s}}
";

/// Starts it and finds out where it answers.
#[track_caller]
fn start(world: &World, flags: &str) -> (Running, String) {
    let line = format!("run --admin-address 0 {flags}");
    let mut running = servo(world, &line).timeout(3 * SOON).start();
    let url = running.wait_for("the address", |_, err| {
        let (_, rest) = err.split_once("admin address: ")?;
        Some(rest.split_once('\n')?.0.to_owned())
    });
    (running, url)
}

#[track_caller]
fn get(url: &str) -> (u16, String) {
    let response = http::get(url).unwrap();
    (response.status, String::from_utf8(response.body.clone()).unwrap())
}

#[test]
fn a_run_says_whether_it_lives_is_ready_and_what_it_does() {
    let world = world();
    world.file("servo.yaml", RUN.replace("trap", "ok"));
    world.file(".env", "OPSANI_TOKEN=very-secret\n");
    let (running, url) = start(&world, "");
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    assert_eq!(get(&format!("{url}/livez")), (200, "ok\n".to_owned()));
    eventually(SOON, "readiness", || (get(&format!("{url}/readyz")).0 == 200).then_some(()));
    let (_, ready) = get(&format!("{url}/readyz"));
    assert_eq!(ready, "[+]servo/startup ok\n[+]servo/web ok\n[+]servo/shaky ok\nready\n");
    let metrics = eventually(SOON, "a measurement", || {
        let (_, text) = get(&format!("{url}/metrics"));
        let counted =
            "servo_connector_calls_total{servo=\"servo\",connector=\"web\",event=\"measure\",outcome=\"ok\"}";
        text.contains(counted).then_some(text)
    });
    assert!(metrics.contains("servo_ready{servo=\"servo\"} 1\n"), "{metrics}");
    check(&metrics);
    let (status, config) = get(&format!("{url}/debug/config"));
    let config: serde_json::Value = serde_json::from_str(&config).unwrap();
    assert_eq!((status, &config["servo"]["objective"]["budget"]), (200, &200.into()), "{config:#}");
    assert!(!config.to_string().contains("very-secret"), "{config:#}");
    assert_eq!(get(&format!("{url}/elsewhere")).0, 404);
    assert_eq!(http::request("POST", &format!("{url}/metrics"), &[], b"x").unwrap().status, 405);
    running.signal(Signal::TERM);
    running.wait().expect(0);
}

#[test]
fn an_optimizer_that_refuses_makes_it_not_ready_and_is_counted() {
    let refuse = Arc::new(AtomicBool::new(true));
    let refuses = Arc::clone(&refuse);
    let optimizer =
        Optimizer::start(move |_| refuses.load(SeqCst).then(|| Reply::json(401, r#"{"detail":"no"}"#)));
    let world = world();
    let connectors = RUN
        .replace("trap", "ok")
        .lines()
        .filter(|line| !line.starts_with("objective"))
        .collect::<Vec<_>>()
        .join("\n");
    world.file("servo.yaml", format!("name: servo\n{}{connectors}\n", optimizer.stanza()));
    let (running, url) = start(&world, "");
    let text = eventually(SOON, "the part", || {
        let (status, text) = get(&format!("{url}/readyz"));
        (status == 503 && text.contains("[-]servo/optimizer") && text.contains("401")).then_some(text)
    });
    assert!(text.contains("[+]servo/startup ok"), "{text}");
    let (_, metrics) = get(&format!("{url}/metrics"));
    assert!(metrics.contains("servo_optimizer_connected{servo=\"servo\"} 0\n"), "{metrics}");
    let failed = "servo_optimizer_requests_total{servo=\"servo\",outcome=\"failed\"} ";
    assert!(metrics.contains(failed) && !metrics.contains(&format!("{failed}0\n")), "{metrics}");
    check(&metrics);
    refuse.store(false, SeqCst);
    eventually(SOON, "readiness", || (get(&format!("{url}/readyz")).0 == 200).then_some(()));
    running.signal(Signal::TERM);
    running.wait().expect(0);
}

/// Prometheus' own tool finds nothing wrong with the metrics.
#[track_caller]
fn check(metrics: &str) {
    let mut promtool = Command::new("promtool");
    let promtool = promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut checking = promtool.stderr(Stdio::piped()).spawn().expect("promtool (Debian package prometheus)");
    checking.stdin.take().unwrap().write_all(metrics.as_bytes()).unwrap();
    let checked = checking.wait_with_output().unwrap();
    let said =
        String::from_utf8_lossy(&checked.stderr).into_owned() + &String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success() && said.is_empty(), "{said}\n{metrics}");
}

#[test]
fn a_broken_connector_makes_it_not_ready_and_is_named() {
    let world = world();
    world.file("servo.yaml", RUN);
    let (running, url) = start(&world, "");
    let text = eventually(SOON, "a broken connector", || {
        let (status, text) = get(&format!("{url}/readyz"));
        (status == 503 && text.contains("[-]servo/shaky broken ")).then_some(text)
    });
    assert!(text.ends_with("not ready\n"), "{text}");
    running.signal(Signal::TERM);
    running.wait();
}

#[test]
fn addresses_that_cannot_be_had_are_said() {
    let world = world();
    world.file("servo.yaml", RUN);
    for (address, said) in [
        ("example.com:80", "write PORT, 127.0.0.1:PORT"),
        ("192.0.2.1:80", "the admin address 192.0.2.1:80 cannot be listened on"),
    ] {
        let stderr = servo(&world, &format!("run --admin-address {address}")).run().expect(2).stderr;
        assert!(stderr.contains(said), "{stderr}");
    }
}
