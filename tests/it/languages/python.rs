//! Python: `etcd-metrics` and a real etcd.

use std::time::Duration;

use serde_json::Value;
use servo_test_support::{Etcd, Reply, Scripted, Server as _, World, eventually};

use super::{json, last, points, servo, stops_when_interrupted, world};

const CONNECTOR: &str = "python/etcd-metrics/etcd-metrics.wasm";
const MIB: f64 = 1_048_576.0;

fn laboratory(url: &str) -> World {
    let stanza = format!("endpoints: ['{url}'], interval: 200ms, waste_from: 1");
    let configuration = format!("connectors:\n  etcd: {{component: ./connector.wasm}}\netcd: {{{stanza}}}\n");
    world(CONNECTOR, &configuration)
}

/// What etcd says about itself.
fn status(etcd: &Etcd) -> Value {
    let status: Value =
        serde_json::from_str(&etcd.ctl(["endpoint", "status", "--write-out", "json"])).unwrap();
    status[0]["Status"].clone()
}

#[test]
fn what_is_measured_is_what_etcdctl_says() {
    let etcd = Etcd::start();
    let world = laboratory(etcd.url());
    servo(&world, "check").run().expect(0);
    let mut measuring = servo(&world, "measure -d 3s --warmup 200ms -o json").start();
    let mut written = 0;
    measuring.wait_for("the measurement ends", |stdout, _| {
        if stdout.is_empty() {
            etcd.ctl(["put", &format!("key-{written}"), "x"]);
            written += 1;
        }
        stdout.ends_with("}\n").then_some(())
    });
    let measured = json(&measuring.wait().expect(0));

    let keys = points(&measured, "etcd_keys");
    assert!(keys.len() >= 5, "{measured:#}");
    let (first, last_seen) = (keys[0].1, keys[keys.len() - 1].1);
    assert!(first < last_seen && last_seen <= f64::from(written), "{keys:?} of {written}");
    // Every put made a key, so the rates add up to the keys that came, but etcd counts both a moment apart while
    // others write.
    let puts = points(&measured, "etcd_puts");
    let seconds = keys.windows(2).map(|two| two[1].0 - two[0].0);
    let sum: f64 = puts.iter().zip(seconds).map(|((_, rate), seconds)| rate * seconds).sum();
    assert!((sum - (last_seen - first)).abs() < 2.5, "{sum} puts, keys {keys:?}");
    for metric in ["etcd_memory", "etcd_commit_p99", "etcd_fsync_p99"] {
        assert!(last(&measured, metric) > 0.0, "{metric}: {measured:#}");
    }

    // Nothing happens any more: all say the same.
    let measured = json(&servo(&world, "measure -d 400ms -o json").run().expect(0));
    let status = status(&etcd);
    assert_eq!(last(&measured, "etcd_keys"), f64::from(written));
    assert_eq!(last(&measured, "etcd_puts"), 0.0);
    assert_eq!(last(&measured, "etcd_db_size") * MIB, status["dbSize"].as_f64().unwrap());
    assert_eq!(last(&measured, "etcd_db_in_use") * MIB, status["dbSizeInUse"].as_f64().unwrap());
    let one = json(&servo(&world, "measure etcd_keys -d 200ms -o json").run().expect(0));
    assert_eq!(one["readings"].as_array().map(Vec::len), Some(1), "{one:#}");
}

#[test]
fn wasted_space_is_found_and_the_remedy_gives_it_back() {
    let etcd = Etcd::start();
    let world = laboratory(etcd.url());
    let large = "x".repeat(100_000);
    for number in 0..20 {
        etcd.ctl(["put", &format!("key-{number}"), &large]);
    }
    etcd.ctl(["del", "", "--prefix"]);
    let revision = status(&etcd)["header"]["revision"].as_u64().unwrap();
    etcd.ctl(["compact", &revision.to_string(), "--physical"]);
    // etcd counts a page as unused with the first change after the one that released it.
    let before = eventually(Duration::from_secs(60), "released pages", || {
        etcd.ctl(["put", "another", "change"]);
        let number = |name: &str| status(&etcd)[name].as_u64().unwrap();
        (number("dbSizeInUse") < number("dbSize") / 4).then(|| number("dbSize"))
    });

    let checked = servo(&world, "check -v").run();
    assert!(checked.stdout.contains("unused space in database files: 127.0.0.1:"), "{}", checked.stdout);
    assert!(checked.stdout.contains("servo check --remedy"), "{}", checked.stdout);
    let repaired = servo(&world, "check -v --remedy").run().expect(0);
    assert!(!repaired.stdout.contains("FAILED"), "{repaired:?}");
    let after = status(&etcd)["dbSize"].as_u64().unwrap();
    assert!(after < before / 2, "{before} and {after} bytes");
}

#[test]
fn who_does_not_answer_and_who_is_not_etcd_is_named() {
    let stranger = Scripted::start(|_| Reply::text(200, "<html>welcome</html>"));
    for (url, said, hint) in [
        ("http://127.0.0.1:9".to_owned(), "127.0.0.1:9", "see that etcd runs"),
        (
            stranger.url(),
            "does not answer like etcd (HTTP 200: `<html>welcome</html>`)",
            "name the client address",
        ),
    ] {
        let world = laboratory(&url);
        let measured = servo(&world, "measure -d 100ms").run().expect(1);
        assert!(measured.stderr.contains("connector `etcd`: failed"), "{}", measured.stderr);
        assert!(measured.stderr.contains(said), "{}", measured.stderr);
        let checked = servo(&world, "check").run().expect(1);
        assert!(checked.stdout.contains(hint), "{}", checked.stdout);
    }
}

#[test]
fn a_measurement_that_is_interrupted_stops_at_once() {
    let member = Scripted::start(|_| Reply::text(200, "etcd_server_has_leader 1\n"));
    let world = laboratory(&member.url());
    stops_when_interrupted(&world, || member.seen().len() > 2);
}

#[test]
fn a_wrong_setting_is_shown_with_its_place() {
    let world = laboratory("http://127.0.0.1:9");
    for (stanza, place) in [
        ("{endpoints: [etcd]}", "etcd.endpoints[0]"),
        ("{endpoints: ['http://a:1', 'http://a:1']}", "/endpoints/1: `http://a:1` stands here twice"),
    ] {
        let configuration = format!("connectors:\n  etcd: {{component: ./connector.wasm}}\netcd: {stanza}\n");
        world.file("servo.yaml", configuration);
        let refused = servo(&world, "check").run();
        assert_ne!(refused.code, Some(0), "{refused:?}");
        assert!(refused.stderr.contains(place), "{}", refused.stderr);
    }
}
