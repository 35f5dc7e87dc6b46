//! What an alias costs: the start of 1,000 aliases of one component whose compiled form is in the cache, from the
//! engine to the last `configure`, and the private memory of each after its first call.

#[path = "../../../tests/bench/table.rs"]
mod table;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use servo_events::{Bus, Call, Options};
use servo_host::{
    Compiler, Connector, ConnectorOptions, Grants, Limits, Program, Sandbox, SandboxOptions, Services,
};
use servo_types::Control;
use table::{median, row};
use tokio::runtime::{Builder, Handle};

type Failure = Box<dyn Error + Send + Sync>;

const ALIASES: usize = 1000;
const ROUNDS: usize = 9;
const START_MS: f64 = 200.0;
const KIB_EACH: f64 = 64.0;

fn main() -> Result<(), Failure> {
    let component = fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests/target/wasm32-wasip2/release/nothing.wasm"),
    )
    .map_err(|error| format!("the guest `nothing`: {error}; run `make guests` first"))?;
    let runtime = Builder::new_multi_thread().worker_threads(2).event_interval(1).enable_all().build()?;
    runtime.block_on(runtime.spawn(bench(component)))?
}

async fn bench(component: Vec<u8>) -> Result<(), Failure> {
    // Fills the cache, and has the first alias pay for what all share.
    let program = load(&component).await?;
    let first = start(&program, 1).await?;
    call_each(first).await?;

    let before = private_memory()?;
    let all = start(&program, ALIASES).await?;
    let all = call_each(all).await?;
    let each = (private_memory()? - before) / ALIASES as f64 / 1024.0;
    drop(all);

    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let program = load(&component).await?;
        let all = start(&program, ALIASES).await?;
        times.push(began.elapsed());
        drop(all);
        // The actors end, and give their memory back, after the last reference is gone.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let middle = median(&mut times).as_secs_f64() * 1e3;
    let best = times.first().copied().unwrap_or_default().as_secs_f64() * 1e3;
    row("start of 1,000 aliases, warm cache", middle, START_MS, "ms", &format!("best {best:.0} ms"));
    row("private memory of an alias after a call", each, KIB_EACH, "KiB", "");
    Ok(())
}

async fn load(component: &[u8]) -> Result<Arc<Program>, Failure> {
    let options = SandboxOptions {
        cache: Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-components"),
        compiler: Compiler::InProcess,
        heavy: Handle::current(),
    };
    Ok(Sandbox::new(options)?.load(component, true).await?)
}

/// One after another, as a servo is assembled.
async fn start(program: &Arc<Program>, count: usize) -> Result<Vec<Arc<Connector>>, Failure> {
    let mut connectors = Vec::with_capacity(count);
    for index in 0..count {
        let alias = format!("nothing{index}");
        let (limits, grants, services) = (Limits::default(), Grants::default(), Services::default());
        let options = ConnectorOptions { alias, settings: json!({}), limits, grants, services };
        connectors.push(Connector::start(Arc::clone(program), options).await?);
    }
    Ok(connectors)
}

async fn call_each(connectors: Vec<Arc<Connector>>) -> Result<Vec<Arc<Connector>>, Failure> {
    for connector in &connectors {
        let bus = Bus::new();
        bus.register(Arc::clone(connector) as Arc<_>)?;
        let call = Call::Measure { metrics: Vec::new(), control: Control::default() };
        let outcomes = bus.dispatch(call, Options::default()).await?;
        if let Some(failure) = outcomes.worst() {
            return Err(failure.message.clone().into());
        }
    }
    Ok(connectors)
}

/// Bytes that belong to this process alone.
fn private_memory() -> Result<f64, Failure> {
    let smaps = fs::read_to_string("/proc/self/smaps_rollup")?;
    let private = smaps.lines().filter(|line| line.starts_with("Private_"));
    let kib = private.filter_map(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    Ok(kib.sum::<f64>() * 1024.0)
}
