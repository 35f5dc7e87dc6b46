//! What a connector costs in each language: size, compilation, start, memory, a call. Authors can choose by it.
//!
//! The connectors are those of the repository, with their example settings. The call is `metrics`, which every language
//! answers with some records and without the outside world.
#![expect(clippy::print_stdout, reason = "a bench talks to people")]

#[path = "../../../tests/bench/table.rs"]
mod table;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use servo_events::{Bus, Call, Handler, Options};
use servo_host::{
    Compiler, Connector, ConnectorOptions, Grants, Limits, Program, Sandbox, SandboxOptions, Services,
};
use table::{median, row};
use tokio::runtime::{Builder, Handle};

type Failure = Box<dyn Error + Send + Sync>;

/// Language and connector.
const CONNECTORS: [(&str, &str); 7] = [
    ("Rust", "target/connectors/prometheus.wasm"),
    ("C", "guests/c/nginx-status/nginx-status.wasm"),
    ("C++", "guests/cpp/apache-status/apache-status.wasm"),
    ("Go", "guests/go/haproxy/haproxy.wasm"),
    ("JavaScript", "guests/js/rabbitmq/rabbitmq.wasm"),
    ("TypeScript", "guests/ts/influxdb/influxdb.wasm"),
    ("Python", "guests/python/etcd-metrics/etcd-metrics.wasm"),
];

const ALIASES: usize = 50;
const STARTS: usize = 9;
const CALLS: usize = 2_000;
/// Calls of an alias before its memory counts.
const FIRST_CALLS: usize = 3;

/// The bars of 100 aliases of the Python connector.
const PYTHONS: usize = 100;
const PYTHONS_MS: f64 = 500.0;
const PYTHON_MIB: f64 = 2.0;

fn main() -> Result<(), Failure> {
    let runtime = Builder::new_multi_thread().worker_threads(2).event_interval(1).enable_all().build()?;
    runtime.block_on(runtime.spawn(bench()))?
}

async fn bench() -> Result<(), Failure> {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-languages");
    let _ = fs::remove_dir_all(&cache);
    println!(
        "| language | connector | component | CPU time to compile, once | started from the cache | memory idle | a call |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (language, path) in CONNECTORS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
        let component = fs::read(&path)
            .map_err(|error| format!("{}: {error}; run `make guests-all` first", path.display()))?;
        line(language, &name(&path), &component, &cache).await?;
        if language == "Python" {
            many(&component, &cache).await?;
        }
    }
    Ok(())
}

/// The line of one language.
async fn line(language: &str, name: &str, component: &[u8], cache: &Path) -> Result<(), Failure> {
    let sandbox = sandbox(cache)?;
    let before = cpu();
    let program = sandbox.load(component, true).await?;
    let compiled = cpu() - before;
    // The first alias pays for what all share.
    let first = start(&program, 1).await?;

    let before = private_memory()?;
    let aliases = start(&program, ALIASES).await?;
    let each = (private_memory()? - before) / ALIASES as f64 / 1024.0 / 1024.0;
    drop(aliases);

    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let began = Instant::now();
        let program = sandbox.load(component, true).await?;
        drop(start(&program, 1).await?);
        starts.push(began.elapsed());
    }
    let (bus, mut calls) = (Bus::new(), Vec::with_capacity(CALLS));
    bus.register(Arc::clone(&first[0]) as Arc<dyn Handler>)?;
    for _ in 0..CALLS {
        let began = Instant::now();
        call(&bus).await?;
        calls.push(began.elapsed());
    }
    println!(
        "| {language} | {name} | {:.1} MB | {compiled:.1} s | {:.1} ms | {each:.2} MiB | {:.0} µs |",
        component.len() as f64 / 1e6,
        median(&mut starts).as_secs_f64() * 1e3,
        median(&mut calls).as_secs_f64() * 1e6,
    );
    Ok(())
}

/// Many aliases of one component.
async fn many(component: &[u8], cache: &Path) -> Result<(), Failure> {
    let program = sandbox(cache)?.load(component, true).await?;
    drop(start(&program, 1).await?);
    let before = private_memory()?;
    let all = start(&program, PYTHONS).await?;
    let each = (private_memory()? - before) / PYTHONS as f64 / 1024.0 / 1024.0;
    drop(all);
    let mut times = Vec::new();
    for _ in 0..STARTS {
        // The instances end, and give their memory back, after the last reference is gone.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let began = Instant::now();
        let program = sandbox(cache)?.load(component, true).await?;
        let mut all = Vec::new();
        for index in 0..PYTHONS {
            all.push(one(&program, index).await?);
        }
        times.push(began.elapsed());
    }
    println!();
    let middle = median(&mut times).as_secs_f64() * 1e3;
    let best = times.first().copied().unwrap_or_default().as_secs_f64() * 1e3;
    row(
        "start of 100 aliases in Python, warm cache",
        middle,
        PYTHONS_MS,
        "ms",
        &format!("best {best:.0} ms"),
    );
    row("private memory of an alias in Python after 3 calls", each, PYTHON_MIB, "MiB", "");
    Ok(())
}

fn sandbox(cache: &Path) -> Result<Arc<Sandbox>, Failure> {
    let options =
        SandboxOptions { cache: cache.to_owned(), compiler: Compiler::InProcess, heavy: Handle::current() };
    Ok(Sandbox::new(options)?)
}

/// Aliases that have answered some calls.
async fn start(program: &Arc<Program>, count: usize) -> Result<Vec<Arc<Connector>>, Failure> {
    let mut connectors = Vec::with_capacity(count);
    for index in 0..count {
        let connector = one(program, index).await?;
        let bus = Bus::new();
        bus.register(Arc::clone(&connector) as Arc<dyn Handler>)?;
        for _ in 0..FIRST_CALLS {
            call(&bus).await?;
        }
        connectors.push(connector);
    }
    Ok(connectors)
}

/// An alias, configured with its example.
async fn one(program: &Arc<Program>, index: usize) -> Result<Arc<Connector>, Failure> {
    let (alias, settings) = (format!("alias{index}"), program.about.example.clone());
    let (limits, grants, services) = (Limits::default(), Grants::default(), Services::default());
    let options = ConnectorOptions { alias, settings, limits, grants, services };
    Ok(Connector::start(Arc::clone(program), options).await?)
}

async fn call(bus: &Bus) -> Result<(), Failure> {
    let outcomes = bus.dispatch(Call::Metrics, Options::default()).await?;
    match outcomes.worst() {
        Some(failure) => Err(failure.message.clone().into()),
        None => Ok(()),
    }
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// CPU time of the process, in seconds: a busy machine does not change it much.
fn cpu() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}

/// Bytes that belong to this process alone.
fn private_memory() -> Result<f64, Failure> {
    let smaps = fs::read_to_string("/proc/self/smaps_rollup")?;
    let private = smaps.lines().filter(|line| line.starts_with("Private_"));
    let kib = private.filter_map(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    Ok(kib.sum::<f64>() * 1024.0)
}
