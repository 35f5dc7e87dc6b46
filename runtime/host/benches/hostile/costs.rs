//! The table of attacks: how each ended, and what it cost.
//!
//! Wall and CPU are those of one attack, from the bytes of the component to its end; CPU is the guest's where it was
//! called, else that of the process and of the compiler. Memory is the most that the process had beyond what it had
//! before.
#![expect(clippy::print_stdout, reason = "a bench talks to people")]

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use servo_host::{CompileLimits, Counters, Sandbox, SandboxOptions};
use servo_types::Failure;
use tokio::runtime::Handle;

use crate::arena::{Arena, Ended, Error, memory};
use crate::attacks::{ATTACKS, Attack};
use crate::siege::sample;
use crate::{compiler, guests, verify};

/// Answers of the neighbour that are timed before an attack, and at least during one.
pub(crate) const SAMPLES: usize = 200;
/// An attack that is over sooner is made again and again for so long, so that the neighbour feels it.
const ATTACK: Duration = Duration::from_millis(300);

/// All attacks by instances, one after the other.
pub(crate) async fn table(arena: &Arc<Arena>) -> Result<(), Error> {
    println!(
        "{:<32} {:<24} {:>9} {:>9} {:>8}  {:>17}  {:>17}",
        "attack", "ends", "wall ms", "CPU ms", "MiB", "before p50/p99 us", "during p50/p99 us"
    );
    for attack in ATTACKS {
        let attacking = Arc::clone(arena);
        let ended = row(arena, attack.name, move || by_instance(Arc::clone(&attacking), attack)).await?;
        verify::verify(attack, &ended)?;
    }
    Ok(())
}

/// Attacks on the compiler.
pub(crate) async fn bombs(arena: &Arc<Arena>) -> Result<(), Error> {
    let (many, bomb) = (guests::functions(100_000)?, guests::entangled(2_000, 2_000)?);
    let limits = CompileLimits::default();
    let short = CompileLimits { cpu: 2, ..limits };
    let small = CompileLimits { memory: 600 << 20, ..limits };
    for (name, bytes, limits) in [
        ("100,000 functions", &many, limits),
        ("compile bomb, 2 s of CPU time", &bomb, short),
        ("compile bomb, 600 MiB", &bomb, small),
    ] {
        let bytes = Arc::new(bytes.clone());
        row(arena, name, move || compile(Arc::clone(&bytes), limits)).await?;
    }
    Ok(())
}

/// Median and 99th percentile in µs.
pub(crate) fn percentiles(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort_unstable();
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).or(times.last());
    let us = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1e6);
    (us(at(0.5)), us(at(0.99)))
}

/// Makes the most memory that the process has had what it has now.
pub(crate) fn reset_peak() -> Result<(), Error> {
    Ok(fs::write("/proc/self/clear_refs", "5")?)
}

/// MiB.
pub(crate) fn mib(amount: usize) -> f64 {
    amount as f64 / f64::from(1 << 20)
}

async fn by_instance(arena: Arc<Arena>, attack: &'static Attack) -> Result<Ended, Error> {
    arena.attack(attack).await
}

async fn compile(bytes: Arc<Vec<u8>>, limits: CompileLimits) -> Result<Ended, Error> {
    let cache = tempfile::tempdir()?;
    let compiler = compiler(limits)?;
    let options = SandboxOptions { cache: cache.path().to_owned(), compiler, heavy: Handle::current() };
    let loaded = Sandbox::new(options)?.load(&bytes, false).await;
    let failure = loaded.err().map(|error| Failure::failed(error.to_string()).because("compiler"));
    Ok(Ended { started: false, failure, counters: Counters::default() })
}

/// Makes an attack beside the neighbour, and prints what it cost.
async fn row<F>(
    arena: &Arc<Arena>,
    name: &str,
    attack: impl Fn() -> F + Send + 'static,
) -> Result<Ended, Error>
where
    F: Future<Output = Result<Ended, Error>> + Send,
{
    let before = sample(arena, |answered| answered < SAMPLES).await?;
    let had = memory("VmRSS")?;
    reset_peak()?;
    let attacker = tokio::spawn(async move {
        let (began, cpu) = (Instant::now(), process_cpu()?);
        let ended = attack().await?;
        let (wall, cpu) = (began.elapsed(), process_cpu()?.saturating_sub(cpu));
        while began.elapsed() < ATTACK {
            attack().await?;
        }
        Ok::<_, Error>((ended, wall, cpu))
    });
    let attacking = attacker.abort_handle();
    let during = sample(arena, move |answered| answered < SAMPLES || !attacking.is_finished()).await?;
    let (ended, wall, cpu) = attacker.await??;
    let cpu = if ended.started { ended.counters.cpu } else { cpu };
    let (before, during) = (percentiles(before), percentiles(during));
    println!(
        "{:<32} {:<24} {:>9.1} {:>9.1} {:>8.1}  {:>8.0}/{:>8.0}  {:>8.0}/{:>8.0}",
        name,
        end(&ended),
        wall.as_secs_f64() * 1e3,
        cpu.as_secs_f64() * 1e3,
        mib(memory("VmHWM")?.saturating_sub(had)),
        before.0,
        before.1,
        during.0,
        during.1
    );
    Ok(ended)
}

/// `limit-exceeded: cpu`.
fn end(ended: &Ended) -> String {
    match &ended.failure {
        None if ended.started => "answers".into(),
        None => "is taken".into(),
        Some(failure) => match &failure.reason {
            Some(reason) => format!("{}: {reason}", failure.code),
            None if ended.started => failure.code.to_string(),
            None => "refused".into(),
        },
    }
}

/// CPU time of this process, and of the compilers that have ended.
fn process_cpu() -> Result<Duration, Error> {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    let own = Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec)?);
    // After the name in parentheses, the fourteenth and fifteenth field are those of children, in hundredths of seconds.
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
    let ticks: u64 = fields.skip(13).take(2).map(str::parse::<u64>).sum::<Result<_, _>>()?;
    Ok(own + Duration::from_millis(10 * ticks))
}
