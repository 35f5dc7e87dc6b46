use super::*;

#[test]
fn each_count_weighs_as_long_as_it_held() {
    let up = |count: f64| Some(Counts([count, 3.0 - count, 0.0]));
    let mut averages = Averages::new(100.0);
    averages.see(100.0, up(3.0));
    averages.see(107.5, up(2.0));
    averages.cut(110.0);
    averages.cut(120.0);
    // Nothing is known for a while: what is known weighs alone, and a step without anything has no value.
    averages.see(125.0, None);
    averages.cut(130.0);
    averages.cut(140.0);
    averages.see(149.0, up(1.0));
    averages.cut(150.0);
    assert_eq!(
        averages.points,
        [
            (110.0, [2.75, 0.25, 0.0]),
            (120.0, [2.0, 1.0, 0.0]),
            (130.0, [2.0, 1.0, 0.0]),
            (150.0, [1.0, 2.0, 0.0])
        ]
    );
}

#[test]
fn no_time_has_no_mean() {
    let mut averages = Averages::new(1.0);
    averages.see(1.0, Some(Counts::default()));
    averages.cut(1.0);
    // Nor has time that goes backwards.
    averages.cut(0.5);
    assert!(averages.points.is_empty());
}
