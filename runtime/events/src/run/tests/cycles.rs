//! Connectors that dispatch to each other.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::*;
use crate::Chain;
use crate::scripted::nested;

/// `a waits for b` … without the rest of the message.
fn busy(outcomes: &Outcomes) -> Vec<String> {
    let failures = outcomes.failures().into_iter().filter(|(_, failure)| failure.code == Code::Busy);
    failures.map(|(_, failure)| failure.message.split(';').next().unwrap_or_default().to_owned()).collect()
}

/// Measures by dispatching measure to `to`, once its gate opens when it was called from the top level; writes what
/// became of it to the log.
fn nesting(name: &'static str, to: &[&str], gate: &Arc<Semaphore>, bus: &Bus, log: &Log) {
    let to: Vec<String> = to.iter().map(|&name| name.to_owned()).collect();
    let (gate, inner, log) = (Arc::clone(gate), bus.clone(), log.clone());
    Scripted::new(name, move |_, context| {
        let (to, gate, bus, log) = (to.clone(), Arc::clone(&gate), inner.clone(), log.clone());
        async move {
            if context.callers.len() == 1 {
                gate.acquire().await.unwrap().forget();
            }
            // Long enough that calls which are made at once overlap.
            sleep(Duration::from_millis(1)).await;
            let outcomes =
                bus.dispatch(measure(), Options { include: to, ..nested(&context) }).await.unwrap();
            let skipped: Vec<_> = outcomes.skipped.iter().map(|name| format!("{name} skipped")).collect();
            log.add(
                [format!("{name}: {}", summary(&outcomes)), skipped.join(" "), busy(&outcomes).join(" and ")]
                    .join("|"),
            );
            ok()
        }
    })
    .register(bus);
}

fn only(name: &str) -> Options {
    Options { include: vec![name.to_owned()], ..Options::default() }
}

