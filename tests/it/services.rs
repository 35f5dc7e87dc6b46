//! Connectors that ask which services are up, with a real etcd behind the servo.

use std::time::Duration;

use serde_json::Value;
use servo_test_support::{Etcd, Finished, Signal, World, eventually};

use crate::run::stage::{json, servo, world};

/// How long something may take that happens at once.
const SOON: Duration = Duration::from_secs(60);

/// One fixture for each mode, by its alias and its grants.
fn configured(etcd: &str, aliases: &[(&str, &str, &str)]) -> World {
    let world = world();
    let mut connectors = String::from("connectors:\n  fleet: {component: fleet, grants: {liveness: read}}\n");
    let mut settings = String::from("fleet: {type: web, at_least: 2, step: 200ms}\n");
    for (alias, more, mode) in aliases {
        connectors += &format!("  {alias}: {{component: ./fixture.wasm, {more}}}\n");
        settings += &format!("{alias}: {{on: {{measure: '{mode}'}}}}\n");
    }
    let liveness = if etcd.is_empty() {
        String::new()
    } else {
        format!("liveness: {{endpoints: ['{etcd}'], timeout: 5s, max_age: 5s, ttl: 30s}}\n")
    };
    world.file("servo.yaml", connectors + &settings + &liveness);
    world
}

fn measure(world: &World, alias: &str) -> Finished {
    servo(world, &format!("measure -d 10ms -o json -c {alias}")).timeout(SOON * 5).run()
}

#[track_caller]
fn note(finished: &Finished, key: &str) -> String {
    let value = json(finished);
    let annotations = value["annotations"].to_string();
    let pairs: Value = serde_json::from_str(&annotations).unwrap();
    let found = match &pairs {
        Value::Object(map) => map.iter().find(|(name, _)| name.ends_with(key)).map(|(_, text)| text.clone()),
        Value::Array(list) => list.iter().find(|pair| pair[0] == key).map(|pair| pair[1].clone()),
        _ => None,
    };
    found.and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_else(|| panic!("no {key} in {value:#}"))
}

/// Writes the record of a service, as any other program does it.
fn put(etcd: &Etcd, uuid: &str, kind: &str, host: &str) {
    let field = |number: u8, text: &str| {
        format!("{}{}{text}", char::from(number << 3 | 2), char::from(text.len() as u8))
    };
    let record = [field(1, uuid), field(2, kind), field(3, host)].concat();
    etcd.ctl(["put", &format!("/services/by-uuid/{uuid}"), &record]);
}

fn up(etcd: &Etcd, uuid: &str) {
    etcd.ctl(["put", &format!("/services/by-status/UP/{uuid}"), ""]);
}

fn down(etcd: &Etcd, uuid: &str) {
    etcd.ctl(["del", &format!("/services/by-status/UP/{uuid}")]);
}

