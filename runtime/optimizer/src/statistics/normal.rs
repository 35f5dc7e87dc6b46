//! The normal distribution, exact far into the tail, and the logarithm of expected improvement.
//!
//! Expected improvement underflows long before candidates stop being comparable, so everything is kept
//! as a logarithm (Ament et al. 2023, "Unexpected improvements to expected improvement").

use std::f64::consts::{FRAC_1_SQRT_2, PI, TAU};

use super::bisect;

/// ln Φ(z), accurate for any finite `z`.
pub(crate) fn log_cdf(z: f64) -> f64 {
    if z > -1.0 {
        return (-0.5 * erfc(z * FRAC_1_SQRT_2)).ln_1p();
    }
    let x = -z * FRAC_1_SQRT_2;
    (0.5 * scaled_erfc(x)).ln() - x * x
}

/// The value below which a standard normal falls with probability `p` (bisection; 1e-12).
pub(crate) fn quantile(p: f64) -> f64 {
    let target = p.clamp(1e-12, 1.0 - 1e-12);
    bisect(-8.0, 8.0, 64, |value| cdf(value) < target)
}

/// ln E[max(best − Y, 0)] for Y ~ N(mean, sd²): how much lower than `best` the outcome may be.
pub(crate) fn log_expected_improvement(best: f64, mean: f64, sd: f64) -> f64 {
    if sd <= 0.0 {
        return (best - mean).max(0.0).ln();
    }
    sd.ln() + log_improvement_factor((best - mean) / sd)
}

/// ln(φ(z) + z Φ(z)).
fn log_improvement_factor(z: f64) -> f64 {
    if z > -1.0 {
        return (density(z) + z * cdf(z)).ln();
    }
    let log_density = -0.5 * z * z - 0.5 * TAU.ln();
    // φ + zΦ = φ (1 − |z| √(π/2) erfcx(|z|/√2)); where the bracket cancels, its asymptotic series.
    let bracket = if z > -25.0 {
        1.0 + z * (PI / 2.0).sqrt() * scaled_erfc(-z * FRAC_1_SQRT_2)
    } else {
        let w = 1.0 / (z * z);
        w * (1.0 - 3.0 * w * (1.0 - 5.0 * w * (1.0 - 7.0 * w * (1.0 - 9.0 * w))))
    };
    log_density + bracket.ln()
}

fn density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / TAU.sqrt()
}

fn cdf(z: f64) -> f64 {
    0.5 * erfc(-z * FRAC_1_SQRT_2)
}

fn erfc(x: f64) -> f64 {
    if x < 0.0 {
        return 2.0 - erfc(-x);
    }
    if x < 2.0 { 1.0 - erf_series(x) } else { scaled_erfc(x) * (-x * x).exp() }
}

/// exp(x²) erfc(x) for x ≥ 0: finite where erfc itself is not.
fn scaled_erfc(x: f64) -> f64 {
    if x < 2.0 {
        return (1.0 - erf_series(x)) * (x * x).exp();
    }
    // Continued fraction, evaluated from the far end; 60 levels are exact to 1e-15 from x = 2 on.
    let mut tail = 0.0;
    for k in (1..=60).rev() {
        tail = k as f64 / 2.0 / (x + tail);
    }
    1.0 / (PI.sqrt() * (x + tail))
}

/// erf by its Maclaurin-type series with positive terms (no cancellation), for |x| ≤ 2.
fn erf_series(x: f64) -> f64 {
    let (mut term, mut sum, mut k) = (x, x, 0.0);
    while term.abs() > 1e-18 && k < 100.0 {
        k += 1.0;
        term *= 2.0 * x * x / (2.0 * k + 1.0);
        sum += term;
    }
    2.0 / PI.sqrt() * (-x * x).exp() * sum
}
