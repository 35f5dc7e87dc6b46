//! Reports on the way, cancelling, and which addresses are dialled.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::server::{OK, constant, next_request, serve};
use super::*;

#[tokio::test]
async fn reports_on_the_way_add_up() {
    let (address, _) = constant(OK);
    let (progress, mut reports) = mpsc::channel(100);
    let options = Options { report_every: Duration::from_millis(100), workers: 2, ..options("200/s", 1000) };
    let last = attack(options, &[target(address)], progress, CancellationToken::new()).await.unwrap();
    let mut before = 0;
    let mut count = 0;
    while let Some(Progress { cumulative, interval, elapsed, .. }) = reports.recv().await {
        assert_eq!(cumulative.requests, before + interval.requests);
        assert_eq!(elapsed.as_millis() % 100, 0);
        before = cumulative.requests;
        count += 1;
    }
    assert!((5..=10).contains(&count), "{count} reports");
    assert!(before <= last.requests && last.requests == 200, "{last}");
}

#[tokio::test]
async fn the_last_interval_is_told_unless_it_is_a_short_rest() {
    for (every, last) in [(100, 300), (300, 300), (5_000, 300), (250, 250)] {
        let (address, _) = constant(OK);
        let (progress, mut reports) = mpsc::channel(100);
        let options = Options { report_every: Duration::from_millis(every), ..options("200/s", 300) };
        attack(options, &[target(address)], progress, CancellationToken::new()).await.unwrap();
        let (mut requests, mut told) = (0, Duration::ZERO);
        while let Some(Progress { cumulative, interval, elapsed, .. }) = reports.recv().await {
            requests += interval.requests;
            assert_eq!(requests, cumulative.requests, "told every {every} ms");
            told = elapsed;
        }
        assert_eq!(told, Duration::from_millis(last), "told every {every} ms");
        assert!((1..=60).contains(&requests), "{requests} requests, told every {every} ms");
    }
}

#[test]
fn an_attack_can_be_moved_between_threads() {
    fn sendable(_: impl Send) {}
    let (progress, _) = mpsc::channel(1);
    sendable(attack(Options::default(), &[], progress, CancellationToken::new()));
}

#[tokio::test]
async fn nobody_listening_to_reports_changes_nothing() {
    let (address, _) = constant(OK);
    let every = Duration::from_millis(10);
    let (progress, mut full) = mpsc::channel(1);
    let options = Options { report_every: every, ..options("200/s", 500) };
    let last = attack(options, &[target(address)], progress, CancellationToken::new()).await.unwrap();
    assert_eq!((last.requests, last.success), (100, 1.0), "{last}");
    assert!(full.recv().await.is_some() && full.recv().await.is_none());
}

#[tokio::test]
async fn cancelling_ends_at_once_with_what_was_done() {
    // Answers the first ten, then nothing more.
    let (address, _) = serve(|mut stream, seen| async move {
        use tokio::io::AsyncWriteExt;
        while next_request(&mut stream).await.is_some() {
            if seen.requests.fetch_add(1, Ordering::Relaxed) >= 10 {
                std::future::pending::<()>().await;
            }
            stream.write_all(OK).await.unwrap();
        }
    });
    let cancel = CancellationToken::new();
    let (progress, _) = mpsc::channel(1);
    let started = Instant::now();
    let later = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        cancel.cancel();
    };
    let targets = [target(address)];
    let (report, ()) =
        tokio::join!(attack(options("100/s", 60_000), &targets, progress, cancel.clone()), later);
    let report = report.unwrap();
    assert!(started.elapsed() < Duration::from_secs(20));
    assert_eq!((report.requests, report.status_codes.get("200")), (10, Some(&10)), "{report}");
    // On a machine that sleeps for 10 ms just then, requests may be missed.
    assert!(report.abandoned > 0 && report.missed < 10, "{report}");
    assert_eq!(report.asked, report.requests + report.abandoned + report.missed, "{report}");
    assert!(report.to_string().contains("requests were left without an answer."), "{report}");
}