#[test]
fn connectors_ask_what_they_are_granted() {
    let etcd = Etcd::start();
    put(&etcd, "one", "web", "a");
    put(&etcd, "two", "web", "b");
    put(&etcd, "three", "worker", "a");
    up(&etcd, "one");
    up(&etcd, "three");
    let read = "grants: {liveness: read}";
    let world = configured(
        etcd.url(),
        &[
            ("one", read, "is-up:one"),
            ("two", read, "is-up:two"),
            ("four", read, "is-up:four"),
            (
                "all",
                "grants: {liveness: write, load: [{to: 'http://a.example', term_header: x-term}]}",
                "services",
            ),
            ("none", "limits: {wall: 60s}", "is-up:one"),
            ("reader", read, "follow:10"),
        ],
    );
    for (alias, state) in [("one", "Up"), ("two", "Down(Why::Expired)"), ("four", "Down(Why::NeverSeen)")] {
        let found = note(&measure(&world, alias).expect(0), "state").replace("State::", "");
        assert_eq!(found, state, "{alias}");
    }
    assert_eq!(note(&measure(&world, "all").expect(0), "services"), "3");
    for (alias, grant) in [("none", "`liveness: read`"), ("reader", "`liveness: write`")] {
        let denied = measure(&world, alias).expect(1).stderr;
        let place = format!("connectors.{alias}.grants.liveness");
        assert!(denied.contains(grant) && denied.contains(&place), "{denied}");
    }
    let grants = servo(&world, "show grants").run().expect(0).stdout;
    let rows: Vec<&str> = grants.lines().filter(|line| line.starts_with("all ")).collect();
    let told = ["x-term with the term of the leader", "read", "write"];
    assert!(rows.len() == 3 && rows.iter().zip(told).all(|(row, text)| row.contains(text)), "{grants}");

    // The connector that comes with servo counts them.
    let counted = json(&servo(&world, "measure -d 500ms -o json -c fleet").run().expect(0));
    let mean = |metric: &str| {
        let values = counted["readings"].as_array().into_iter().flatten();
        let values = values.filter(|reading| reading["metric"] == metric);
        values.flat_map(|reading| reading["values"].as_array().cloned().unwrap_or_default()).next()
    };
    for (metric, value) in [("services_up", 1.0), ("services_down", 1.0), ("services_suspect", 0.0)] {
        assert_eq!(mean(metric).and_then(|value| value.as_f64()), Some(value), "{metric}: {counted:#}");
    }
    let unready = servo(&world, "check fleet").run().expect(1);
    assert!(unready.stdout.contains("1 up, 1 down, 0 suspect"), "{}", unready.stdout);
    up(&etcd, "two");
    servo(&world, "check fleet").run().expect(0);
}

/// As long as a busy machine takes to change the services.
const FOLLOWS: &str = "limits: {wall: 5m}, grants: {liveness: write}";

#[test]
fn nothing_is_missed_between_two_waits() {
    let etcd = Etcd::start();
    put(&etcd, "one", "web", "a");
    let world = configured(etcd.url(), &[("follows", FOLLOWS, "follow:250000")]);
    let running = servo(&world, "measure -d 1s -o json -c follows").timeout(SOON * 5).start();
    eventually(SOON, "the connector to register its service", || {
        let found = etcd.ctl(["get", "/services/by-status/UP/fixture", "--keys-only"]);
        (!found.trim().is_empty()).then_some(())
    });
    for _ in 0..5 {
        up(&etcd, "one");
        down(&etcd, "one");
    }
    put(&etcd, "end", "marker", "a");
    let changes = note(&running.wait().expect(0), "changes").replace("State::", "").replace("Why::", "");
    // What happened shortly before the list may be told again.
    let of_one = |change: &&str| change.starts_with("one ") && !change.contains("NeverSeen");
    let told: Vec<&str> = changes.split(", ").filter(of_one).collect();
    let wanted = ["one Down(Expired) Up", "one Up Down(Expired)"].repeat(5);
    assert_eq!(told, wanted, "{changes}");
    assert!(changes.contains("fixture Down(NeverSeen) Up"), "{changes}");
}

#[test]
fn what_is_too_old_is_unknown() {
    let etcd = Etcd::start();
    put(&etcd, "one", "web", "a");
    up(&etcd, "one");
    let read = "grants: {liveness: read}";
    let world = configured(etcd.url(), &[("asks", read, "until-changed:one"), ("lists", read, "services")]);
    let mut running = servo(&world, "measure -d 1s -o json -c asks").timeout(SOON).start();
    running.wait_for("an answer", |_, stderr| stderr.contains("asked: State::Up").then_some(()));
    etcd.freeze(0);
    let states = note(&running.wait().expect(0), "states").replace("State::", "");
    assert_eq!(states, "Up, Unknown");
    // Nor is there a list of what was never read.
    let unread = measure(&world, "lists").expect(1).stderr;
    assert!(unread.contains("nothing is known of any service"), "{unread}");
    etcd.thaw(0);

    let alone = configured("", &[("asks", read, "is-up:one")]);
    let nobody = measure(&alone, "asks").expect(1).stderr;
    assert!(nobody.contains("no `liveness:` stanza"), "{nobody}");
}

