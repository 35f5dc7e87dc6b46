//! Limits from the configuration to what they do: of two aliases of one component that do the same, the one with little
//! room hits its limit, and the other one does not.

use std::time::Duration;

use serde_json::Value;
use servo_test_support::{Reply, Scripted, Server as _, Signal};

use super::stage::{json, servo, world};

/// How long a limit may take to be hit.
const SOON: Duration = Duration::from_secs(120);

/// A limit, what both aliases do before each description of the application, and their limits.
type Row<'a> = (&'a str, String, &'a str, &'a str);

fn rows(url: &str) -> Vec<Row<'static>> {
    let does = |mode: &str| mode.to_owned();
    vec![
        ("memory", does("big-result:3000000"), "memory: 2MiB", "memory: 64MiB"),
        ("cpu", does("cpu:2000"), "cpu: 20ms", "cpu: 5s"),
        ("cpu_share", does("cpu:2000"), "cpu_share: 1%", "cpu_share: 100%"),
        ("wall", does("wait:1500"), "wall: 1s", "wall: 30s"),
        ("http_requests", format!("http-all:9:{url}/"), "http_requests: 3/1h", "http_requests: 30/1h"),
        ("http_in_flight", format!("http-all:9:{url}/"), "http_in_flight: 1", "http_in_flight: 9"),
        ("http_bytes", format!("http:{url}/"), "http_bytes: 1KiB", "http_bytes: 100KiB"),
        ("log", does("log-flood:50"), "log: 1KiB/1h", "log: 100KiB/1h"),
        // The one with little room has what the section for all of them says.
        ("state", does("put:key:9000"), "", "state: 50KiB"),
    ]
}

/// All of them at once, and callers for the limits of calls: one more call for the instance than may wait for it, and
/// one that is dispatched by a dispatched one.
fn configuration(url: &str) -> String {
    let (mut connectors, mut stanzas) = (String::new(), String::new());
    let mut add = |alias: &str, limits: &str, grants: &str, on: &str| {
        connectors += &format!(
            "  {alias}: {{component: ./fixture.wasm, limits: {{{limits}}}, grants: {{{grants}}}}}\n"
        );
        stanzas += &format!("{alias}: {on}\n");
    };
    for (limit, mode, tight, loose) in rows(url) {
        let on =
            format!("{{on: {{'before:describe': '{mode}'}}, hooks: [{{event: describe, moment: before}}]}}");
        for (kind, limits) in [("tight", tight), ("loose", loose)] {
            add(&format!("{kind}-{limit}"), limits, &format!("http: ['{url}'], state: true"), &on);
        }
    }
    for (kind, mailbox, depth) in [("tight", 1, 1), ("loose", 8, 8)] {
        add(&format!("{kind}-mailbox"), &format!("mailbox: {mailbox}"), "", "{on: {measure: 'wait:300'}}");
        let (dispatch, deep) = ("dispatch: [measure, metrics]", "{on: {measure: 'dispatch:metrics'}}");
        add(&format!("{kind}-dispatch_depth"), &format!("dispatch_depth: {depth}"), dispatch, deep);
        for (caller, callee) in [(0, "mailbox"), (1, "mailbox"), (2, "mailbox"), (3, "dispatch_depth")] {
            let on = format!("{{on: {{measure: 'dispatch:measure:{kind}-{callee}'}}}}");
            add(&format!("{kind}-caller{caller}"), "", dispatch, &on);
        }
    }
    format!(
        "sandbox: {{limits: {{state: 5KiB}}}}
connectors:
  web: ./fixture.wasm
{connectors}web: {{components: {{web: {{threads: {{min: 1, max: 8, step: 1, value: 1}}}}}}, on: {{measure: 'wait:3000'}}}}
{stanzas}objective: {{maximize: web.threads + 0 * calls, budget: 100, seed: 1, measure: {{duration: 20ms, warmup: 0s}}}}
"
    )
}

#[test]
fn two_aliases_of_one_component_differ_in_each_limit() {
    let server = Scripted::start(|_| Reply::text(200, "x".repeat(4000)).after(Duration::from_millis(50)));
    let world = world();
    world.file("servo.yaml", configuration(&server.url()));
    let mut running = servo(&world, "run").timeout(SOON).start();
    let names = rows("").into_iter().map(|(limit, ..)| limit).chain(["mailbox", "dispatch_depth"]);
    let names: Vec<&str> = names.collect();
    let of = |rows: &[Value], kind: &str, limit: &str, key: &str| {
        let meant = |row: &&Value| row["connector"] == format!("{kind}-{limit}") && row["limit"] == limit;
        rows.iter().find(meant).unwrap_or_else(|| panic!("no {kind}-{limit}"))[key].clone()
    };
    let mut rows = Vec::new();
    running.wait_for("all limits to be hit", |_, _| {
        rows = json(&servo(&world, "show limits -o json").run().expect(0)).as_array().unwrap().clone();
        let hit = |limit: &&&str| match **limit {
            // Requests wait for their place; none fails.
            "http_in_flight" => of(&rows, "loose", limit, "peak") != "0",
            limit => of(&rows, "tight", limit, "hits") != 0,
        };
        let missing: Vec<_> = names.iter().filter(|limit| !hit(limit)).collect();
        missing.is_empty().then_some(())
    });
    for limit in names {
        assert_eq!(of(&rows, "loose", limit, "hits"), 0, "{limit}");
    }
    assert_eq!(of(&rows, "tight", "http_in_flight", "peak"), "1");
    assert_ne!(of(&rows, "loose", "http_in_flight", "peak"), "1");
    let origin = of(&rows, "tight", "state", "origin").to_string();
    assert!(origin.contains("sandbox.limits.state"), "{origin}");
    running.signal(Signal::TERM);
    running.wait();
}

#[test]
fn two_aliases_of_one_component_differ_in_what_they_may_answer() {
    let world = world();
    world.file(
        "servo.yaml",
        "connectors:
  tight: {component: ./fixture.wasm, limits: {result: 8KiB}}
  loose: {component: ./fixture.wasm, limits: {result: 80KiB}}
tight: {on: {measure: 'big-result:9000'}}
loose: {on: {measure: 'big-result:9000'}}
",
    );
    let tight = servo(&world, "measure -d 10ms -c tight").run().expect(1);
    assert!(tight.stderr.contains("the limit `result`"), "{}", tight.stderr);
    servo(&world, "measure -d 10ms -c loose").run().expect(0);
}
