use super::*;
use crate::contract::Code;

fn below(threshold: Threshold, count: u32, window: u32) -> Condition {
    Condition {
        trigger_count: count,
        trigger_window: window,
        ..Condition::new("latency", Keep::Below, threshold)
    }
}

fn objectives(condition: Condition) -> Objectives {
    Objectives::new(&[condition]).unwrap()
}

fn values(pairs: &[(&'static str, f64)]) -> impl Fn(&str) -> Option<f64> {
    move |name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

#[test]
fn a_violation_aborts_with_the_message_of_servox() {
    let mut objectives = objectives(below(Threshold::Fixed(5.0), 1, 1));
    assert_eq!(objectives.check(0.0, values(&[("latency", 5.0)])).unwrap(), "x1 passed [(latency below 5)]");
    let failure = objectives.check(1_795_262_400.0, values(&[("latency", 7.25)])).unwrap_err();
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
        let mut objectives = objectives(below(Threshold::Fixed(5.0), count, window));
        let aborted =
            series.iter().position(|value| objectives.check(0.0, values(&[("latency", *value)])).is_err());
        assert_eq!(aborted, aborted_at, "{count} of {window}: {series:?}");
    }
}

#[test]
fn what_cannot_be_compared_is_not_a_failure() {
    let main = || below(Threshold::Metric("main".into()), 1, 1);
    let twice =
        || Condition { threshold_multiplier: 2.0, metric_minimum: 1.0, threshold_minimum: 0.1, ..main() };
    for (condition, seen, wanted) in [
        (below(Threshold::Fixed(5.0), 1, 1), vec![], "x1 missing_metric"),
        (main(), vec![("latency", 9.0)], "x1 missing_threshold"),
        (main(), vec![("latency", 0.1), ("main", 5.0)], "x1 zero_metric"),
        (main(), vec![("latency", 9.0), ("main", 0.1)], "x1 zero_threshold"),
        (main(), vec![("latency", 4.0), ("main", 5.0)], "x1 passed"),
        (main(), vec![("latency", f64::NAN), ("main", 5.0)], "x1 missing_metric"),
        (main(), vec![("latency", 9.0), ("main", f64::NAN)], "x1 missing_threshold"),
        (main(), vec![("latency", 0.25), ("main", 0.25)], "x1 zero_metric"),
        (main(), vec![("latency", -1.0), ("main", -0.5)], "x1 passed"),
        (twice(), vec![("latency", 9.0), ("main", 5.0)], "x1 passed"),
        (twice(), vec![("latency", 1.0), ("main", 0.2)], "x1 zero_metric"),
        (twice(), vec![("latency", 1.5), ("main", 0.04)], "x1 zero_threshold"),
    ] {
        let statuses = objectives(condition).check(0.0, values(&seen)).unwrap();
        assert!(statuses.starts_with(wanted), "{seen:?}: {statuses}");
    }
    // What is multiplied is not small any more.
    assert!(objectives(twice()).check(0.0, values(&[("latency", 1.5), ("main", 0.06)])).is_err());
    let above = Condition { keep: Keep::Above, ..below(Threshold::Fixed(5.0), 1, 1) };
    assert!(objectives(above).check(0.0, values(&[("latency", 4.0)])).is_err());
    assert!(Objectives::new(&[]).is_none());
}
