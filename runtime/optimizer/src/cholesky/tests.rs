use super::Cholesky;

/// A = L Lᵀ with L = [[2, 0, 0], [6, 1, 0], [-8, 5, 3]] (the textbook example).
const A: [f64; 9] = [4.0, 12.0, -16.0, 12.0, 37.0, -43.0, -16.0, -43.0, 98.0];

fn near(actual: &[f64], expected: &[f64]) {
    assert!(actual.iter().zip(expected).all(|(a, e)| (a - e).abs() < 1e-9), "{actual:?} is not {expected:?}");
}

#[test]
fn the_factor_of_a_known_matrix() {
    let factor = Cholesky::new(&A, 3).unwrap();
    near(&factor.lower, &[2.0, 0.0, 0.0, 6.0, 1.0, 0.0, -8.0, 5.0, 3.0]);
}

#[test]
fn solves_undo_the_product() {
    let factor = Cholesky::new(&A, 3).unwrap();
    // A · (1, -2, 3)
    let b = [4.0 - 24.0 - 48.0, 12.0 - 74.0 - 129.0, -16.0 + 86.0 + 294.0];
    near(&factor.solve(&b), &[1.0, -2.0, 3.0]);
    near(&factor.solve_lower(&[2.0, 7.0, 0.0]), &[1.0, 1.0, 1.0]);
    let inverse = factor.inverse();
    for i in 0..3 {
        for j in 0..3 {
            let dot: f64 = (0..3).map(|k| A[i * 3 + k] * inverse[k * 3 + j]).sum();
            assert!((dot - f64::from(u8::from(i == j))).abs() < 1e-8, "{i},{j}: {dot}");
        }
    }
}

#[test]
fn a_matrix_that_is_not_positive_definite_is_refused() {
    assert!(Cholesky::new(&[1.0, 2.0, 2.0, 1.0], 2).is_none());
    assert!(Cholesky::new(&[f64::NAN], 1).is_none());
}
