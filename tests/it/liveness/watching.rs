//! What watchers are told, and in which order.

use serde_json::Value;
use servo_test_support::Signal;

use super::lab::{Lab, changes, wait_for};

#[test]
fn a_watcher_gets_the_state_first_and_then_every_change_in_order() {
    let lab = Lab::new();
    let _other = lab.registered("--type db --host other");
    let api = lab.registered("--type api --host one --uuid one");
    let mut watcher = lab.watcher("--type api");
    let mut by_place = lab.watcher("--type api --host one");
    let mut by_uuid = lab.watcher("--uuid other-uuid");
    let mut text = lab.liveness("watch").start();
    wait_for(&mut text, "changes follow");
    let first: Vec<Value> =
        watcher.stdout().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(first.len(), 2, "{first:?}");
    assert_eq!((first[0]["event"].as_str(), first[0]["uuid"].as_str()), (Some("service"), Some("one")));
    assert_eq!((first[1]["services"].as_u64(), first[1]["missed"].as_u64()), (Some(1), Some(0)));

    lab.says("down one --note x", 0);
    lab.says("up one", 0);
    lab.says("down one", 0);
    lab.says("up one", 0);
    api.signal(Signal::TERM);
    api.wait().expect(0);
    lab.says("delete one", 0);
    let last = "\"why\":\"deleted\"";
    wait_for(&mut watcher, last);
    wait_for(&mut by_place, last);
    wait_for(&mut text, "→ down (deleted)");
    let expected = [
        "one up down under maintenance",
        "one down up",
        "one up down set down",
        "one down up",
        "one up down expired",
        "one down down deleted",
    ];
    assert_eq!(changes(&watcher.stdout()), expected);
    assert_eq!(changes(&by_place.stdout()), expected);
    let told = text.stdout();
    let line = told.lines().find(|line| line.contains("→")).unwrap();
    assert!(line.ends_with("up → down (under maintenance)   api on one (one)"), "{line}");

    let named = lab.registered("--type api --host two --uuid other-uuid");
    wait_for(&mut by_uuid, "\"after\":\"up\"");
    assert_eq!(changes(&by_uuid.stdout()), ["two down up"]);
    for running in [watcher, by_place, by_uuid, text, named] {
        running.signal(Signal::TERM);
        running.wait().expect(0);
    }
}

#[test]
fn a_watcher_says_when_what_it_told_may_be_old() {
    let mut lab = Lab::new();
    lab.world.file(
        "servo.yaml",
        format!("liveness: {{endpoints: '{}', max_age: 1s, timeout: 2s}}", lab.etcd.url()),
    );
    let mut watcher = lab.watcher("");
    lab.etcd.kill(0);
    wait_for(&mut watcher, "\"stale\"");
    lab.etcd.restart(0, true);
    wait_for(&mut watcher, "\"fresh\"");
}

/// How many services vanish at once: the guard holds five or more.
const MANY: usize = 6;

#[test]
fn services_that_vanish_together_are_suspects_for_a_while() {
    let lab = Lab::new();
    // They are held for two TTLs of whoever watches.
    let mut watcher = lab.watcher("--ttl 3s");
    let services: Vec<_> = (0..MANY)
        .map(|number| lab.liveness(&format!("register --ttl 3s --type api --host h{number}")).start())
        .collect();
    let up = |stdout: &str| changes(stdout).iter().filter(|line| line.ends_with(" down up")).count();
    watcher.wait_for("all to be up", |stdout, _| (up(stdout) == MANY).then_some(()));
    for service in &services {
        service.signal(Signal::KILL);
    }
    watcher.wait_for("suspects", |stdout, _| stdout.contains("\"after\":\"suspect\"").then_some(()));
    // In the end they are what they are; nobody is held twice.
    let ends = |stdout: &str| {
        let told = changes(stdout);
        let last = (0..MANY).map(|number| told.iter().rfind(|line| line.starts_with(&format!("h{number} "))));
        last.flatten().filter(|line| line.ends_with("down expired")).count()
    };
    watcher.wait_for("all to be down", |stdout, _| (ends(stdout) == MANY).then_some(()));
}
