use servo_sdk::prelude::{Keep, Threshold};

use super::*;

fn above(limit: f64) -> Condition {
    Condition::new("latency", Keep::Above, Threshold::Fixed(limit))
}

#[test]
fn zero_is_a_value_unless_it_means_that_there_is_none() {
    let zero = || vec![("latency".to_owned(), 0.0)];
    let mut watch = Watch::new(&[above(5.0)], &FastFail::default()).unwrap();
    assert!(watch.check(0.0, &zero()).is_err());
    let options = FastFail { treat_zero_as_missing: true, ..FastFail::default() };
    let mut watch = Watch::new(&[above(5.0)], &options).unwrap();
    assert!(watch.check(0.0, &zero()).unwrap().starts_with("x1 missing_metric"));
    assert!(watch.check(0.0, &[("latency".to_owned(), 4.0)]).is_err());
}

#[test]
fn checks_come_every_period_after_the_skip() {
    let seconds = |seconds| servo_sdk::prelude::Duration::from_secs(seconds);
    let options = FastFail { period: seconds(10), skip: seconds(15), ..FastFail::default() };
    let mut watch = Watch::new(&[above(5.0)], &options).unwrap();
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
    assert!(Watch::new(&[above(5.0)], &options).is_none());
}
