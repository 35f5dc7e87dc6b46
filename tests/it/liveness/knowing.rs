//! What is listed, shown and answered.

use servo_test_support::Signal;

use super::lab::Lab;
use crate::shown::{compare, shown};

/// What os-lively wrote of an up service: keys and values in hexadecimal digits.
const UP: [(&str, &str); 4] = [
    (
        "/services/by-uuid/3b059e33bbc44bc8b0d37df6e8d70223",
        "0a203362303539653333626263343462633862306433376466366538643730323233120e6e6f76612d636f6e647563746f72\
         1a096f74686572686f7374520775732d77657374",
    ),
    (
        "/services/by-type-host/nova-conductor/otherhost",
        "3362303539653333626263343462633862306433376466366538643730323233",
    ),
    ("/services/by-status/UP/3b059e33bbc44bc8b0d37df6e8d70223", ""),
    ("/services/by-region/us-west", ""),
];

/// What it wrote of one that is down for maintenance.
const DOWN: [(&str, &str); 4] = [
    (
        "/services/by-uuid/de541c29ec5449e9ab9cea9d938e395c",
        "0a206465353431633239656335343439653961623963656139643933386533393563120c6e6f76612d636f6d70757465\
         1a096c6f63616c686f73742001520775732d65617374a00180e59cc605b201144661696c6564206469736b202f6465762f736461",
    ),
    (
        "/services/by-type-host/nova-compute/localhost",
        "6465353431633239656335343439653961623963656139643933386533393563",
    ),
    ("/services/by-status/DOWN/de541c29ec5449e9ab9cea9d938e395c", ""),
    ("/services/by-region/us-east", ""),
];

/// Puts what os-lively wrote of a service that is up and never expires.
pub(super) fn put_up(lab: &Lab) {
    for (key, value) in UP {
        lab.etcd.put(key, &bytes(value));
    }
}

fn bytes(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

#[test]
fn records_of_os_lively_are_listed_and_shown() {
    let lab = Lab::new();
    let says = |name: &str, line: &str| {
        let text = shown(&lab.liveness(line).run());
        compare(&lab.world, &format!("liveness {name}"), &format!("$ servo liveness {line}\n{text}"));
    };
    says("nothing", "ls");
    put_up(&lab);
    for (key, value) in DOWN {
        lab.etcd.put(key, &bytes(value));
    }
    says("ls", "ls");
    says("ls json", "ls --status down -o json");
    says("get", "get de541c29ec5449e9ab9cea9d938e395c");
    says("get by place", "get --type nova-conductor --host otherhost -o yaml");
    says("get nobody", "get --type nova-conductor --host localhost");
    for (line, hosts) in [
        ("--type nova-compute", &["localhost"][..]),
        ("--type nova-compute --type nova-conductor", &["localhost", "otherhost"]),
        ("--region us-west --type nova-compute", &[]),
        ("--host otherhost --host localhost --status UP", &["otherhost"]),
        ("--uuid de541c29ec5449e9ab9cea9d938e395c --region us-east", &["localhost"]),
        ("--state up", &["otherhost"]),
        ("--state down --state suspect", &["localhost"]),
    ] {
        let listed = lab.json(&format!("ls {line}"));
        let found: Vec<&str> =
            listed.as_array().unwrap().iter().map(|row| row["host"].as_str().unwrap()).collect();
        assert_eq!(found, hosts, "{line}");
    }
    for (which, code, answer) in [
        ("3b059e33bbc44bc8b0d37df6e8d70223", 0, "up\n"),
        ("--type nova-conductor --host otherhost", 0, "up\n"),
        ("de541c29ec5449e9ab9cea9d938e395c", 1, "down (under maintenance)\n"),
        ("--type nova-compute --host localhost", 1, "down (under maintenance)\n"),
        ("--type nova-compute --host otherhost", 1, "down (never seen)\n"),
        ("nobody", 1, "down (never seen)\n"),
    ] {
        assert_eq!(lab.says(&format!("is-up {which}"), code).stdout, answer, "{which}");
    }
    assert_eq!(lab.says("is-up -q nobody", 1).stdout, "");
    // What os-lively cannot: its record of an up service, changed and removed without a trace.
    lab.says("down 3b059e33bbc44bc8b0d37df6e8d70223", 0);
    lab.says("delete 3b059e33bbc44bc8b0d37df6e8d70223", 0);
    lab.says("delete de541c29ec5449e9ab9cea9d938e395c", 0);
    let left = lab.etcd.ctl(["get", "/services/", "--prefix", "--keys-only"]);
    assert_eq!(left.trim(), "");
}

#[test]
fn without_etcd_nothing_is_known() {
    let mut lab = Lab::new();
    let api = lab.registered("--type api --host one");
    lab.etcd.freeze(0);
    let silent = lab.says("is-up --type api --host one --timeout 1s", 3).stdout;
    assert!(silent.contains("did not answer within 1s"), "{silent}");
    let failed = lab.says("ls --timeout 1s", 1).stderr;
    assert!(failed.starts_with("error: etcd at http://127.0.0.1:"), "{failed}");
    lab.etcd.thaw(0);
    lab.etcd.kill(0);
    let unknown = lab.says("is-up --type api --host one --timeout 2s", 3);
    assert!(unknown.stdout.starts_with("unknown (etcd at http://127.0.0.1:"), "{}", unknown.stdout);
    assert!(!unknown.stdout.contains("tonic"), "{}", unknown.stdout);
    assert_eq!(lab.says("is-up --type api --host one -q --timeout 2s", 3).stdout, "");
    for line in ["ls", "get x", "watch", "up x", "down x", "delete x", "register --type api --host two"] {
        let failed = lab.says(&format!("{line} --timeout 2s"), 1);
        assert!(failed.stderr.starts_with("error: etcd at http://127.0.0.1:"), "{line}: {}", failed.stderr);
        assert_eq!(
            (failed.stdout.as_str(), failed.stderr.lines().count()),
            ("", 1),
            "{line}: {}",
            failed.stderr
        );
    }
    lab.etcd.restart(0, true);
    lab.etcd.healthy();
    let mut back = lab.watcher("--type api");
    back.wait_for("the service to be up again", |stdout, _| {
        let up = stdout.contains("\"state\":\"up\"") || stdout.contains("\"after\":\"up\"");
        up.then_some(())
    });
    api.signal(Signal::TERM);
    api.wait().expect(0);
}

#[test]
fn wrong_command_lines_are_refused() {
    let world = crate::shown::world();
    for (name, line) in [
        ("usage nobody", "liveness is-up"),
        ("usage both", "liveness is-up x --type a --host b"),
        ("usage half", "liveness get --type a"),
        ("usage ttl", "liveness ls --ttl 1500ms"),
        ("usage endpoints", "liveness ls --endpoints http://a:1,https://b:1"),
        ("usage user", "liveness ls --user servo"),
        ("usage file", "liveness ls --endpoints https://a --ca-file missing.pem"),
        ("usage time", "liveness down x --end soon"),
        ("usage type", "liveness register --type a/b"),
        ("usage config", "liveness ls -c nothing.yaml"),
    ] {
        crate::shown::says(&world, &format!("liveness {name}"), line);
    }
}
