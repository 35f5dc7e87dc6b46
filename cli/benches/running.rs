//! What a running servo costs: the time between a command of a remote optimizer and the question for the next one, how
//! often an optimizer is asked that refuses, and the memory of a servo that waits with ten connectors.
#![allow(clippy::disallowed_methods, reason = "there is no runtime here whose worker could be blocked")]

#[path = "../../tests/bench/table.rs"]
mod table;

use std::error::Error;
use std::fs;
use std::os::unix::fs::symlink;
use std::sync::mpsc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;
use servo_test_support::{Asked, Optimizer, Reply, Running, Scripted, Server as _, Signal, World, http};

use table::{median, row};

type Failure = Box<dyn Error>;

const FIXTURE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../guests/target/wasm32-wasip2/release/fixture.wasm");
const CYCLE_MS: f64 = 1.0;
/// Commands, of which the first ones warm up.
const COMMANDS: usize = 300;
const WARM: usize = 50;
const REFUSED_PER_S: f64 = 1.0;
/// When the requests to an optimizer that refuses are counted, after the first one.
const COUNTED_S: (f64, f64) = (60.0, 90.0);
const IDLE_MIB: f64 = 40.0;
const PATIENCE: Duration = Duration::from_secs(120);

fn main() -> Result<(), Failure> {
    cycle()?;
    idle()?;
    refused()
}

/// A servo with the fixture, in a world of its own.
fn world(optimizer: &Optimizer) -> Result<World, Failure> {
    let world = World::new(env!("CARGO_BIN_EXE_servo"));
    symlink(FIXTURE, world.path("fixture.wasm"))?;
    let web = "web: {components: {web: {threads: {min: 1, max: 8, step: 1, value: 2}}}}";
    let stanza = optimizer.stanza();
    world.file("servo.yaml", format!("{stanza}connectors: {{web: ./fixture.wasm}}\n{web}\n"));
    Ok(world)
}

fn run(world: &World, flags: &[&str]) -> Running {
    world.servo(["run"].iter().chain(flags)).timeout(PATIENCE * 2).start()
}

/// WHATS_NEXT, answered with DESCRIBE, to the next WHATS_NEXT, without what two such requests take by themselves.
fn cycle() -> Result<(), Failure> {
    let (asked, at) = mpsc::channel();
    let describe = json!({"cmd": "DESCRIBE", "cmd_uid": "c", "param": {"control": {}}}).to_string();
    let optimizer = Optimizer::start(move |one: &Asked| {
        let whats_next = one.event == "WHATS_NEXT";
        if whats_next {
            let _ = asked.send(one.at);
        }
        (whats_next && one.before < COMMANDS).then(|| Reply::json(200, describe.clone()))
    });
    let world = world(&optimizer)?;
    let running = run(&world, &[]);
    let mut times = Vec::with_capacity(COMMANDS);
    while times.len() <= COMMANDS {
        times.push(at.recv_timeout(PATIENCE)?);
    }
    running.signal(Signal::TERM);
    running.wait();
    let passed = times.windows(2).skip(WARM).map(|pair| pair[1] - pair[0]);
    let whole = median(&mut passed.collect::<Vec<_>>());
    // The same server and as many connections, without a servo.
    let server = Scripted::start(|_| Reply::json(200, "{}"));
    let twice = || -> Result<Duration, Failure> {
        let began = Instant::now();
        for _ in 0..2 {
            http::get(&server.url())?;
        }
        Ok(began.elapsed())
    };
    let network = median(&mut (0..COMMANDS).map(|_| twice()).collect::<Result<Vec<_>, _>>()?);
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let note = format!("{:.2} ms with {:.2} ms of network", ms(whole), ms(network));
    row("command, result, next question", ms(whole.saturating_sub(network)), CYCLE_MS, "ms", &note);
    Ok(())
}

/// What a servo has resident that has started ten connectors and waits.
fn idle() -> Result<(), Failure> {
    let world = World::new(env!("CARGO_BIN_EXE_servo"));
    // What is measured runs nowhere, so its checks would fail.
    let mut text = String::from("checks: {connectors: [wait-1]}\nconnectors:\n");
    let kinds = [
        ("prometheus", 3, "{base_url: 'http://127.0.0.1:9', metrics: [{name: up, query: up}]}"),
        ("vegeta", 3, "{rate: 1/1s, target: 'GET http://127.0.0.1:9/'}"),
        ("http-settings", 2, "{url: 'http://127.0.0.1:9', settings: {workers: {min: 1, max: 2}}}"),
        ("wait", 2, "{measure_enabled: true}"),
    ];
    let mut stanzas = String::new();
    for (kind, count, stanza) in kinds {
        for number in 1..=count {
            text += &format!("  {kind}-{number}: {kind}\n");
            stanzas += &format!("{kind}-{number}: {stanza}\n");
        }
    }
    world.file("servo.yaml", text + &stanzas);
    // What a first run compiles, later ones find.
    world.servo(["show", "connectors"]).timeout(PATIENCE).run().expect(0);
    let mut running = run(&world, &["--no-poll", "-l", "INFO"]);
    let pid = running.id();
    running.wait_for("the start", |_, _| {
        let status = world.servo(["status", "-o", "json"]).timeout(PATIENCE).run();
        status.stdout.contains("waiting for a signal").then_some(())
    });
    sleep(Duration::from_secs(3));
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let mib = |name: &str| -> Option<f64> {
        let value = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(value.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
    };
    let resident = mib("VmRSS:").ok_or("no VmRSS")?;
    let note = format!("anonymous {:.1} MiB", mib("RssAnon:").unwrap_or_default());
    row("idle with 10 connectors, memory", resident, IDLE_MIB, "MiB", &note);
    running.signal(Signal::TERM);
    running.wait();
    Ok(())
}

/// Requests to an optimizer that answers everything with 401, once a minute has passed.
fn refused() -> Result<(), Failure> {
    let optimizer = Optimizer::start(|_| Some(Reply::json(401, "{}")));
    let world = world(&optimizer)?;
    let mut running = run(&world, &[]);
    optimizer.wait_for(&mut running, "the first request", |_| true);
    sleep(Duration::from_secs_f64(COUNTED_S.1));
    running.signal(Signal::TERM);
    running.wait();
    let all = optimizer.asked();
    let first = all.first().ok_or("nothing was asked")?.at;
    let after = |asked: &&Asked| (asked.at - first).as_secs_f64() >= COUNTED_S.0;
    let rate = all.iter().filter(after).count() as f64 / (COUNTED_S.1 - COUNTED_S.0);
    let note = format!("{} requests in {:.0} s", all.len(), COUNTED_S.1);
    row("requests to an optimizer that refuses, each second", rate, REFUSED_PER_S, "", &note);
    Ok(())
}
