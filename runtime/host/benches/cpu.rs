//! CPU time: how exactly it is metered, alone and beside busy threads, and what a share does for the neighbours of one
//! that computes for ever.

#[path = "../../../tests/bench/table.rs"]
mod table;

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use std::{fs, thread};

use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use servo_events::{Bus, Call, Options};
use servo_host::{
    Compiler, Connector, ConnectorOptions, Grants, Limits, Program, Sandbox, SandboxOptions, Services,
};
use servo_types::Control;
use table::{median, row};
use tokio::runtime::{Builder, Handle};

type Failure = Box<dyn Error + Send + Sync>;

const ROUNDS: usize = 15;
const RIVALS: usize = 4;
/// What a call may be billed too much or too little: the larger of a share and a time.
const ERROR: (f64, Duration) = (0.05, Duration::from_millis(1));
/// The share of an instance that computes for ever, and for how long it does.
const SHARE: f64 = 0.2;
const SPINS: Duration = Duration::from_secs(6);
/// Between two calls of the neighbour.
const PAUSE: Duration = Duration::from_millis(2);

fn main() -> Result<(), Failure> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests/target/wasm32-wasip2/release/fixture.wasm");
    let component =
        fs::read(path).map_err(|error| format!("the fixture: {error}; run `make guests` first"))?;
    // One thread: what it used is what the call used, but for the dispatch.
    let one = Builder::new_current_thread().enable_all().build()?;
    for rivals in [0, RIVALS] {
        one.block_on(metering(&component, rivals))?;
    }
    // The two runtimes of the real program.
    let cores = thread::available_parallelism()?.get();
    let heavy = Builder::new_multi_thread()
        .worker_threads(cores.saturating_sub(1).max(1))
        .event_interval(1)
        .enable_all()
        .build()?;
    let main = Builder::new_multi_thread().worker_threads(cores).event_interval(1).enable_all().build()?;
    let (component, handle) = (Arc::<[u8]>::from(component), heavy.handle().clone());
    let ended = main.block_on(main.spawn(async move { share(&component, handle).await }))?;
    heavy.shutdown_background();
    ended
}

async fn metering(component: &[u8], rivals: usize) -> Result<(), Failure> {
    let program = load(component, Handle::current()).await?;
    let stop = Arc::new(AtomicBool::new(false));
    for _ in 0..rivals {
        let stop = Arc::clone(&stop);
        thread::spawn(move || while !stop.load(Relaxed) {});
    }
    for mode in ["cpu:100", "cpu:5", "sleep:100", "wait:100"] {
        let limits = Limits { cpu_share: 1.0, cpu: Duration::from_secs(60), ..Limits::default() };
        let (bus, connector) = start(&program, "metered", mode, limits).await?;
        measure(&bus).await?;
        let (mut errors, mut most) = (Vec::new(), Duration::ZERO);
        for _ in 0..ROUNDS {
            let (billed, used) = (connector.counters().cpu, thread_time());
            measure(&bus).await?;
            let (billed, used) = (connector.counters().cpu - billed, thread_time() - used);
            errors.push(billed.abs_diff(used));
            most = most.max(used);
        }
        let worst = errors.iter().max().copied().unwrap_or_default().as_secs_f64() * 1e3;
        let middle = median(&mut errors).as_secs_f64() * 1e3;
        let bar = most.mul_f64(ERROR.0).max(ERROR.1).as_secs_f64() * 1e3;
        let what = format!("worst CPU metering error, {mode}, {rivals} rivals");
        let note = format!("of {:.1} ms; median {middle:.2} ms", most.as_secs_f64() * 1e3);
        row(&what, worst, bar, "ms", &note);
    }
    stop.store(true, Relaxed);
    Ok(())
}

async fn share(component: &[u8], heavy: Handle) -> Result<(), Failure> {
    let program = load(component, heavy).await?;
    let (neighbour, _kept) = start(&program, "neighbour", "ok", Limits::default()).await?;
    let alone = latency(&neighbour, SPINS / 2).await?;
    let limits = Limits {
        cpu_share: SHARE,
        cpu: Duration::from_secs(3600),
        wall: Duration::from_secs(3600),
        ..Limits::default()
    };
    let (bus, spinning) = start(&program, "spinning", "spin", limits).await?;
    // Its first call finds out that it computes much, and uses what was saved.
    let call = tokio::spawn(async move { measure(&bus).await });
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (cpu, began) = (spinning.counters().cpu, Instant::now());
    let beside = latency(&neighbour, SPINS).await?;
    let used = (spinning.counters().cpu - cpu).as_secs_f64() / began.elapsed().as_secs_f64() * 100.0;
    call.abort();
    let percent = SHARE * 100.0;
    row("CPU of a loop with a share of 20 % of a core", used, percent * 1.05, "%", "");
    let note = format!("p50 {:.3} ms; alone p50 {:.3} ms, p99 {:.3} ms", beside.0, alone.0, alone.1);
    row("p99 of its neighbour", beside.1, 3.0 * alone.1 + 1.0, "ms", &note);
    Ok(())
}

/// Milliseconds of a call, in the middle and of the slowest hundredth.
async fn latency(bus: &Bus, time: Duration) -> Result<(f64, f64), Failure> {
    let (start, mut times) = (Instant::now(), Vec::new());
    while start.elapsed() < time {
        let began = Instant::now();
        measure(bus).await?;
        times.push(began.elapsed());
        tokio::time::sleep(PAUSE).await;
    }
    let middle = median(&mut times).as_secs_f64() * 1e3;
    let late = times.get(times.len() * 99 / 100).copied().unwrap_or_default();
    Ok((middle, late.as_secs_f64() * 1e3))
}

async fn measure(bus: &Bus) -> Result<(), Failure> {
    let call = Call::Measure { metrics: Vec::new(), control: Control::default() };
    let outcomes = bus.dispatch(call, Options::default()).await?;
    outcomes.worst().map_or(Ok(()), |failure| Err(failure.message.clone().into()))
}

async fn load(component: &[u8], heavy: Handle) -> Result<Arc<Program>, Failure> {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-components");
    let options = SandboxOptions { cache, compiler: Compiler::InProcess, heavy };
    Ok(Sandbox::new(options)?.load(component, true).await?)
}

async fn start(
    program: &Arc<Program>,
    alias: &str,
    mode: &str,
    limits: Limits,
) -> Result<(Bus, Arc<Connector>), Failure> {
    let settings = json!({"on": {"measure": mode}});
    let (grants, services) = (Grants::default(), Services::default());
    let options = ConnectorOptions { alias: alias.into(), settings, limits, grants, services };
    let connector = Connector::start(Arc::clone(program), options).await?;
    let bus = Bus::new();
    bus.register(Arc::clone(&connector) as Arc<_>)?;
    Ok((bus, connector))
}

/// CPU time of this thread.
fn thread_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}
