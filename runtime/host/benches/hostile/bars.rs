//! What a neighbour may feel of those who mean harm, and what a broken instance costs.
#![expect(clippy::print_stdout, reason = "a bench talks to people")]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use servo_events::Call;
use servo_host::{Grants, Limits, Program};
use tokio::task::JoinSet;

use crate::arena::{Arena, Error, memory};
use crate::attacks::{ATTACKS, How};
use crate::costs::{SAMPLES, mib, percentiles, reset_peak};
use crate::siege::{self, sample};
use crate::table::{median, row};

/// Guests that loop at a time, and how long each of their calls lasts.
const LOOPS: usize = 8;
const LOOP_MS: u64 = 3_000;
/// How long all attack before the neighbour is timed, and while it is.
const SETTLED: Duration = Duration::from_secs(15);
const SHARED: Duration = Duration::from_secs(20);
/// Of a core, for each of them: all together have somewhat less than one.
const SHARE: f64 = 0.02;
/// Between two calls of one.
const PAUSE: Duration = Duration::from_millis(1);
/// Instances that are broken, one after the other.
const BROKEN: usize = 40;

/// All attacks by twenty instances, for so long.
pub(crate) async fn all_at_once(arena: &Arc<Arena>, time: Duration) -> Result<(), Error> {
    let alone = percentiles(sample(arena, |answered| answered < 10 * SAMPLES).await?);
    let before = memory("VmRSS")?;
    reset_peak()?;
    let siege = siege::siege(arena, time, SAMPLES).await?;
    let grown = mib(memory("VmHWM")?.saturating_sub(before));
    // What ended is given back by tasks that may still be on their way.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let kept = mib(memory("VmRSS")?.saturating_sub(before));
    let (answers, rebuilds) = (siege.neighbour.len(), arena.of_neighbour().rebuilds);
    println!(
        "\nall at once: {} instances made {} attacks in {} s; memory grew by {grown:.0} MiB and kept {kept:.0} MiB; \
         the neighbour answered {answers} times, and was built again {rebuilds} times",
        siege::INSTANCES,
        siege.attacks,
        time.as_secs(),
    );
    let during = percentiles(siege.neighbour);
    println!(
        "the neighbour's p50/p99 alone {:.3}/{:.3} ms, meanwhile {:.3}/{:.3} ms",
        alone.0 / 1e3,
        alone.1 / 1e3,
        during.0 / 1e3,
        during.1 / 1e3
    );
    Ok(())
}

/// One instance for each attack that can be called, each called again and again within its share of the machine. Not
/// those that need a server that means harm: it would take from this machine what it takes from its own elsewhere.
pub(crate) async fn at_their_shares(arena: &Arc<Arena>) -> Result<(), Error> {
    let alone = percentiles(sample(arena, |answered| answered < 10 * SAMPLES).await?);
    let limits =
        Limits { memory: 32 << 20, cpu_share: SHARE, wall: Duration::from_secs(5), ..Limits::default() };
    let (stop, mut attackers) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
    for attack in ATTACKS.iter().filter(
        |attack| !matches!(attack.how, How::Mode(mode) if mode.starts_with("http") && mode.contains(":{")),
    ) {
        let Ok((alias, _)) = arena.enter(attack, limits).await? else { continue };
        let (arena, stop) = (Arc::clone(arena), Arc::clone(&stop));
        attackers.spawn(async move {
            while !stop.load(Relaxed) {
                // What comes of it is in the table of attacks.
                let _ = arena.measure(&alias).await;
                tokio::time::sleep(PAUSE).await;
            }
            arena.leave(&alias);
        });
    }
    let instances = attackers.len();
    // Until the first call of each was ended, at the latest after the grace, so that it is known which ones compute.
    tokio::time::sleep(SETTLED).await;
    let began = Instant::now();
    let during = percentiles(sample(arena, move |_| began.elapsed() < SHARED).await?);
    stop.store(true, Relaxed);
    attackers.join_all().await;
    let (bar, note) =
        (3.0 * alone.1 / 1e3 + 1.0, format!("alone {:.3} ms; p50 {:.3} ms", alone.1 / 1e3, during.0 / 1e3));
    let share = SHARE * 100.0;
    row(
        &format!("neighbour's p99 beside {instances} hostile ones, {share} % of a core each"),
        during.1 / 1e3,
        bar,
        "ms",
        &note,
    );
    Ok(())
}

