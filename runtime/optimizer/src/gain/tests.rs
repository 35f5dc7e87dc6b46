use super::{Gain, Scale, short};
use crate::objective::Direction;

#[test]
fn better_is_above_one_whichever_way_is_better() {
    let up = Gain::between(Direction::Maximize, &[200.0, 210.0], &[100.0, 105.0], 0.95).unwrap();
    let down = Gain::between(Direction::Minimize, &[50.0, 52.5], &[100.0, 105.0], 0.95).unwrap();
    for gain in [up, down] {
        assert_eq!(gain.scale, Scale::Factor);
        assert!((gain.estimate - 2.0).abs() < 1e-9);
        assert!(gain.low < 2.0 && gain.high > 2.0 && gain.low > 1.0);
        assert!(gain.is_better() && gain.p_value < 0.01);
    }
}

#[test]
fn values_around_zero_are_compared_by_difference() {
    let gain = Gain::between(Direction::Minimize, &[-3.0, -1.0], &[0.0, 2.0], 0.9).unwrap();
    assert_eq!(gain.scale, Scale::Difference);
    assert!((gain.estimate - 3.0).abs() < 1e-12 && gain.is_better());
}

#[test]
fn too_few_measurements_have_no_interval() {
    assert_eq!(Gain::between(Direction::Maximize, &[], &[1.0], 0.95), None);
    let gain = Gain::between(Direction::Maximize, &[3.0], &[1.0, 1.0], 0.95).unwrap();
    assert_eq!((gain.low, gain.high), (gain.estimate, gain.estimate));
    assert_eq!((gain.confidence, gain.p_value), (0.0, 1.0));
    assert_eq!(gain.to_string(), "3.00x");
}

#[test]
fn a_hopeless_interval_is_still_a_number() {
    let gain = Gain::between(Direction::Maximize, &[1e-200, 1e200], &[1.0, 1e100], 0.99).unwrap();
    let json = serde_json::to_string(&gain).unwrap();
    assert_eq!(serde_json::from_str::<Gain>(&json).unwrap(), gain);
}

#[test]
fn numbers_read_well() {
    for (value, text) in [
        (0.0, "0.00"),
        (0.01234, "0.012"),
        (3.1459, "3.15"),
        (31.4159, "31.4"),
        (31415.9, "31416"),
        (1e-9, "1.00e-9"),
    ] {
        assert_eq!(short(value), text);
    }
}
