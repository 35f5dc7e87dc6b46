//! What becomes of a service and of its process.

use serde_json::Value;
use servo_test_support::{Etcd, Signal, eventually};

use super::lab::{Lab, changes, wait_for};

#[test]
fn a_process_that_is_killed_expires_and_one_that_ends_is_down_at_once() {
    let lab = Lab::new();
    let mut watcher = lab.watcher("");
    let killed = lab.registered("--type api --host killed");
    let ended = lab.registered("--type api --host ended --region eu");
    assert_eq!(lab.json("ls --state up").as_array().unwrap().len(), 2);
    let lease = &lab.json("get --type api --host ended")["lease"];
    let seconds = |name: &str| lease[name].as_u64().unwrap();
    let granted = seconds("granted_seconds");
    assert_eq!(granted, least(&lab.etcd).max(2), "{lease}");
    assert!(seconds("remaining_seconds") <= granted && seconds("seen_seconds") <= granted, "{lease}");

    ended.signal(Signal::TERM);
    let finished = ended.wait().expect(0);
    assert!(finished.stdout.contains("ended: api on ended in eu"), "{}", finished.stdout);
    // It has said so before it ended: nobody has to wait for a lease.
    assert_eq!(lab.says("is-up --type api --host ended", 1).stdout, "down (expired)\n");

    killed.signal(Signal::KILL);
    wait_for(
        &mut watcher,
        "\"host\":\"killed\",\"region\":\"\",\"status\":\"UP\",\"before\":\"up\",\"after\":\"down\"",
    );
    assert_eq!(
        changes(&watcher.stdout()),
        ["killed down up", "ended down up", "ended up down expired", "killed up down expired"]
    );
    assert_eq!(lab.says("is-up --type api --host killed", 1).stdout, "down (expired)\n");
    watcher.signal(Signal::INT);
    watcher.wait().expect(130);
}

#[test]
fn a_uuid_is_made_once_and_used_once() {
    let lab = Lab::new();
    let uuid = || lab.json("get --type api --host one")["uuid"].as_str().unwrap().to_owned();
    let first = lab.registered("--type api --host one");
    let made = uuid();
    assert!(made.len() == 32 && made.bytes().all(|byte| byte.is_ascii_hexdigit()), "{made}");
    let second = lab.says("register --type api --host one", 1).stderr;
    assert!(second.contains("another process uses the uuid in") && second.contains(".uuid"), "{second}");
    first.signal(Signal::INT);
    first.wait().expect(130);
    let again = lab.registered("--type api --host one -o json");
    let line: Value = serde_json::from_str(again.stdout().lines().next().unwrap()).unwrap();
    assert_eq!((line["event"].as_str(), line["uuid"].as_str()), (Some("registered"), Some(made.as_str())));
    assert_eq!(uuid(), made);
    // Another one on another host, and one that is named.
    let other = lab.registered("--type api --host two");
    let named = lab.registered("--type api --host three --uuid mine --status down");
    assert_eq!(lab.json("get mine")["status"], "DOWN");
    assert_eq!(lab.says("is-up mine", 1).stdout, "down (set down)\n");
    for running in [again, other, named] {
        running.signal(Signal::TERM);
        running.wait().expect(0);
    }
}

/// The events of `register -o json` so far.
fn events(stdout: &str) -> Vec<String> {
    let lines = stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|line| line["event"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_process_that_stood_still_knows_that_it_was_declared_down() {
    let lab = Lab::new();
    let mut api = lab.registered("--type api --host one -o json");
    let mut watcher = lab.watcher("");
    api.signal(Signal::STOP);
    wait_for(&mut watcher, "\"why\":\"expired\"");
    api.signal(Signal::CONT);
    wait_for(&mut api, "\"registered-again\"");
    wait_for(&mut watcher, "\"after\":\"up\"");
    let told = events(&api.stdout());
    // Whether it saw first that it was late depends on which of its threads woke first.
    let told: Vec<&str> = told.iter().map(String::as_str).filter(|event| *event != "doubtful").collect();
    assert_eq!(told, ["registered", "lost", "registered-again"]);
    assert_eq!(changes(&watcher.stdout()), ["one up down expired", "one down up"]);
}

#[test]
fn a_lost_lease_is_told_and_the_service_is_registered_again() {
    let mut lab = Lab::new();
    let mut api = lab.registered("--type api --host one -o json");
    lab.etcd.kill(0);
    wait_for(&mut api, "\"doubtful\"");
    lab.etcd.restart(0, false);
    lab.etcd.healthy();
    wait_for(&mut api, "\"registered-again\"");
    assert_eq!(events(&api.stdout()), ["registered", "doubtful", "lost", "registered-again"]);
    assert_eq!(lab.says("is-up --type api --host one", 0).stdout, "up\n");
    api.signal(Signal::TERM);
    api.wait().expect(0);
}

/// The shortest lease that this etcd grants, in seconds; it depends on its election timeout.
fn least(etcd: &Etcd) -> u64 {
    let told = etcd.ctl(["lease", "grant", "1"]);
    let (_, rest) = told.split_once("TTL(").unwrap();
    rest.split_once('s').unwrap().0.parse().unwrap()
}

#[test]
fn the_floor_of_etcd_is_shown() {
    let etcd = Etcd::start();
    let floor = least(&etcd);
    assert!(floor > 1, "{floor}");
    let world = crate::shown::world();
    let register =
        ["liveness", "register", "--type", "api", "--host", "h", "--ttl", "1s", "--endpoints", etcd.url()];
    let mut running = world.servo(register).start();
    wait_for(&mut running, &format!("UP, lease {floor}s (etcd grants no less; 1s was asked for)"));
    // It is one service, however often it is asked.
    eventually(std::time::Duration::from_secs(30), "the service", || {
        let keys = etcd.ctl(["get", "/services/by-uuid/", "--prefix", "--keys-only"]);
        (keys.split_whitespace().count() == 1).then_some(())
    });
    running.signal(Signal::TERM);
    running.wait().expect(0);
}
