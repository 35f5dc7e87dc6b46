//! A registered process that is stopped, cut off, or short of CPU.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing")]
#![allow(clippy::print_stdout, reason = "a process says what it knows")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use servo_liveness::{Answer, Liveness, Notice, Options, Service, State, Why};
use servo_test_support::{Etcd, Line, Program, Signal, Weather};

const TTL: Duration = Duration::from_secs(3);
const LONG: Duration = Duration::from_secs(90);
const UP: Answer = Answer::Known(State::Up);
const EXPIRED: Answer = Answer::Known(State::Down(Why::Expired));

fn start(url: String) -> Liveness {
    start_with(url, TTL)
}

fn start_with(url: String, ttl: Duration) -> Liveness {
    let mut options = Options::new(vec![url], ttl);
    options.etcd.timeout = ttl / 3;
    Liveness::new(options).unwrap()
}

fn service(uuid: &str) -> Service {
    Service { uuid: uuid.into(), kind: "api".into(), host: uuid.into(), ..Service::default() }
}

async fn becomes(liveness: &Liveness, uuid: &str, wanted: Answer) {
    let (view, end) = (liveness.view().await, Instant::now() + LONG);
    while view.is_up(uuid, LONG) != wanted {
        assert!(Instant::now() < end, "{uuid} is {:?}, not {wanted:?}", view.is_up(uuid, LONG));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Not a test: what the process does that is stopped below.
#[test]
fn registered() {
    let Ok(url) = std::env::var("REGISTERED") else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let liveness = start(url);
        liveness.update(service("stopped")).await.unwrap();
        loop {
            let figures = liveness.lease().unwrap();
            println!("declared down {} times, up {}", figures.losses, figures.remaining.is_some());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_was_stopped_knows_that_it_was_declared_down() {
    let etcd = Etcd::start();
    let other = start(etcd.url().into());
    let mut process = Program::new(std::env::current_exe().unwrap())
        .args(["--exact", "registered", "--nocapture"])
        .env("REGISTERED", etcd.url())
        .timeout(LONG)
        .start();
    becomes(&other, "stopped", UP).await;
    process.signal(Signal::STOP);
    becomes(&other, "stopped", EXPIRED).await;
    let before = process.stdout();
    assert!(!before.contains("down 1 times"), "{before}");
    process.signal(Signal::CONT);
    let told = |out: &str, _: &str| out.contains("declared down 1 times, up true").then_some(());
    process.wait_for("it knows, and is up again", told);
    becomes(&other, "stopped", UP).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_outlives_short_trouble_on_the_line_and_is_regained_after_a_long_one() {
    let etcd = Etcd::start();
    let line = Line::to(etcd.url().strip_prefix("http://").unwrap());
    let process = start(format!("http://{}", line.address()));
    let other = start(etcd.url().into());
    process.update(service("one")).await.unwrap();
    becomes(&other, "one", UP).await;
    let renewals = || process.lease().unwrap().renewals;
    for weather in [Weather::Slow(Duration::from_millis(100)), Weather::Silent, Weather::Cut] {
        line.set(weather);
        tokio::time::sleep(Duration::from_millis(500)).await;
        line.set(Weather::Fair);
        let (before, end) = (renewals(), Instant::now() + LONG);
        while renewals() < before + 2 {
            assert!(Instant::now() < end, "{weather:?}: not renewed");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    for (losses, weather) in [(1, Weather::Silent), (2, Weather::Cut)] {
        line.set(weather);
        becomes(&other, "one", EXPIRED).await;
        assert_eq!(process.lease().unwrap().losses, losses - 1, "it cannot know yet");
        line.set(Weather::Fair);
        becomes(&other, "one", UP).await;
        let end = Instant::now() + LONG;
        while process.lease().unwrap().remaining.is_none() {
            assert!(Instant::now() < end, "{weather:?}: it does not know that it is up");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(process.lease().unwrap().losses, losses, "{weather:?}");
    }
    process.stop().await;
    assert_eq!(other.read().await.unwrap().ups(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_machine_does_not_take_the_lease() {
    // Others use this machine, too: the process may have to wait for a second, and not for ten.
    let ttl = Duration::from_secs(10);
    let etcd = Etcd::start();
    let (process, other) = (start_with(etcd.url().into(), ttl), start(etcd.url().into()));
    process.update(service("one")).await.unwrap();
    becomes(&other, "one", UP).await;
    let mut watcher = other.view().await.watch();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        for _ in 0..cores * 2 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        // Longer than the lease: without a renewal it would end.
        std::thread::park_timeout(ttl * 3 / 2);
        over.store(true, Ordering::Relaxed);
    });
    let lease = process.lease().unwrap();
    assert!(lease.losses == 0 && lease.renewals >= 2, "{lease:?}");
    while let Ok(Some(notice)) = tokio::time::timeout(Duration::from_millis(100), watcher.next()).await {
        assert!(matches!(notice, Notice::State { .. }), "{notice:?}");
    }
    process.stop().await;
}
