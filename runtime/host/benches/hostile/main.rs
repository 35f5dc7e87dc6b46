//! What attacks cost: each alone beside an honest neighbour, then all at once by twenty instances.
//!
//! `--seconds N` says for how long all attack at once; 60 if nothing is said. Wall and CPU are those of one attack, from
//! the bytes of the component, which is compiled in a child process, to its end; CPU is the guest's where it was called,
//! else the process's. Memory is the most that the process had beyond what it had before.
#![expect(clippy::print_stdout, reason = "a bench talks to people")]

#[path = "../../tests/hostile/arena.rs"]
mod arena;
#[path = "../../tests/hostile/attacks.rs"]
mod attacks;
#[path = "../../tests/hostile/guests.rs"]
mod guests;
#[path = "../../tests/hostile/servers.rs"]
mod servers;
#[path = "../../tests/hostile/siege.rs"]
mod siege;
#[path = "../../tests/hostile/verify.rs"]
mod verify;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, fs};

use rustix::time::{ClockId, clock_gettime};
use servo_host::{CompileLimits, Compiler, compile_file};
use tokio::runtime::{Builder, Handle};

use arena::{Arena, Ended, Error, memory as bytes};
use attacks::{ATTACKS, Attack};

/// Answers of the neighbour that are timed before an attack, and at least during one.
const SAMPLES: usize = 200;
/// An attack that is over sooner is made again and again for so long, so that the neighbour feels it.
const ATTACK: Duration = Duration::from_millis(300);
/// The argument that makes this program a compiler.
const COMPILE: &str = "__compile";

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [COMPILE, input, output, memory, cpu] =
        arguments.iter().map(String::as_str).collect::<Vec<_>>()[..]
    {
        let (memory, cpu) = (memory.parse()?, cpu.parse()?);
        let limits = CompileLimits { memory, cpu, ..CompileLimits::default() };
        return Ok(compile_file(Path::new(input), Path::new(output), limits)?);
    }
    let seconds = arguments.iter().position(|argument| argument == "--seconds");
    let seconds = seconds.and_then(|at| arguments.get(at + 1)).map_or(Ok(60), |text| text.parse())?;
    let cores = std::thread::available_parallelism()?.get();
    let heavy = Builder::new_multi_thread()
        .worker_threads(cores.saturating_sub(1).max(1))
        .event_interval(1)
        .enable_all()
        .build()?;
    let main = Builder::new_multi_thread().worker_threads(cores).event_interval(1).enable_all().build()?;
    let ended = main.block_on(main.spawn(bench(heavy.handle().clone(), Duration::from_secs(seconds))))?;
    heavy.shutdown_background();
    ended
}

async fn bench(heavy: Handle, time: Duration) -> Result<(), Error> {
    let compiler = Compiler::Child {
        program: env::current_exe()?,
        arguments: vec![COMPILE.into()],
        limits: CompileLimits::default(),
    };
    let arena = Arc::new(Arena::new(compiler, heavy).await?);
    println!(
        "{:<32} {:<24} {:>9} {:>9} {:>8}  {:>17}  {:>17}",
        "attack", "ends", "wall ms", "CPU ms", "MiB", "before p50/p99 us", "during p50/p99 us"
    );
    for attack in ATTACKS {
        one(&arena, attack).await?;
    }
    let before = sample(&arena, SAMPLES, || false).await?;
    let memory = bytes("VmRSS")?;
    reset_peak()?;
    let siege = siege::siege(&arena, time, SAMPLES).await?;
    let grown = mib(bytes("VmHWM")?.saturating_sub(memory));
    // What ended is given back by tasks that may still be on their way.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let kept = mib(bytes("VmRSS")?.saturating_sub(memory));
    println!(
        "\nall at once: {} instances for {} s made {} attacks; memory grew by {grown:.0} MiB and kept {kept:.0} MiB",
        siege::INSTANCES,
        time.as_secs(),
        siege.attacks
    );
    println!(
        "the neighbour answered {} times, p50/p99/max us before {}, during {}; its instance was built again {} times",
        siege.neighbour.len(),
        percentiles(before),
        percentiles(siege.neighbour),
        arena.of_neighbour().rebuilds
    );
    Ok(())
}

async fn one(arena: &Arc<Arena>, attack: &'static Attack) -> Result<(), Error> {
    let before = sample(arena, SAMPLES, || false).await?;
    let memory = bytes("VmRSS")?;
    reset_peak()?;
    let attacking = Arc::clone(arena);
    let attacker = tokio::spawn(async move {
        let (began, cpu) = (Instant::now(), process_cpu());
        let ended = attacking.attack(attack).await?;
        let (wall, cpu) = (began.elapsed(), process_cpu().saturating_sub(cpu));
        while began.elapsed() < ATTACK {
            attacking.attack(attack).await?;
        }
        Ok::<_, Error>((ended, wall, cpu))
    });
    let during = sample(arena, SAMPLES, || !attacker.is_finished()).await?;
    let (ended, wall, cpu) = attacker.await??;
    verify::verify(attack, &ended)?;
    let cpu = if ended.started { ended.counters.cpu } else { cpu };
    println!(
        "{:<32} {:<24} {:>9.1} {:>9.1} {:>8.1}  {:>17}  {:>17}",
        attack.name,
        end(&ended),
        wall.as_secs_f64() * 1e3,
        cpu.as_secs_f64() * 1e3,
        mib(bytes("VmHWM")?.saturating_sub(memory)),
        short(before),
        short(during)
    );
    Ok(())
}

/// Times the neighbour so often at least, and as long as `more` says.
async fn sample(arena: &Arena, least: usize, more: impl Fn() -> bool) -> Result<Vec<Duration>, Error> {
    let mut times = Vec::new();
    while times.len() < least || more() {
        times.push(arena.neighbour().await?);
        tokio::time::sleep(siege::PAUSE).await;
    }
    Ok(times)
}

/// `limit-exceeded: cpu`.
fn end(ended: &Ended) -> String {
    match &ended.failure {
        None => "answers".into(),
        Some(failure) => match &failure.reason {
            Some(reason) => format!("{}: {reason}", failure.code),
            None if ended.started => failure.code.to_string(),
            None => "refused".into(),
        },
    }
}

fn short(times: Vec<Duration>) -> String {
    let text = percentiles(times);
    text.rsplit_once('/').map_or(text.clone(), |(two, _)| two.to_owned())
}

/// Median, 99th percentile and longest, in µs.
fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).or(times.last());
    let us = |time: Option<&Duration>| time.map_or(0, Duration::as_micros);
    format!("{}/{}/{}", us(at(0.5)), us(at(0.99)), us(times.last()))
}

fn process_cpu() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// Makes the most memory that the process has had what it has now.
fn reset_peak() -> Result<(), Error> {
    Ok(fs::write("/proc/self/clear_refs", "5")?)
}

fn mib(amount: usize) -> f64 {
    amount as f64 / f64::from(1 << 20)
}
