use super::*;

fn outcome(metric: &str, result: Result<(), Failure>) -> Outcome {
    let series = Series {
        metric: metric.to_owned(),
        id: None,
        annotations: Vec::new(),
        times: vec![1.0],
        values: vec![2.0],
    };
    Outcome { metric: metric.to_owned(), result: result.map(|()| vec![series]) }
}

fn wrong(metric: &str) -> Failure {
    Failure::failed(format!("metric `{metric}`: no such thing")).because("bad_data")
}

#[test]
fn a_query_that_fails_costs_its_own_metric() {
    let outcomes = vec![outcome("a", Ok(())), outcome("b", Err(wrong("b"))), outcome("c", Ok(()))];
    let measurement = settle(outcomes).unwrap();
    let metrics: Vec<_> = measurement
        .readings
        .iter()
        .map(|reading| match reading {
            Reading::Series(series) => series.metric.as_str(),
            Reading::Scalar(scalar) => scalar.metric.as_str(),
        })
        .collect();
    assert_eq!(metrics, ["a", "c"]);
    assert_eq!(measurement.annotations, [("failed.b".to_owned(), "metric `b`: no such thing".to_owned())]);
}

#[test]
fn nothing_but_failures_is_a_failure_that_names_them_all() {
    let failure = settle(["a", "b", "c"].map(|name| outcome(name, Err(wrong(name)))).into()).unwrap_err();
    assert_eq!(failure.message, "metric `a`: no such thing; `b`, `c` failed too");
    assert_eq!((failure.code, failure.reason.as_deref()), (Code::Failed, Some("bad_data")));
    let failure = settle(vec![outcome("a", Err(wrong("a")))]).unwrap_err();
    assert_eq!(failure.message, "metric `a`: no such thing");
    assert_eq!(settle(Vec::new()).unwrap(), Measurement::default());
}

#[test]
fn a_cancel_and_a_metric_that_must_not_be_absent_end_the_measurement() {
    let cancelled = Failure::new(Code::Cancelled, "cancelled");
    let absent = Failure::failed("metric `b` is absent").because(ABSENT);
    for ends in [cancelled, absent] {
        let outcomes = vec![outcome("a", Ok(())), outcome("b", Err(ends.clone())), outcome("c", Ok(()))];
        assert_eq!(settle(outcomes).unwrap_err().message, ends.message);
    }
}
