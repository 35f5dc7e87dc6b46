use servo_types::{Reading, Scalar, Series};

use super::{moment, values};

#[test]
fn short_series_are_listed_and_long_ones_summed_up() {
    let series = |values: Vec<f64>| {
        let times = (0..values.len()).map(|second| second as f64).collect();
        Reading::Series(Series { metric: "rps".into(), times, values, ..Series::default() })
    };
    assert_eq!(values(&series(vec![1.0, 2.5]), false).lines().count(), 2);
    assert!(values(&series(vec![1.0, 2.5]), false).starts_with("1.00 (19"));
    let long = values(&series(vec![1.0, 2.0, 3.0, 4.0, 5.0, 9.0]), false);
    assert!(long.starts_with("4.00, mean of 6 from 1.00 to 9.00 (until "), "{long}");
    assert!(values(&series(vec![f64::NAN; 6]), false).starts_with("no number among 6"));
    let scalar = Reading::Scalar(Scalar { metric: "rps".into(), value: 12.5, ..Scalar::default() });
    assert!(values(&scalar, false).starts_with("12.50 ("));
}

#[test]
fn moments_can_be_told_from_now() {
    let now = jiff::Timestamp::now().as_millisecond() as f64 / 1e3;
    assert_eq!(moment(now + 5.0, true), "now");
    assert!(moment(now - 90.0, true).ends_with(" ago"));
}
