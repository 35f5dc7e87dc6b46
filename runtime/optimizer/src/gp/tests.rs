use super::{Data, Gp, Metric, matern, scaled_distance};

fn data(metrics: Vec<Metric>, rows: Vec<Vec<f64>>, targets: Vec<f64>) -> Data {
    Data { extra_noise: vec![0.0; rows.len()], metrics, rows, targets }
}

fn sine(count: usize) -> Data {
    let rows: Vec<Vec<f64>> = (0..count).map(|i| vec![i as f64 / (count - 1) as f64]).collect();
    let targets = rows.iter().map(|r| 1.4 * (6.0 * r[0]).sin()).collect();
    data(vec![Metric::Ordered], rows, targets)
}

#[test]
fn the_kernel_matches_known_values() {
    assert_eq!(matern(0.0), 1.0);
    // r = 1: (1 + √5 + 5/3) e^{-√5}
    assert!((matern(1.0) - 0.5239941088318203).abs() < 1e-12);
    let metrics = [Metric::Ordered, Metric::Category];
    let distance = scaled_distance(&metrics, &[4.0, 9.0], &[0.0, 2.0], &[0.5, 1.0]);
    assert!((distance - (4.0 * 0.25 + 9.0)).abs() < 1e-12);
}

#[test]
fn a_smooth_function_is_learnt_from_ten_points() {
    let gp = Gp::fit(&sine(10)).unwrap();
    for x in [0.05, 0.33, 0.61, 0.95] {
        let (mean, deviation) = gp.predict(&[x]);
        let truth = 1.4 * (6.0 * x).sin();
        assert!((mean - truth).abs() < 0.1, "at {x}: {mean} for {truth}");
        assert!(deviation < 0.3);
    }
    assert!(gp.noise_deviation() < 0.1);
}

#[test]
fn the_unknown_is_uncertain() {
    let mut data = sine(6);
    for row in &mut data.rows {
        row[0] *= 0.4;
    }
    let gp = Gp::fit(&data).unwrap();
    assert!(gp.predict(&[1.0]).1 > 3.0 * gp.predict(&[0.2]).1);
}

#[test]
fn repeats_that_disagree_are_noise() {
    let rows: Vec<Vec<f64>> = (0..12).map(|i| vec![f64::from(i / 3) / 3.0]).collect();
    let targets = (0..12).map(|i| [0.6, -0.6, 0.0][i % 3]).collect();
    let gp = Gp::fit(&data(vec![Metric::Ordered], rows, targets)).unwrap();
    assert!(gp.noise_deviation() > 0.3, "{}", gp.noise_deviation());
    assert!(gp.predict(&[0.5]).0.abs() < 0.2);
}

#[test]
fn noise_known_beforehand_takes_weight_from_a_row() {
    let mut data = data(vec![Metric::Ordered], vec![vec![0.5], vec![0.5]], vec![1.0, -1.0]);
    data.extra_noise = vec![0.0, 100.0];
    assert!(Gp::fit(&data).unwrap().predict(&[0.5]).0 > 0.4);
}

#[test]
fn an_axis_that_does_not_matter_gets_a_long_scale() {
    let rows: Vec<Vec<f64>> = (0..16).map(|i| vec![f64::from(i % 4) / 3.0, f64::from(i / 4) / 3.0]).collect();
    let targets = rows.iter().map(|r| 2.0 * (5.0 * r[0]).sin()).collect();
    let gp = Gp::fit(&data(vec![Metric::Ordered; 2], rows, targets)).unwrap();
    assert!(gp.inverse_squares[0] > 5.0 * gp.inverse_squares[1], "{:?}", gp.inverse_squares);
}

#[test]
fn nothing_or_nonsense_is_no_model() {
    assert!(Gp::fit(&data(vec![Metric::Ordered], Vec::new(), Vec::new())).is_none());
    assert!(Gp::fit(&data(vec![Metric::Ordered], vec![vec![0.1]], vec![f64::NAN])).is_none());
}
