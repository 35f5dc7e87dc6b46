use super::*;

pub(crate) fn report(end: f64, requests: f64, success: f64) -> load::Report {
    let latencies = load::Latencies {
        total: 500.0,
        mean: 5.0,
        p50: 4.0,
        p90: 8.0,
        p95: 9.0,
        p99: 20.0,
        max: 30.0,
        min: f64::NAN,
    };
    load::Report {
        start: end - 1.0,
        end,
        requests,
        missed: 0.0,
        rate: requests,
        throughput: requests * success,
        success,
        latencies,
        bytes_in: 0.0,
        bytes_out: 0.0,
        status_codes: vec![(200, requests)],
        errors: Vec::new(),
    }
}

fn series(readings: Vec<Reading>) -> Vec<(String, Vec<f64>, Vec<f64>)> {
    readings
        .into_iter()
        .map(|reading| match reading {
            Reading::Series(series) => (series.metric, series.times, series.values),
            Reading::Scalar(scalar) => panic!("{scalar:?}"),
        })
        .collect()
}

#[test]
fn reports_become_series_in_the_units_of_servox() {
    let mut points = Points::default();
    points.add(&report(10.0, 100.0, 0.75));
    points.add(&report(11.0, 0.0, 0.0));
    points.add(&report(12.0, 200.0, 1.0));
    let wanted = ["throughput".to_owned(), "error_rate".to_owned(), "unknown".to_owned()];
    assert_eq!(
        series(points.readings(&wanted)),
        [
            ("throughput".to_owned(), vec![10.0, 12.0], vec![4_500.0, 12_000.0]),
            ("error_rate".to_owned(), vec![10.0, 12.0], vec![25.0, 0.0]),
        ]
    );
    // `min` is no number here, so there is no series of it.
    assert_eq!(points.readings(&[]).len(), METRICS.len() - 1);
}

#[test]
fn a_rate_that_was_not_kept_is_said() {
    let settings: Settings =
        serde_json::from_value(json!({"rate": "50/1s", "target": "GET http://h/"})).unwrap();
    let kept = report(10.0, 100.0, 1.0);
    assert_eq!(missed(&kept, &settings), None);
    let late = load::Report { missed: 25.0, requests: 75.0, ..kept };
    let text = missed(&late, &settings).unwrap();
    assert_eq!(text, "the rate 50/1s could not be kept: 25 of 100 requests (25.0 %) were not sent");
}

#[test]
fn what_is_watched_is_what_is_measured() {
    let half = report(10.0, 100.0, 0.5);
    for (metric, expected) in
        [("error_rate", Some(50.0)), ("latency_99th", Some(20.0)), ("latency_min", None), ("unknown", None)]
    {
        assert_eq!(value(metric, &half), expected, "{metric}");
    }
    assert_eq!(value("error_rate", &report(10.0, 0.0, 0.0)), None);
}