#[tokio::test(start_paused = true)]
async fn two_that_measure_at_once_and_dispatch_to_each_other_are_both_busy() {
    for starts in [["a", "b"], ["b", "a"]] {
        for opens in [vec![0, 1], vec![1, 0]] {
            for at_once in [true, false] {
                let (bus, log) = (Bus::new(), Log::default());
                let gates = [(); 2].map(|()| Arc::new(Semaphore::new(0)));
                nesting("a", &["b"], &gates[0], &bus, &log);
                nesting("b", &["a"], &gates[1], &bus, &log);
                let open = async {
                    for gate in opens.iter().map(|index| &gates[*index]) {
                        if !at_once {
                            sleep(Duration::from_millis(1)).await;
                        }
                        gate.add_permits(1);
                    }
                };
                let all =
                    async { tokio::join!(timed(&bus, only(starts[0])), timed(&bus, only(starts[1])), open) };
                let ((x, seconds), (y, _), ()) = all.await;
                assert!(seconds < 0.1, "ended at once, not by a deadline: {seconds}");
                assert!(x.worst().is_none() && y.worst().is_none(), "the measurements themselves go on");
                let mut lines = log.lines();
                lines.sort();
                let ring = |line: &str| {
                    line.ends_with("a waits for b, b waits for a")
                        || line.ends_with("b waits for a, a waits for b")
                };
                assert!(lines.iter().all(|line| ring(line)), "{lines:?}");
                let lines: Vec<_> = lines.iter().map(|line| line.split('|').next().unwrap()).collect();
                assert_eq!(lines, ["a: b busy", "b: a busy"]);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn three_in_a_ring_are_all_busy() {
    for opens in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let (bus, log) = (Bus::new(), Log::default());
        let gates = [(); 3].map(|()| Arc::new(Semaphore::new(0)));
        for (index, [name, next]) in [["a", "b"], ["b", "c"], ["c", "a"]].into_iter().enumerate() {
            nesting(name, &[next], &gates[index], &bus, &log);
        }
        let open = async {
            for index in opens {
                sleep(Duration::from_millis(1)).await;
                gates[index].add_permits(1);
            }
        };
        let (_, _, (_, seconds), ()) =
            tokio::join!(timed(&bus, only("a")), timed(&bus, only("b")), timed(&bus, only("c")), open);
        assert!(seconds < 0.1);
        let mut lines: Vec<_> =
            log.lines().iter().map(|line| line.split('|').next().unwrap().to_owned()).collect();
        lines.sort();
        assert_eq!(lines, ["a: b busy", "b: c busy", "c: a busy"]);
    }
}

#[tokio::test(start_paused = true)]
async fn everybody_asks_everybody() {
    let (bus, log) = (Bus::new(), Log::default());
    let gate = Arc::new(Semaphore::new(4));
    for name in ["a", "b", "c", "d"] {
        nesting(name, &[], &gate, &bus, &log);
    }
    let (outcomes, seconds) = timed(&bus, Options::default()).await;
    assert_eq!((summary(&outcomes).as_str(), seconds < 0.1), ("a ok, b ok, c ok, d ok", true));
    let mut lines: Vec<_> =
        log.lines().iter().map(|line| line.split('|').next().unwrap().to_owned()).collect();
    lines.sort();
    let expected = [
        "a: b busy, c busy, d busy",
        "b: a busy, c busy, d busy",
        "c: a busy, b busy, d busy",
        "d: a busy, b busy, c busy",
    ];
    assert_eq!(lines, expected);
}

#[tokio::test(start_paused = true)]
async fn a_busy_connector_without_a_ring_queues() {
    let (bus, log) = (Bus::new(), Log::default());
    let gate = Arc::new(Semaphore::new(1));
    nesting("a", &["b"], &gate, &bus, &log);
    polite("b", 5, ok).register(&bus);
    let ((_, first), (_, second)) = tokio::join!(timed(&bus, only("b")), timed(&bus, only("a")));
    assert_eq!((first.round(), second.round()), (5.0, 10.0));
    assert_eq!(log.lines(), ["a: b ok||"]);
}

#[tokio::test(start_paused = true)]
async fn callers_that_wait_are_skipped_and_named() {
    let (bus, log) = (Bus::new(), Log::default());
    let gate = Arc::new(Semaphore::new(9));
    for name in ["a", "b", "c"] {
        nesting(name, &[], &gate, &bus, &log);
    }
    // b and c are asked by a and, at the same time, ask each other.
    let (outcomes, _) = timed(&bus, only("a")).await;
    assert_eq!(summary(&outcomes), "a ok");
    let lines = log.lines();
    let mut lines: Vec<_> = lines.iter().map(|line| line.rsplit_once('|').unwrap().0).collect();
    lines.sort();
    assert_eq!(
        lines,
        ["a: b ok, c ok|a skipped", "b: c busy|a skipped b skipped", "c: b busy|a skipped c skipped"]
    );
}

#[tokio::test(start_paused = true)]
async fn hooks_of_waiting_callers_are_skipped() {
    let (bus, log) = (Bus::new(), Log::default());
    let inner = bus.clone();
    let seen = log.clone();
    Scripted::new("webhook", move |call, context| {
        let (bus, log) = (inner.clone(), seen.clone());
        async move {
            if matches!(&*call, Call::Before { .. }) {
                let outcomes = bus.dispatch(measure(), nested(&context)).await.unwrap();
                log.add(format!("{}; skipped {}", summary(&outcomes), outcomes.skipped.join(" ")));
            }
            ok()
        }
    })
    .on(&[])
    .hook(Moment::Before, Event::Measure)
    .register(&bus);
    polite("prom", 0, ok).register(&bus);
    let (outcomes, _) = timed(&bus, Options::default()).await;
    assert_eq!(summary(&outcomes), "prom ok");
    assert_eq!(log.lines(), ["prom ok; skipped webhook"]);
}

#[tokio::test(start_paused = true)]
async fn dispatches_nest_only_so_deep() {
    let (bus, log) = (Bus::new(), Log::default());
    for name in ["a", "b", "c", "d"] {
        let (inner, log) = (bus.clone(), log.clone());
        Scripted::new(name, move |_, context| {
            let (bus, log) = (inner.clone(), log.clone());
            async move {
                let next = ["b", "c", "d", "a"][(name.as_bytes()[0] - b'a') as usize];
                let options = Options { include: vec![next.into()], depth: 2, ..nested(&context) };
                match bus.dispatch(measure(), options).await {
                    Ok(outcomes) => log.add(format!("{name}: {}", summary(&outcomes))),
                    Err(error) => log.add(Failure::from(error).to_string()),
                }
                ok()
            }
        })
        .register(&bus);
    }
    timed(&bus, only("a")).await;
    let refused = "busy (depth): dispatches nest 2 deep at most, and `c`, `b`, `a` wait already; \
                   raise the limit `dispatch_depth`";
    assert_eq!(log.lines(), [refused, "b: c ok", "a: b ok"]);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_dispatch_leaves_no_wait_behind() {
    let bus = Bus::new();
    Scripted::new("never", |_, _| pending()).register(&bus);
    let callers = Chain::default().push("gone".into(), 77, 78);
    let options = Options { callers: callers.clone(), ..Options::default() };
    let dispatch = bus.dispatch(measure(), options);
    assert!(tokio::time::timeout(Duration::from_secs(1), dispatch).await.is_err());
    assert!(!bus.anybody_waits());
}

/// On two threads, where calls end while others are made: nobody hangs, and what is not answered is busy.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_timing_nobody_hangs() {
    let (bus, log) = (Bus::new(), Log::default());
    for name in ["a", "b", "c"] {
        let (inner, log) = (bus.clone(), log.clone());
        Scripted::new(name, move |_, context| {
            let (bus, log) = (inner.clone(), log.clone());
            async move {
                tokio::task::yield_now().await;
                log.add(summary(&bus.dispatch(measure(), nested(&context)).await.unwrap()));
                ok()
            }
        })
        .register(&bus);
    }
    for _ in 0..300 {
        let rounds = ["a", "b", "c"].map(|name| {
            let bus = bus.clone();
            tokio::spawn(async move { bus.dispatch(measure(), only(name)).await.unwrap() })
        });
        for round in rounds {
            let outcomes = tokio::time::timeout(Duration::from_secs(20), round).await.unwrap().unwrap();
            assert!(outcomes.worst().is_none(), "{outcomes:?}");
        }
        assert!(!bus.anybody_waits());
    }
    let words = log.lines().join(", ").replace(", ", " ");
    assert!(words.split_whitespace().all(|word| ["a", "b", "c", "ok", "busy"].contains(&word)), "{words}");
}
