//! What watchers are told, and in which order.

use std::time::Duration;

use serde_json::Value;
use servo_test_support::{Signal, eventually, http};

use super::knowing::put_up;
use super::lab::{Lab, TTL, changes, wait_for};

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
fn services_that_vanish_together_are_suspects_until_somebody_knows_better() {
    let lab = Lab::new();
    // They are held for two TTLs of whoever sees it first.
    let mut watcher = lab.watcher("--ttl 60s");
    assert_eq!(lab.says("release", 0).stderr, "there are no suspects\n");
    let services: Vec<_> = (0..MANY)
        .map(|number| lab.liveness(&format!("register --ttl {TTL} --type api --host h{number}")).start())
        .collect();
    let up = |stdout: &str| changes(stdout).iter().filter(|line| line.ends_with(" down up")).count();
    watcher.wait_for("all to be up", |stdout, _| (up(stdout) == MANY).then_some(()));
    for service in &services {
        service.signal(Signal::KILL);
    }
    let last = |stdout: &str, end: &str| {
        let told = changes(stdout);
        let last = (0..MANY).map(|number| told.iter().rfind(|line| line.starts_with(&format!("h{number} "))));
        last.flatten().filter(|line| line.ends_with(end)).count()
    };
    watcher.wait_for("all to be suspects", |stdout, _| (last(stdout, "suspect") == MANY).then_some(()));
    // Who comes later learns it, too, once the watcher has told it.
    let asked = || lab.liveness("is-up --type api --host h0 --ttl 60s").run();
    let told = eventually(Duration::from_secs(60), "others to be told", || {
        Some(asked()).filter(|asked| asked.code != Some(1))
    });
    assert_eq!((told.code, told.stdout.as_str()), (Some(4), "suspect\n"));
    let suspects = lab.json("ls --state suspect --ttl 60s");
    assert_eq!(suspects.as_array().map(Vec::len), Some(MANY), "{suspects}");
    assert_eq!(lab.says("release", 0).stderr, "the suspects are down now\n");
    watcher.wait_for("all to be down", |stdout, _| (last(stdout, "down expired") == MANY).then_some(()));
    assert_eq!(lab.says("is-up --type api --host h0", 1).stdout, "down (expired)\n");
}

/// More changes than are kept for a watcher and fit into a pipe.
const CHANGES: usize = 2_000;
/// The key by which the service of [`put_up`] is up, as etcd's HTTP interface wants it.
const KEY: &str = "L3NlcnZpY2VzL2J5LXN0YXR1cy9VUC8zYjA1OWUzM2JiYzQ0YmM4YjBkMzdkZjZlOGQ3MDIyMw==";

#[test]
fn a_watcher_that_reads_too_slowly_is_told_so_and_gets_everything_again() {
    let lab = Lab::new();
    put_up(&lab);
    let servo = lab.world.servo_path().display();
    let script = format!(
        "'{servo}' liveness watch -o json --endpoints {} | {{ read -r first; read -r second; echo $second; \
         while [ ! -e go ]; do sleep 0.05; done; exec cat; }}",
        lab.etcd.url()
    );
    let mut slow = lab.world.program("bash").args(["-c", &script]).timeout(Duration::from_secs(120)).start();
    wait_for(&mut slow, "\"ready\"");
    for change in 0..CHANGES {
        let call = if change % 2 == 0 { "deleterange" } else { "put" };
        let url = format!("{}/v3/kv/{call}", lab.etcd.url());
        let answer = http::request("POST", &url, &[], format!("{{\"key\": \"{KEY}\"}}").as_bytes()).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    lab.world.file("go", "");
    slow.wait_for("what was missed", |stdout, _| {
        let told = stdout.rsplit_once("\"event\":\"ready\"")?.1;
        (told.contains("\"missed\":") && !told.contains("\"missed\":0")).then_some(())
    });
    let told = slow.stdout();
    let (before, again) = told.rsplit_once("\"event\":\"service\"").unwrap();
    assert!(changes(before.rsplit_once('\n').unwrap().0).len() < CHANGES, "nothing was missed");
    assert!(again.contains("\"state\":\"up\""), "{again}");
    // From there on nothing is lost.
    lab.says("delete 3b059e33bbc44bc8b0d37df6e8d70223", 0);
    wait_for(&mut slow, "\"why\":\"deleted\"");
}
