//! The Go SDK, and haproxy against a real HAProxy.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde_json::Value;
use servo_test_support::{
    Program, Reply, Running, Scripted, Server as _, Signal, World, eventually, free_port, http, installed,
};

use super::native::repository;
use super::{json, last, points, servo, world};
use crate::shown::{self, shown};

fn configuration(admin: &str, backend: &str, weights: bool) -> String {
    let weights = if weights { format!("weights: '{admin}/servo/weights', ") } else { String::new() };
    format!(
        "connectors: {{proxy1: {{component: ./connector.wasm}}}}\n\
         proxy1: {{url: '{admin}/stats', {weights}backend: {backend}, interval: 250ms}}\n"
    )
}

/// An HAProxy before two servers, with its stats page and the service of `weights.lua`.
struct HaProxy {
    url: String,
    admin: String,
    servers: [Scripted; 2],
    _running: Running,
    world: World,
}

impl HaProxy {
    fn start() -> HaProxy {
        let (port, admin) = (free_port(), free_port());
        let (url, admin_url) = (format!("http://127.0.0.1:{port}"), format!("http://127.0.0.1:{admin}"));
        let world = world("go/haproxy/haproxy.wasm", &configuration(&admin_url, "app", true));
        let servers =
            [Scripted::start(|_| Reply::text(200, "one")), Scripted::start(|_| Reply::text(200, "two"))];
        let config = format!(
            "global\n lua-load {}\n stats socket {} level admin\n\
             defaults\n mode http\n timeout connect 5s\n timeout client 20s\n timeout server 20s\n\
             frontend web\n bind 127.0.0.1:{port}\n default_backend app\n\
             backend app\n balance roundrobin\n server one {} weight 10\n server two {} weight 10\n\
             frontend admin\n bind 127.0.0.1:{admin}\n stats enable\n stats uri /stats\n\
             http-request use-service lua.servo-weights if METH_POST {{ path /servo/weights }}\n",
            repository("guests/go/haproxy/weights.lua").display(),
            world.path("socket").display(),
            servers[0].address(),
            servers[1].address(),
        );
        let config = world.file("haproxy.cfg", config);
        let running = Program::new(installed("haproxy", "haproxy"))
            .arg("-f")
            .arg(config)
            .timeout(Duration::from_secs(120))
            .start();
        let admin = admin_url;
        eventually(Duration::from_secs(30), "HAProxy to answer", || {
            http::get(&format!("{admin}/stats")).ok()
        });
        HaProxy { url, admin, servers, _running: running, world }
    }

    fn configure(&self, backend: &str, weights: bool) {
        self.world.file("servo.yaml", configuration(&self.admin, backend, weights));
    }

    /// What HAProxy says on its own socket.
    fn asked(&self, command: &str) -> String {
        let mut socket = UnixStream::connect(self.world.path("socket")).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        socket.write_all(format!("{command}\n").as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    }

    fn answered(&self) -> [usize; 2] {
        [self.servers[0].seen().len(), self.servers[1].seen().len()]
    }
}

#[test]
fn changes_weights_as_haproxy_shows_them() {
    let proxy = HaProxy::start();
    let described = servo(&proxy.world, "describe").run().expect(0);
    assert!(
        described.stdout.contains("app.one=10") && described.stdout.contains("app.two=10"),
        "{}",
        shown(&described)
    );
    let adjusted = servo(&proxy.world, "adjust app.one=30 app.two=10").run().expect(0);
    assert!(adjusted.stdout.contains("app.one=30"), "{}", shown(&adjusted));
    assert!(proxy.asked("get weight app/one").starts_with("30 (initial 10)"));
    assert!(proxy.asked("get weight app/two").starts_with("10 (initial 10)"));
    let before = proxy.answered();
    for _ in 0..40 {
        assert_eq!(http::get(&proxy.url).unwrap().status, 200);
    }
    let after = proxy.answered();
    assert_eq!(
        [after[0] - before[0], after[1] - before[1]],
        [30, 10],
        "three of four go to the heavier server"
    );
    for (adjustment, code, said) in [
        ("adjust app.one=101", 1, "a whole number from 1 to 100"),
        ("adjust app.one=1.5", 1, "a whole number from 1 to 100"),
        ("adjust app.three=5", 2, "has no setting `three`; there is one, two"),
    ] {
        let refused = servo(&proxy.world, adjustment).run().expect(code);
        assert!(refused.stderr.contains(said), "{}", shown(&refused));
    }
    // Without the service the weights are shown, and nothing changes them.
    proxy.configure("app", false);
    let refused = servo(&proxy.world, "adjust app.one=50").run();
    assert_ne!(refused.code, Some(0), "{}", shown(&refused));
    assert!(proxy.asked("get weight app/one").starts_with("30 "));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "there is no runtime here whose worker could be blocked")]