#[test]
fn hostile_connectors_are_bounded() {
    let etcd = Etcd::start();
    let world = configured(
        etcd.url(),
        &[
            ("flood", "limits: {wall: 5m, cpu: 1m}, grants: {liveness: write}", "register-flood"),
            ("all", "grants: {liveness: read}", "services"),
            ("small", "limits: {result: 64KiB}, grants: {liveness: read}", "services"),
            ("waits", "limits: {wall: 10m}, grants: {liveness: write}", "follow:600000"),
        ],
    );
    let flooded = measure(&world, "flood").expect(1).stderr;
    assert!(flooded.contains("has registered 1000 services already"), "{flooded}");
    assert_eq!(note(&measure(&world, "all").expect(0), "services"), "1000");
    let limited = measure(&world, "small").expect(1).stderr;
    assert!(limited.contains("the limit `result`"), "{limited}");

    let waiting = servo(&world, "measure -d 1s -c waits").timeout(SOON).start();
    eventually(SOON, "the connector to wait", || {
        let found = etcd.ctl(["get", "/services/by-uuid/fixture", "--keys-only"]);
        (!found.trim().is_empty()).then_some(())
    });
    waiting.signal(Signal::INT);
    let ended = waiting.wait().expect(130);
    assert!(ended.took < SOON, "{:?}", ended.took);
}

#[test]
fn a_running_servo_tells_what_it_keeps_and_knows() {
    let etcd = Etcd::start();
    put(&etcd, "one", "web", "a");
    up(&etcd, "one");
    let world = world();
    world.file(
        "servo.yaml",
        format!(
            "connectors:
  web: ./fixture.wasm
  asks: {{component: ./fixture.wasm, grants: {{liveness: read}}}}
web: {{components: {{web: {{threads: {{min: 1, max: 400, step: 1, value: 1}}}}}}, on: {{measure: 'wait:900'}}}}
asks: {{on: {{measure: 'is-up:one'}}}}
objective: {{maximize: web.threads, budget: 200, seed: 1, measure: {{duration: 20ms, warmup: 0s}}}}
liveness: {{endpoints: ['{url}'], timeout: 5s, ttl: 30s}}
",
            url = etcd.url()
        ),
    );
    let running = servo(&world, "run").timeout(SOON).start();
    let top = |output: &str| servo(&world, &format!("top --once -o {output}")).run();
    let sample = eventually(SOON, "both services to be known", || {
        let finished = top("json");
        let sample = (finished.code == Some(0)).then(|| json(&finished)["liveness"].clone())?;
        (sample["view"]["up"] == 2).then_some(sample)
    });
    let lease = sample["lease_remaining_ms"].as_u64();
    assert!(sample["registered"] == 1 && lease.is_some_and(|left| left <= 30_000), "{sample:#}");
    assert_eq!(sample["reregistrations"], 0, "{sample:#}");
    assert!(sample["calls"]["write"]["calls"].as_u64() > Some(0), "{sample:#}");
    let table = top("table").expect(0).stdout;
    assert!(table.contains("1 registered") && table.contains("2 known, 2 up"), "{table}");
    running.signal(Signal::TERM);
    running.wait().expect(0);
}

#[test]
fn a_servo_checks_its_etcd_before_it_relies_on_it() {
    let etcd = Etcd::start();
    let world = configured(etcd.url(), &[]);
    let checked = servo(&world, "check liveness --verbose").run().expect(0).stdout;
    for name in ["etcd is reached and has a leader", "Services can be read", "Services can be written"] {
        assert!(checked.contains(name), "{checked}");
    }
    let shown = servo(&world, "show connectors").run().expect(0).stdout;
    assert!(shown.lines().any(|line| line.starts_with("liveness ")), "{shown}");
    drop(etcd);
    // Only who may have to lead needs it; others work without, and say that something is wrong.
    for (leader, code) in [(false, 0), (true, 1)] {
        let text = world.read("servo.yaml");
        world.file("servo.yaml", text.replace("max_age:", &format!("leader: {leader}, max_age:")));
        let failed = servo(&world, "check liveness --verbose").run().expect(code).stdout;
        assert!(failed.contains("liveness.endpoints"), "{failed}");
        world.file("servo.yaml", text);
    }
}
