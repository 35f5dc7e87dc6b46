use servo_sdk::prelude::Code;

use super::*;

fn below(threshold: Threshold, count: u32, window: u32) -> Condition {
    Condition {
        metric: "latency".into(),
        keep: Keep::Below,
        threshold,
        trigger_count: count,
        trigger_window: window,
    }
}

fn watch(condition: Condition) -> Watch {
    Watch::new(&[condition], &FastFail::default()).unwrap()
}

fn values(pairs: &[(&str, f64)]) -> Vec<(String, f64)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

#[test]
fn a_violation_aborts_with_the_message_of_servox() {
    let mut watch = watch(below(Threshold::Fixed(5.0), 1, 1));
    assert_eq!(watch.check(0.0, &values(&[("latency", 5.0)])).unwrap(), "x1 passed [(latency below 5)]");
    let failure = watch.check(1_795_262_400.0, &values(&[("latency", 7.25)])).unwrap_err();
    assert_eq!((failure.code, failure.reason.as_deref()), (Code::Aborted, Some("slo-violation")));
    assert_eq!(
        failure.message,
        "SLO violation(s) observed: (latency below 5)[2026-11-21T12:00:00Z SLO failed metric value 7.25 was not below \
         threshold value 5.00]"
    );
}

#[test]
fn only_so_many_failures_within_the_window_abort() {
    for (count, window, series, aborted_at) in [
        (2, 2, vec![9.0, 1.0, 9.0, 1.0], None),
        (2, 3, vec![9.0, 1.0, 9.0], Some(2)),
        (3, 3, vec![9.0, 9.0, 1.0, 9.0, 9.0, 9.0], Some(5)),
        (1, 5, vec![1.0, 9.0], Some(1)),
    ] {
        let mut watch = watch(below(Threshold::Fixed(5.0), count, window));
        let aborted =
            series.iter().position(|value| watch.check(0.0, &values(&[("latency", *value)])).is_err());
        assert_eq!(aborted, aborted_at, "{count} of {window}: {series:?}");
    }
}

#[test]
fn what_cannot_be_compared_is_not_a_failure() {
    let main = || below(Threshold::Metric("main".into()), 1, 1);
    for (condition, seen, wanted) in [
        (below(Threshold::Fixed(5.0), 1, 1), vec![], "x1 missing_metric"),
        (main(), vec![("latency", 9.0)], "x1 missing_threshold"),
        (main(), vec![("latency", 0.1), ("main", 5.0)], "x1 zero_metric"),
        (main(), vec![("latency", 9.0), ("main", 0.1)], "x1 zero_threshold"),
        (main(), vec![("latency", 4.0), ("main", 5.0)], "x1 passed"),
    ] {
        let statuses = watch(condition).check(0.0, &values(&seen)).unwrap();
        assert!(statuses.starts_with(wanted), "{seen:?}: {statuses}");
    }
    let options = FastFail { treat_zero_as_missing: true, ..FastFail::default() };
    let above = Condition { keep: Keep::Above, ..below(Threshold::Fixed(5.0), 1, 1) };
    let mut watch = Watch::new(&[above], &options).unwrap();
    assert!(watch.check(0.0, &values(&[("latency", 0.0)])).unwrap().starts_with("x1 missing_metric"));
    assert!(watch.check(0.0, &values(&[("latency", 4.0)])).is_err());
}

#[test]
fn checks_come_every_period_after_the_skip() {
    let seconds = |seconds| servo_sdk::prelude::Duration::from_secs(seconds);
    let options = FastFail { period: seconds(10), skip: seconds(15), ..FastFail::default() };
    let mut watch = Watch::new(&[below(Threshold::Fixed(5.0), 1, 1)], &options).unwrap();
    let due: Vec<u64> = (0..60).filter(|second| watch.due(Duration::from_secs(*second))).collect();
    assert_eq!(due, [25, 35, 45, 55]);
    assert!(watch.due(Duration::from_secs(200)) && !watch.due(Duration::from_secs(201)));
    assert_eq!(watch.span(), Duration::from_secs(10));
    assert!(watch.names("latency") && !watch.names("other"));
}

#[test]
fn nothing_is_watched_when_disabled_or_without_objectives() {
    assert!(Watch::new(&[], &FastFail::default()).is_none());
    let options = FastFail { disabled: true, ..FastFail::default() };
    assert!(Watch::new(&[below(Threshold::Fixed(5.0), 1, 1)], &options).is_none());
}
