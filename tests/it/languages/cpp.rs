//! The C++ SDK, and apache-status against a real Apache.

use std::time::Duration;

use servo_test_support::{Program, Running, Signal, World, eventually, free_port, http, installed};

use super::{json, native, points, servo, world};
use crate::shown::{self, shown};

const CONNECTOR: &str = "cpp/apache-status/apache-status.wasm";

fn configuration(url: &str) -> String {
    format!("connectors: {{web: {{component: ./connector.wasm}}}}\nweb: {{url: '{url}', interval: 250ms}}\n")
}

/// An Apache that serves one page and its status, and writes down what it is asked for.
struct Apache {
    url: String,
    _running: Running,
    world: World,
}

impl Apache {
    fn start() -> Apache {
        let port = free_port();
        let url = format!("http://127.0.0.1:{port}");
        let world = world(CONNECTOR, &configuration(&format!("{url}/server-status")));
        let at = |name: &str| world.path(name).display().to_string();
        world.file("html/index.html", "hello\n");
        let modules: String = ["mpm_event", "authz_core", "authz_host", "dir", "status"]
            .iter()
            .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"))
            .collect();
        let config = format!(
            "ServerRoot {}\nServerName localhost\nListen 127.0.0.1:{port}\nPidFile {}\nErrorLog {}\n{modules}\
             DefaultRuntimeDir {}\nMutex posixsem\nExtendedStatus On\nDocumentRoot {}\nLogFormat \"%U\" path\nCustomLog {} path\n\
             StartServers 1\nServerLimit 2\nThreadsPerChild 8\nMinSpareThreads 4\nMaxSpareThreads 16\nMaxRequestWorkers 16\n\
             <Location /server-status>\nSetHandler server-status\nRequire local\n</Location>\n\
             <Location /closed>\nSetHandler server-status\nRequire all denied\n</Location>\n",
            at(""),
            at("pid"),
            at("error"),
            at(""),
            at("html"),
            at("access"),
        );
        let config = world.file("apache.conf", config);
        let running = Program::new(installed("apache2", "apache2"))
            .args(["-D", "FOREGROUND", "-f"])
            .arg(config)
            .timeout(Duration::from_secs(120))
            .start();
        eventually(Duration::from_secs(60), "Apache to answer", || http::get(&url).ok());
        Apache { url, _running: running, world }
    }

    /// What Apache says itself: requests since it started.
    fn requests(&self) -> f64 {
        let page = http::get(&format!("{}/server-status?auto", self.url)).unwrap().text();
        let line = page.lines().find_map(|line| line.strip_prefix("Total Accesses: "));
        line.unwrap_or_else(|| panic!("no count in {page}")).parse().unwrap()
    }

    fn looks(&self) -> usize {
        let log = std::fs::read_to_string(self.world.path("access")).unwrap_or_default();
        log.lines().filter(|line| *line == "/server-status").count()
    }
}

#[test]
fn measures_what_apache_counts() {
    const SENT: usize = 60;
    let apache = Apache::start();
    let before = apache.requests();
    // It is answered before it is in the log.
    eventually(Duration::from_secs(60), "the question in the log", || (apache.looks() == 1).then_some(()));
    let looks = apache.looks();
    let measuring = servo(&apache.world, "measure -d 6s -o json").start();
    eventually(Duration::from_secs(60), "the first look", || (apache.looks() > looks).then_some(()));
    for _ in 0..SENT {
        assert_eq!(http::get(&apache.url).unwrap().status, 200);
    }
    let finished = measuring.wait().expect(0);
    let measured = json(&finished);
    let (busy, idle) = (points(&measured, "busy_workers"), points(&measured, "idle_workers"));
    assert!(
        busy.iter().zip(&idle).all(|(busy, idle)| busy.1 >= 1.0 && busy.1 + idle.1 <= 16.0),
        "{measured:#}"
    );
    let rates = points(&measured, "requests_per_second");
    assert_eq!(rates.len() + 1, busy.len());
    let counted: f64 = rates.iter().zip(&busy).map(|((at, rate), (before, _))| rate * (at - before)).sum();
    assert!((counted - SENT as f64).abs() < 1.1, "{counted} requests were counted: {measured:#}");
    // The program's own count: ours, a look for each point, and the question before. The last look may be answered too
    // late to be a point.
    let others = apache.requests() - before - SENT as f64 - 1.0 - busy.len() as f64;
    assert!((0.0..=1.0).contains(&others), "{others} more requests: {measured:#}");
    let bytes = points(&measured, "bytes_per_second");
    assert!(bytes.iter().any(|(_, bytes)| *bytes > 0.0), "{measured:#}");
}

#[test]
fn checks_say_what_to_do_and_a_measurement_stops() {
    let apache = Apache::start();
    let passed = servo(&apache.world, "check -o json").run().expect(0);
    assert_eq!(passed.stdout.matches("\"passed\"").count(), 3, "{}", shown(&passed));
    let looks = apache.looks();
    let measuring = servo(&apache.world, "measure -d 10m").start();
    eventually(Duration::from_secs(60), "the first look", || (apache.looks() > looks).then_some(()));
    measuring.signal(Signal::INT);
    measuring.wait().expect(130);
    for (url, said, code) in [
        (format!("{}/closed", apache.url), "allow the address of servo", "denied"),
        (format!("{}/index.html", apache.url), "load mod_status", "failed"),
        (format!("http://127.0.0.1:{}/", free_port()), "see that Apache runs", "failed"),
    ] {
        apache.world.file("servo.yaml", configuration(&url));
        let failed = servo(&apache.world, "check").run().expect(1);
        assert!(failed.stdout.contains(said), "{}", shown(&failed));
        let failed = servo(&apache.world, "measure -d 100ms").run().expect(1);
        assert!(failed.stderr.contains(&format!("connector `web`: {code}: ")), "{}", shown(&failed));
    }
}

#[test]
fn unit_tests() {
    let world = shown::world();
    let (c, cpp) = ("guests/c/sdk", "guests/cpp/sdk");
    let library = native::compile(&world, "cc", &["-std=gnu17"], &[c, "guests/c/sdk/fake"], &[c]);
    let flags = ["-std=c++23", "-fno-exceptions", "-fno-rtti"];
    let folders = [cpp, "guests/cpp/apache-status", "guests/cpp/apache-status/tests"];
    let objects = native::compile(&world, "c++", &flags, &folders, &[cpp, c]);
    native::passes(&world, "c++", &[library, objects].concat());
}
