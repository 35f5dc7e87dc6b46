//! A Gaussian process with a Matérn 5/2 kernel, one length scale per axis and fitted noise.
//!
//! Hyper-parameters are fitted by a fixed number of Adam steps on the log posterior with its analytic
//! gradient, so the cost of a fit is known beforehand and the result depends on the data alone.

mod fit;

use crate::cholesky::Cholesky;

/// How two coordinates of one axis are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Metric {
    /// |a − b| on the unit range.
    Ordered,
    /// 0 when equal, else 1.
    Category,
}

/// The data of a fit: rows of coordinates, targets, and noise variance known beyond the common one.
#[derive(Debug, Clone)]
pub(crate) struct Data {
    pub(crate) metrics: Vec<Metric>,
    pub(crate) rows: Vec<Vec<f64>>,
    pub(crate) targets: Vec<f64>,
    /// Added to the fitted noise variance, per row (0 = nothing).
    pub(crate) extra_noise: Vec<f64>,
}

/// The fitted model.
#[derive(Debug, Clone)]
pub(crate) struct Gp {
    metrics: Vec<Metric>,
    rows: Vec<Vec<f64>>,
    inverse_squares: Vec<f64>,
    signal: f64,
    noise: f64,
    mean: f64,
    factor: Cholesky,
    weights: Vec<f64>,
}

impl Gp {
    /// Fits to `data`; none when there are no rows or a target is not finite.
    pub(crate) fn fit(data: &Data) -> Option<Self> {
        if data.rows.is_empty() || data.targets.iter().any(|t| !t.is_finite()) {
            return None;
        }
        let n = data.rows.len();
        let parameters = fit::posterior_mode(data);
        let inverse_squares = parameters.inverse_squares();
        let (signal, noise) = (parameters.signal(), parameters.noise());
        let mut matrix = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let r2 = scaled_distance(&data.metrics, &inverse_squares, &data.rows[i], &data.rows[j]);
                let value = signal * matern(r2);
                matrix[i * n + j] = value;
                matrix[j * n + i] = value;
            }
            matrix[i * n + i] += noise + data.extra_noise[i] + fit::JITTER;
        }
        let factor = Cholesky::new(&matrix, n)?;
        let mean = fit::trend(&factor, &data.targets);
        let centered: Vec<f64> = data.targets.iter().map(|t| t - mean).collect();
        let weights = factor.solve(&centered);
        Some(Self {
            metrics: data.metrics.clone(),
            rows: data.rows.clone(),
            inverse_squares,
            signal,
            noise,
            mean,
            factor,
            weights,
        })
    }

    /// Mean and deviation of the noise-free value at `x`.
    pub(crate) fn predict(&self, x: &[f64]) -> (f64, f64) {
        let cross: Vec<f64> = self
            .rows
            .iter()
            .map(|row| self.signal * matern(scaled_distance(&self.metrics, &self.inverse_squares, row, x)))
            .collect();
        let mean = self.mean + cross.iter().zip(&self.weights).map(|(k, w)| k * w).sum::<f64>();
        let explained: f64 = self.factor.solve_lower(&cross).iter().map(|v| v * v).sum();
        (mean, (self.signal - explained).max(1e-10).sqrt())
    }

    /// Standard deviation of one measurement around the noise-free value.
    pub(crate) fn noise_deviation(&self) -> f64 {
        self.noise.sqrt()
    }
}

/// Σ (dᵢ / lᵢ)².
fn scaled_distance(metrics: &[Metric], inverse_squares: &[f64], a: &[f64], b: &[f64]) -> f64 {
    let mut sum = 0.0;
    for (i, metric) in metrics.iter().enumerate() {
        sum += squared_distance(*metric, a[i], b[i]) * inverse_squares[i];
    }
    sum
}

fn squared_distance(metric: Metric, a: f64, b: f64) -> f64 {
    match metric {
        Metric::Ordered => (a - b) * (a - b),
        Metric::Category => f64::from(u8::from((a - b).abs() > 0.25)),
    }
}

fn matern(r2: f64) -> f64 {
    let s = (5.0 * r2).sqrt();
    (1.0 + s + s * s / 3.0) * (-s).exp()
}

#[cfg(test)]
mod tests;
