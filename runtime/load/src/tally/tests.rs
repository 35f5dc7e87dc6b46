use super::*;

fn sample<'a>(origin: &'a Arc<str>, epoch: Epoch, number: u64) -> Sample<'a> {
    let due = epoch.instant + Duration::from_millis(number);
    let status = if number.is_multiple_of(10) { 500 } else { 200 };
    let outcome = if number % 25 == 1 { Err(Fault::ResponseTimeout) } else { Ok((status, 100)) };
    let (sent, end) = (due + Duration::from_micros(200 * number), due + Duration::from_millis(number + 1));
    Sample { origin, due, sent, end, bytes_out: 7, outcome }
}

#[test]
fn tallies_of_workers_add_up_to_one() {
    let epoch = Epoch::now();
    let origin: Arc<str> = "http://a:80".into();
    let mut one = Tally::new().unwrap();
    let mut workers = [one.fresh(), one.fresh(), one.fresh()];
    for number in 0..100 {
        one.record(sample(&origin, epoch, number));
        workers[number as usize % 3].record(sample(&origin, epoch, number));
    }
    one.miss(5, epoch.instant, epoch.instant + Duration::from_secs(1));
    workers[1].miss(5, epoch.instant, epoch.instant + Duration::from_secs(1));
    one.abandon(3);
    workers[2].abandon(3);
    let mut sum = one.fresh();
    workers.iter().for_each(|worker| sum.merge(worker));
    let second = Window { from: Duration::ZERO, until: Duration::from_secs(1) };
    assert_eq!(sum.report(epoch, second), one.report(epoch, second));
}

#[test]
fn a_report_says_what_was_recorded() {
    let epoch = Epoch::now();
    let origin: Arc<str> = "http://a:80".into();
    let mut tally = Tally::new().unwrap();
    (0..100).for_each(|number| tally.record(sample(&origin, epoch, number)));
    tally.miss(25, epoch.instant, epoch.instant + Duration::from_secs(1));
    let millis = Duration::from_millis;
    let report = tally.report(epoch, Window { from: Duration::ZERO, until: millis(150) });
    // 1 ms to 100 ms, and a fifth that waited a second in vain.
    let close = |found: Duration, expected: u64| found.abs_diff(millis(expected)) <= millis(expected) / 500;
    assert!(close(report.latencies.p50, 63), "{report}");
    assert!(close(report.latencies.p90, 1000) && report.latencies.max == millis(1000), "{report}");
    assert_eq!(report.latencies.min, millis(1));
    assert_eq!(report.latencies.total, millis(5050 + 25_000));
    assert_eq!((report.requests, report.missed, report.asked), (100, 25, 125));
    assert_eq!(
        report.status_codes,
        BTreeMap::from([("0".into(), 4), ("200".into(), 86), ("500".into(), 10)])
    );
    assert_eq!(report.success, 0.86);
    let errors = [
        "500 Internal Server Error",
        "http://a:80: no complete response within the timeout",
        "25 requests never found a free connection",
    ];
    assert_eq!(report.errors, errors);
    // Sent with 200 µs more delay each: from number 51 on more than 10 ms late.
    assert_eq!((report.late, report.late_max), (49, Duration::from_micros(19_800)));
    assert_eq!((report.duration, report.wait), (millis(150), millis(49)));
    assert!((report.rate - 100.0 / 0.15).abs() < 1e-9, "{report}");
    assert!((report.throughput - 86.0 / 0.199).abs() < 1e-9, "{report}");
    assert_eq!(report.bytes_out, Bytes { total: 700, mean: 7.0 });
    // An interval has a start of its own, and what was sent after its end extends it.
    let part = tally.report(epoch, Window { from: millis(50), until: millis(100) });
    assert_eq!(part.duration, Duration::from_micros(68_800));
}

#[test]
fn a_report_about_nothing_is_all_zero() {
    let report =
        Tally::new().unwrap().report(Epoch::now(), Window { from: Duration::ZERO, until: Duration::ZERO });
    assert_eq!((report.requests, report.rate, report.success), (0, 0.0, 0.0));
    assert_eq!(report.latencies, Latencies::default());
    assert_eq!(report.earliest, report.end);
}
