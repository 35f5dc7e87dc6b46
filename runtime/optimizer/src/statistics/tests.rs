use super::student::{compare, t_quantile, t_upper_tail};
use super::{log_cdf, log_expected_improvement, median, quantile, variance};

fn near(actual: f64, expected: f64, tolerance: f64) {
    let scale = expected.abs().max(1.0);
    assert!((actual - expected).abs() <= tolerance * scale, "{actual} is not {expected}");
}

#[test]
fn the_normal_distribution_matches_known_values() {
    for (z, expected) in [
        (0.0, -std::f64::consts::LN_2),
        (1.959963984540054, 0.975f64.ln()),
        (-1.0, -1.841021645009264),
        (-5.0, -15.064998393988725),
        (-10.0, -53.23128515051247),
        (-40.0, -804.6084420137538),
    ] {
        near(log_cdf(z), expected, 1e-10);
    }
    near(quantile(0.975), 1.959963984540054, 1e-10);
    near(quantile(0.5), 0.0, 1e-10);
}

#[test]
fn log_expected_improvement_is_exact_near_and_finite_far() {
    // φ(0) = 0.3989…; at z = 1: φ(1) + Φ(1) = 1.0833154705876864
    near(log_expected_improvement(0.0, 0.0, 1.0), (1.0 / std::f64::consts::TAU.sqrt()).ln(), 1e-12);
    near(log_expected_improvement(1.0, 0.0, 1.0), 1.0833154705876864f64.ln(), 1e-12);
    // z = -1: φ(1) - 1·Φ(-1) = 0.08331547058768628
    near(log_expected_improvement(-1.0, 0.0, 1.0), 0.08331547058768628f64.ln(), 1e-10);
    let mut last = f64::INFINITY;
    for step in 0..400 {
        let value = log_expected_improvement(-0.25 * f64::from(step), 0.0, 1.0);
        assert!(value.is_finite() && value < last, "step {step}: {value} after {last}");
        last = value;
    }
    near(log_expected_improvement(2.0, 0.5, 0.0), 1.5f64.ln(), 1e-12);
}

#[test]
fn the_tail_has_no_seam_where_the_formulas_meet() {
    for seam in [-1.0, -25.0] {
        let step = 1e-9;
        let below = log_expected_improvement(seam - step, 0.0, 1.0);
        let above = log_expected_improvement(seam + step, 0.0, 1.0);
        assert!((above - below).abs() < 1e-6, "at {seam}: {below} and {above}");
    }
}

#[test]
fn student_matches_printed_tables() {
    for (t, degrees, tail) in [
        (6.313751515, 1.0, 0.05),
        (2.919985580, 2.0, 0.05),
        (2.015048373, 5.0, 0.05),
        (2.228138852, 10.0, 0.025),
    ] {
        near(t_upper_tail(t, degrees), tail, 1e-8);
        near(t_quantile(1.0 - tail, degrees), t, 1e-7);
    }
    near(t_upper_tail(-2.0, 7.0), 1.0 - t_upper_tail(2.0, 7.0), 1e-12);
}

#[test]
fn two_samples_compare_as_welch_says() {
    // By hand: means 20 and 22, variances 4 and 1, standard error √(4/3 + 1/3).
    let comparison = compare(&[18.0, 20.0, 22.0], &[21.0, 22.0, 23.0]).unwrap();
    near(comparison.difference, -2.0, 1e-12);
    near(comparison.standard_error, (5.0f64 / 3.0).sqrt(), 1e-12);
    near(
        comparison.degrees,
        (5.0f64 / 3.0).powi(2) / ((4.0f64 / 3.0).powi(2) / 2.0 + (1.0f64 / 3.0).powi(2) / 2.0),
        1e-12,
    );
    assert!(comparison.p_value() > 0.5);
    assert_eq!(compare(&[1.0], &[2.0, 3.0]), None);
    assert_eq!(compare(&[2.0, 2.0], &[1.0, 1.0]).map(|c| c.p_value()), Some(0.0));
}

#[test]
fn small_samples_have_a_middle_and_a_spread() {
    assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
    assert_eq!(median(&[4.0, 1.0]), 2.5);
    assert!(median(&[]).is_nan());
    assert_eq!(variance(&[5.0]), 0.0);
    assert_eq!(variance(&[1.0, 3.0]), 2.0);
}