#[tokio::test]
async fn a_dropped_attack_stops_sending() {
    let (address, seen) = constant(OK);
    let short =
        tokio::time::timeout(Duration::from_millis(300), run(options("100/s", 60_000), target(address)));
    assert!(short.await.is_err());
    let count = || seen.requests.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let before = count();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(before > 0 && count() == before);
}

#[tokio::test]
async fn only_fixed_addresses_are_dialled() {
    let (allowed, seen) =
        constant(b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n");
    let (other, seen_other) = constant(OK);
    let fixed = HashMap::from([(("service.invalid".to_owned(), 8080), vec![allowed])]);
    let options = Options { addresses: Addresses::Fixed(fixed), ..options("50/s", 200) };
    let named = Target::get("http://Service.invalid:8080/x".parse().unwrap());
    let report = try_run(options.clone(), std::slice::from_ref(&named)).await.unwrap();
    assert_eq!((report.requests, report.success), (10, 1.0), "{report}");
    assert_eq!(seen.requests.load(Ordering::Relaxed), 10);
    // Another port, another host, or one such among several: nothing is sent at all.
    let port = Target::get("http://service.invalid:8081/".parse().unwrap());
    for targets in [vec![target(other)], vec![port], vec![named, target(other)]] {
        let error = try_run(options.clone(), &targets).await.unwrap_err();
        assert!(error.to_string().ends_with("may not be dialled: no address was allowed for it"), "{error}");
    }
    assert_eq!(seen_other.connections.load(Ordering::Relaxed), 0);
    assert_eq!(seen.requests.load(Ordering::Relaxed), 10);
}

#[tokio::test]
async fn another_address_is_tried_when_one_is_dead() {
    let (alive, _) = constant(OK);
    let dead = "127.0.0.1:1".parse().unwrap();
    let fixed = HashMap::from([(("service.invalid".to_owned(), 80), vec![dead, alive])]);
    let options = Options { addresses: Addresses::Fixed(fixed), ..options("50/s", 200) };
    let report = run(options, Target::get("http://service.invalid/".parse().unwrap())).await;
    assert_eq!((report.requests, report.success), (10, 1.0), "{report}");
}

#[tokio::test]
async fn options_that_make_no_sense_are_refused() {
    let (address, seen) = constant(OK);
    let good = options("10/s", 100);
    let cases = [
        (
            Options { duration: Duration::ZERO, ..good.clone() },
            "option `duration`: expected more than zero and at most a year",
        ),
        (
            Options { timeout: Duration::ZERO, ..good.clone() },
            "option `timeout`: expected more than zero and at most a year",
        ),
        (
            Options { timeout: Duration::MAX, ..good.clone() },
            "option `timeout`: expected more than zero and at most a year",
        ),
        (Options { connections: 0, ..good.clone() }, "option `connections`: expected 1 to 1000000"),
        (Options { workers: 5000, ..good.clone() }, "option `workers`: expected 0 (automatic) to 1024"),
        (Options { pace: Pace::Steps(vec![]), ..good.clone() }, "option `pace`: expected 1 to 10000 steps"),
        (
            Options { report_every: Duration::ZERO, ..good.clone() },
            "option `report_every`: expected 10ms to a year",
        ),
    ];
    for (options, message) in cases {
        assert_eq!(try_run(options, &[target(address)]).await.unwrap_err().to_string(), message);
    }
    let none = try_run(good.clone(), &[]).await.unwrap_err().to_string();
    assert_eq!(none, "there are 0 targets; give 1 to 1000000, on at most 1000 different hosts");
    let unknown = Target::get("http://no-such-host.invalid/".parse().unwrap());
    assert!(matches!(try_run(good, &[unknown]).await, Err(Error::Resolve { .. })));
    assert_eq!(seen.connections.load(Ordering::Relaxed), 0);
}