/// Guests that loop: in their first call, beside the neighbour, and in their second one, on the second runtime.
pub(crate) async fn loops(arena: &Arc<Arena>) -> Result<(), Error> {
    let settings = json!({"on": {"measure": format!("cpu:{LOOP_MS}")}});
    let limits = Limits { cpu: Duration::from_secs(60), cpu_share: 1.0, ..Limits::default() };
    let aliases: Vec<String> = (0..LOOPS).map(|index| format!("loop-{index}")).collect();
    for alias in &aliases {
        let fixture = Arc::clone(&arena.fixture);
        let started = arena.world.start(fixture, alias, settings.clone(), limits, Grants::default()).await;
        started.map_err(|failure| failure.message)?;
    }
    for (what, bar) in [("8 loops at first", 10.0), ("8 loops on the second runtime", 1.0)] {
        let mut looping = JoinSet::new();
        for alias in aliases.clone() {
            let arena = Arc::clone(arena);
            looping.spawn(async move { arena.measure(&alias).await });
        }
        let began = Instant::now();
        let during = Duration::from_millis(LOOP_MS * 9 / 10);
        let (p50, p99) = percentiles(sample(arena, move |_| began.elapsed() < during).await?);
        for ended in looping.join_all().await {
            ended.map_err(|failure| failure.message)?;
        }
        row(
            &format!("neighbour's p99 beside {what}"),
            p99 / 1e3,
            bar,
            "ms",
            &format!("p50 {:.3} ms", p50 / 1e3),
        );
    }
    aliases.iter().for_each(|alias| arena.leave(alias));
    Ok(())
}

/// What it takes to build an instance again: a call that breaks the new one, beyond the same call to the first one.
pub(crate) async fn rebuilds(arena: &Arc<Arena>) -> Result<(), Error> {
    let traps = json!({"on": {"metrics": "trap"}});
    rebuild(arena, &arena.fixture, traps, Limits::default(), ("Rust", 1.0)).await?;
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests/python/etcd-metrics/etcd-metrics.wasm");
    let Ok(python) = fs::read(&path) else {
        println!("{} is not there: `make guests-all` builds it", path.display());
        return Ok(());
    };
    let python = arena.sandbox.load(&python, false).await?;
    // Its metrics are more than that, which ends the instance as a trap would.
    let limits = Limits { result: 100, ..Limits::default() };
    rebuild(arena, &python, python.about.example.clone(), limits, ("Python", 5.0)).await
}

async fn rebuild(
    arena: &Arena,
    program: &Arc<Program>,
    settings: Value,
    limits: Limits,
    (language, bar): (&str, f64),
) -> Result<(), Error> {
    let mut times = Vec::new();
    for index in 0..BROKEN {
        let alias = format!("broken-{index}");
        let started =
            arena.world.start(Arc::clone(program), &alias, settings.clone(), limits, Grants::default());
        let connector = started.await.map_err(|failure| failure.message)?;
        let mut took = [Duration::ZERO; 2];
        for took in &mut took {
            let began = Instant::now();
            if arena.ask(&alias, Call::Metrics).await.is_ok() {
                return Err(format!("`{alias}` was to break").into());
            }
            *took = began.elapsed();
        }
        if connector.counters().rebuilds != 1 {
            return Err(format!("`{alias}` was not built again: {:?}", connector.counters()).into());
        }
        times.push(took[1].saturating_sub(took[0]));
        arena.leave(&alias);
    }
    let what = format!("rebuild of a broken instance, {language}");
    let least = times.iter().min().copied().unwrap_or_default().as_secs_f64() * 1e3;
    row(&what, median(&mut times).as_secs_f64() * 1e3, bar, "ms", &format!("least {least:.3} ms"));
    Ok(())
}
