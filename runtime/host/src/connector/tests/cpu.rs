//! CPU time: what is counted is what the thread used, and who is over its share is slowed. Times are those of the
//! thread's clock, on which a busy machine has no influence.

use std::sync::atomic::AtomicBool;

use rustix::time::{ClockId, clock_gettime};

use super::*;
use crate::meter::Meter;
use crate::share::Share;

fn thread_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// Threads that compute until they are dropped.
struct Rivals(Arc<AtomicBool>);

impl Rivals {
    fn start(count: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        for _ in 0..count {
            let stop = Arc::clone(&stop);
            std::thread::spawn(move || while !stop.load(Relaxed) {});
        }
        Self(stop)
    }
}

impl Drop for Rivals {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// What one call was billed, and what this thread, which does all the work, really used for it.
async fn billed(mode: &str, cpu: Duration) -> (Duration, Duration) {
    let mut world = World::new().await;
    let change = |limits: &mut Limits, _: &mut Grants| (limits.cpu, limits.cpu_share) = (cpu, 1.0);
    let connector = world.add("metered", measures(mode), change).await;
    let _ = world.measure("metered").await;
    let (before, start) = (connector.counters().cpu, thread_time());
    let _ = world.measure("metered").await;
    (connector.counters().cpu - before, thread_time() - start)
}

// One thread: nothing of the call runs elsewhere.
#[tokio::test]
async fn cpu_time_is_billed_as_it_is_used_whoever_else_computes() {
    for rivals in [0, 4] {
        let _rivals = Rivals::start(rivals);
        for mode in ["cpu:200", "spin", "sleep:200", "wait:200", "ok"] {
            let (billed, used) = billed(mode, Duration::from_millis(300)).await;
            // The dispatch itself and the linking of a new instance are no guest's time.
            let own = Duration::from_millis(if mode == "spin" { 60 } else { 20 });
            let allowed = used.mul_f64(0.05).max(Duration::from_millis(1));
            let text = format!("{mode} beside {rivals}: billed {billed:?}, used {used:?}");
            assert!(billed <= used + allowed && billed + allowed + own >= used, "{text}");
            if mode == "spin" {
                // The next tick ends it, and ticks are late on a busy machine.
                let limit = Duration::from_millis(300);
                assert!(billed >= limit && billed < limit * 2, "{text}");
            }
        }
    }
}

/// A guest that alternates light calls and single instructions that take long is billed for both.
#[tokio::test]
async fn a_first_step_that_computes_long_is_billed_after_a_light_call_too() {
    let world = World::new().await;
    let meter = Meter::new(Arc::new(Share::new(1.0, Arc::default())));
    let (sandbox, budget, long) =
        (&world.program.sandbox, Duration::from_secs(60), Duration::from_millis(30));
    for _ in 0..3 {
        meter.run(sandbox, budget, async {}).await;
        assert!(meter.spent() < long / 2, "{:?}", meter.spent());
        let start = thread_time();
        meter.run(sandbox, budget, async { while thread_time() - start < long {} }).await;
        assert!(meter.spent() >= long.mul_f64(0.9), "{:?}", meter.spent());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_over_its_share_is_slowed_and_who_is_not_is_not() {
    let mut world = World::new().await;
    let start = Instant::now();
    for (alias, share) in [("slowed", 0.02), ("free", 1.0)] {
        world
            .add(alias, measures("spin"), |limits, _| {
                limits.cpu = Duration::from_millis(100);
                limits.cpu_share = share;
            })
            .await;
    }
    let ended = |alias: &'static str| {
        let (world, start) = (&world, start);
        async move {
            let failure = world.measure(alias).await.unwrap_err();
            assert_eq!(failure.reason.as_deref(), Some("cpu"), "{failure}");
            start.elapsed()
        }
    };
    let (slowed, _) = tokio::join!(ended("slowed"), ended("free"));
    let [slow, free] = [&world.connectors[0], &world.connectors[1]].map(|connector| connector.counters());
    assert_eq!(slow.limit_hits.get("cpu_share"), Some(&1), "{slow:?}");
    // What it used, it may have used in this time and the two seconds before, but for its last step.
    let fair = (slowed + Duration::from_secs(2)).mul_f64(0.02) + Duration::from_millis(50);
    assert!(slow.cpu <= fair && !slow.slowed.is_zero(), "{slow:?} in {slowed:?}");
    assert_eq!((free.limit_hits.get("cpu_share"), free.slowed), (None, Duration::ZERO), "{free:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_share_outlives_the_instance_and_parked_time_is_free() {
    let mut world = World::new().await;
    let tight = |limits: &mut Limits, _: &mut Grants| {
        limits.cpu = Duration::from_millis(20);
        limits.cpu_share = 0.01;
    };
    let spinning = world.add("spinning", measures("spin"), tight).await;
    let parked = world.add("parked", measures("wait:300"), tight).await;
    // Two calls are more than the 20 ms that a rested instance may use at once; each ends its instance.
    let twice = async {
        for _ in 0..2 {
            world.measure("spinning").await.unwrap_err();
        }
    };
    let (_, waited) = tokio::join!(twice, world.measure("parked"));
    waited.unwrap();
    assert!(spinning.counters().slowed > Duration::ZERO);
    assert_eq!(parked.counters().slowed, Duration::ZERO);
}

#[tokio::test]
async fn who_was_ended_for_its_computing_goes_to_the_second_runtime() {
    let mut world = World::new().await;
    for (mode, heavy) in [("ok", false), ("spin", true)] {
        let change = |limits: &mut Limits, _: &mut Grants| limits.cpu = Duration::from_millis(100);
        let connector = world.add(mode, measures(mode), change).await;
        let _ = world.measure(mode).await;
        assert_eq!(connector.desk.heavy.load(Relaxed), heavy, "{mode}");
    }
}
