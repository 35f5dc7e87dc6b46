//! The output warp: makes measured losses look Gaussian, with most of the resolution at the good end.
//!
//! Losses are scaled so that the best is 0 and the median is 1, then bent by a Yeo-Johnson power chosen by
//! maximum likelihood under a weak prior, then brought to mean 0 and deviation 1.

use crate::statistics::{mean, median, variance};

/// How strongly the power is pulled towards 1 (no bend): a prior deviation in units of the power.
const POWER_PRIOR_DEVIATION: f64 = 0.75;
/// Powers outside this range bend so hard that one point decides the fit.
const POWERS: (f64, f64) = (-1.0, 2.0);

/// A monotone map from losses to z-scores.
#[derive(Debug, Clone)]
pub(crate) struct Warp {
    best: f64,
    scale: f64,
    power: f64,
    center: f64,
    deviation: f64,
}

impl Warp {
    /// Fits the warp to `losses` (lower is better); the identity-like fall-back for fewer than two.
    pub(crate) fn fit(losses: &[f64]) -> Self {
        let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
        let best = if best.is_finite() { best } else { 0.0 };
        let spread = variance(losses).sqrt();
        let gap = median(losses) - best;
        let scale = if gap > 1e-12 * best.abs().max(1e-300) {
            gap
        } else if spread > 0.0 {
            spread
        } else {
            best.abs().max(1.0)
        };
        let scaled: Vec<f64> = losses.iter().map(|l| (l - best) / scale).collect();
        let power = if losses.len() >= 4 { fit_power(&scaled) } else { 1.0 };
        let bent: Vec<f64> = scaled.iter().map(|s| bend(*s, power)).collect();
        let center = if bent.is_empty() { 0.0 } else { mean(&bent) };
        let deviation = variance(&bent).sqrt();
        let deviation = if deviation > 1e-9 { deviation } else { 1.0 };
        Self { best, scale, power, center, deviation }
    }

    pub(crate) fn forward(&self, loss: f64) -> f64 {
        (bend((loss - self.best) / self.scale, self.power) - self.center) / self.deviation
    }

    /// The loss of a z-score; scores past the end of the bent range map to a far but finite loss.
    pub(crate) fn backward(&self, z: f64) -> f64 {
        self.best + self.scale * unbend(z * self.deviation + self.center, self.power)
    }
}

/// Maximum a posteriori over a grid: the likelihood is smooth and 61 evaluations are cheap.
fn fit_power(scaled: &[f64]) -> f64 {
    let n = scaled.len() as f64;
    let jacobian: f64 = scaled.iter().map(|s| s.signum() * s.abs().ln_1p()).sum();
    let mut best = (f64::NEG_INFINITY, 1.0);
    for step in 0..=60 {
        let power = POWERS.0 + (POWERS.1 - POWERS.0) * f64::from(step) / 60.0;
        let bent: Vec<f64> = scaled.iter().map(|s| bend(*s, power)).collect();
        let prior = -0.5 * ((power - 1.0) / POWER_PRIOR_DEVIATION).powi(2);
        let fit = -0.5 * n * variance(&bent).max(1e-12).ln() + (power - 1.0) * jacobian + prior;
        if fit > best.0 {
            best = (fit, power);
        }
    }
    best.1
}

/// Yeo-Johnson.
fn bend(x: f64, power: f64) -> f64 {
    if x >= 0.0 {
        if power.abs() < 1e-9 { x.ln_1p() } else { (power * x.ln_1p()).exp_m1() / power }
    } else {
        let other = 2.0 - power;
        if other.abs() < 1e-9 { -(-x).ln_1p() } else { -(other * (-x).ln_1p()).exp_m1() / other }
    }
}

fn unbend(y: f64, power: f64) -> f64 {
    // Where the bent range ends (power < 0), stay just inside it.
    let log = |p: f64, y: f64| (p * y).max(-1.0 + 1e-6).ln_1p() / p;
    if y >= 0.0 {
        if power.abs() < 1e-9 { y.exp_m1() } else { log(power, y).exp_m1() }
    } else {
        let other = 2.0 - power;
        if other.abs() < 1e-9 { -(-y).exp_m1() } else { -log(other, -y).exp_m1() }
    }
}

#[cfg(test)]
mod tests;