fn measures_what_haproxy_counts() {
    const SENT: usize = 40;
    let proxy = HaProxy::start();
    let measuring = servo(&proxy.world, "measure -d 8s -o json").start();
    // The stats page is the only thing that the admin frontend is asked for.
    let looks =
        || proxy.asked("show stat admin 1 -1").lines().nth(1).map(|line| line.split(',').nth(7) != Some("1"));
    eventually(Duration::from_secs(30), "the first look", || looks().filter(|looked| *looked).map(|_| ()));
    std::thread::sleep(Duration::from_millis(300));
    for _ in 0..SENT {
        assert_eq!(http::get(&proxy.url).unwrap().status, 200);
    }
    let finished = measuring.wait().expect(0);
    let measured: Value = json(&finished);
    let readings = measured["readings"].as_array().unwrap();
    let names: std::collections::BTreeSet<&str> =
        readings.iter().filter_map(|reading| reading["metric"].as_str()).collect();
    assert_eq!(names.len(), 9, "{names:?}");
    let active = points(&measured, "active_servers");
    assert_eq!(last(&measured, "active_servers"), 2.0, "{measured:#}");
    // Of the backend as a whole, which comes first.
    let rates = points(&measured, "requests_per_second");
    assert_eq!(rates.len() + 1, active.len());
    let counted: f64 = rates.iter().zip(&active).map(|((at, rate), (before, _))| rate * (at - before)).sum();
    assert!((counted - SENT as f64).abs() < 0.1, "{counted} requests: {measured:#}");
    let ids: std::collections::BTreeSet<&str> =
        readings.iter().filter_map(|reading| reading["id"].as_str()).collect();
    assert!(ids.contains("{server=one}") && ids.contains("{server=two}"), "{ids:?}");
    let stat = proxy.asked("show stat");
    let backend = stat.lines().find(|line| line.starts_with("app,BACKEND,")).unwrap();
    assert_eq!(backend.split(',').nth(7), Some("40"), "{backend}");
}

#[test]
fn checks_and_failures_say_what_to_do() {
    let proxy = HaProxy::start();
    let passed = servo(&proxy.world, "check -o json").run().expect(0);
    assert_eq!(passed.stdout.matches("\"passed\"").count(), 3, "{}", shown(&passed));
    proxy.asked("disable server app/two");
    let failed = servo(&proxy.world, "check").run().expect(1);
    assert!(failed.stdout.contains("not up: two (MAINT)"), "{}", shown(&failed));
    proxy.configure("shop", true);
    let failed = servo(&proxy.world, "measure -d 100ms").run().expect(1);
    assert!(failed.stderr.contains("no backend `shop`; it has app"), "{}", shown(&failed));
    for (url, said) in [
        (format!("{}/nothing", proxy.admin), "stats enable"),
        (format!("http://127.0.0.1:{}/stats", free_port()), "see that HAProxy runs"),
    ] {
        let config = format!(
            "connectors: {{proxy1: {{component: ./connector.wasm}}}}\nproxy1: {{url: '{url}', backend: app}}\n"
        );
        proxy.world.file("servo.yaml", config);
        let failed = servo(&proxy.world, "check").run().expect(1);
        assert!(failed.stdout.contains(said), "{}", shown(&failed));
        let failed = servo(&proxy.world, "measure -d 100ms").run().expect(1);
        assert!(failed.stderr.contains("connector `proxy1`: failed: "), "{}", shown(&failed));
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "there is no runtime here whose worker could be blocked")]
fn stops_when_interrupted() {
    let proxy = HaProxy::start();
    let mut measuring = servo(&proxy.world, "measure -d 10m -l INFO").start();
    let looked = || proxy.asked("show stat admin 1 -1").lines().nth(1).is_some();
    eventually(Duration::from_secs(30), "HAProxy to answer", || looked().then_some(()));
    std::thread::sleep(Duration::from_millis(500));
    measuring.signal(Signal::INT);
    measuring.wait_for("the end", |_, stderr| stderr.contains("SIGINT").then_some(()));
    measuring.wait().expect(130);
}

/// `go test` in the module of the SDK and in a copy of the connector that finds the SDK where `servo build` puts it.
#[test]
fn unit_tests() {
    let world = shown::world();
    let copy = |from: &str, to: &str| {
        let target = world.path(to);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        Program::new("cp").arg("-r").arg(repository(from)).arg(&target).run().expect(0);
        target
    };
    let connector = copy("guests/go/haproxy", "connector");
    let _ = std::fs::remove_dir_all(connector.join(".servo"));
    let sdk = copy("guests/go/sdk", "connector/.servo/sdk");
    // The compiled standard library is found again by the next run.
    let cache = repository("target").join("go-cache");
    for directory in [sdk, connector] {
        let finished = Program::new(installed("go", "golang"))
            .args(["test", "."])
            .directory(&directory)
            .env("GOCACHE", &cache)
            .env("HOME", world.path("home"))
            .env("GOPATH", world.path("home/go"))
            .env("GOFLAGS", "-mod=mod")
            .env("GOPROXY", "off")
            .env("GOTOOLCHAIN", "local")
            .env("CGO_ENABLED", "0")
            .timeout(Duration::from_secs(600))
            .run()
            .expect(0);
        assert!(finished.stdout.starts_with("ok"), "{}", shown(&finished));
    }
}
