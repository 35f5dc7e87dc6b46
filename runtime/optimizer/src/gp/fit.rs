//! The posterior mode of a Gaussian process' hyper-parameters.

use super::{Data, matern, squared_distance};
use crate::cholesky::Cholesky;

/// Keeps the matrix positive definite when two rows are equal and the noise is small.
pub(super) const JITTER: f64 = 1e-8;
/// Adam steps: the objective is flat long before, and the count bounds the cost.
const STEPS: usize = 40;
const RATE: f64 = 0.12;
/// Centre of the prior for one axis: e⁻¹ of the range. Longer ones make the model sure of straight lines after
/// six points, and the search ends in a corner.
const LENGTH_CENTER: f64 = -1.0;
/// Deviation of the prior on every log length scale.
const LENGTH_DEVIATION: f64 = 1.2;
/// Prior on the log noise deviation, in units of the deviation of the targets: services are noisy.
const NOISE_CENTER: f64 = -2.0;
const NOISE_DEVIATION: f64 = 0.8;
const SIGNAL_DEVIATION: f64 = 0.5;

/// Logarithms: length scales, then signal deviation, then noise deviation.
#[derive(Debug, Clone)]
pub(super) struct Parameters {
    log: Vec<f64>,
}

impl Parameters {
    fn start(axes: usize) -> Self {
        let mut log = vec![length_center(axes); axes];
        log.extend([0.0, NOISE_CENTER]);
        Self { log }
    }

    fn axes(&self) -> usize {
        self.log.len() - 2
    }

    pub(super) fn inverse_squares(&self) -> Vec<f64> {
        self.log[..self.axes()].iter().map(|l| (-2.0 * l).exp()).collect()
    }

    pub(super) fn signal(&self) -> f64 {
        (2.0 * self.log[self.axes()]).exp()
    }

    pub(super) fn noise(&self) -> f64 {
        (2.0 * self.log[self.axes() + 1]).exp()
    }
}

/// The prior centre of a log length scale: the more axes, the longer, so that distances stay of order one.
fn length_center(axes: usize) -> f64 {
    LENGTH_CENTER + 0.5 * (axes.max(1) as f64).ln()
}

pub(super) fn posterior_mode(data: &Data) -> Parameters {
    let axes = data.metrics.len();
    let mut parameters = Parameters::start(axes);
    let distances = pair_distances(data);
    let (mut first, mut second) = (vec![0.0; axes + 2], vec![0.0; axes + 2]);
    for step in 1..=STEPS {
        let Some(gradient) = gradient(data, &distances, &parameters) else { break };
        for i in 0..axes + 2 {
            first[i] = 0.9 * first[i] + 0.1 * gradient[i];
            second[i] = 0.99 * second[i] + 0.01 * gradient[i] * gradient[i];
            let corrected = first[i] / (1.0 - 0.9f64.powi(step as i32));
            let size = (second[i] / (1.0 - 0.99f64.powi(step as i32))).sqrt() + 1e-9;
            let value = parameters.log[i] + RATE * corrected / size;
            parameters.log[i] = if i == axes + 1 { value.clamp(-5.0, 0.5) } else { value.clamp(-4.0, 6.0) };
        }
    }
    parameters
}

/// The generalised least squares mean of the targets.
pub(super) fn trend(factor: &Cholesky, targets: &[f64]) -> f64 {
    let ones = vec![1.0; targets.len()];
    let weights = factor.solve(&ones);
    let total: f64 = weights.iter().sum();
    // One pseudo-observation at 0: targets are standardised, and a trend of few points is a rumour.
    weights.iter().zip(targets).map(|(w, t)| w * t).sum::<f64>() / (total + 1.0)
}

/// Squared distance per pair (lower triangle, row by row) and axis.
fn pair_distances(data: &Data) -> Vec<f64> {
    let mut out = Vec::new();
    for (i, a) in data.rows.iter().enumerate() {
        for b in &data.rows[..i] {
            for (axis, metric) in data.metrics.iter().enumerate() {
                out.push(squared_distance(*metric, a[axis], b[axis]));
            }
        }
    }
    out
}

/// Gradient of the log posterior; none when the matrix cannot be factored.
fn gradient(data: &Data, distances: &[f64], parameters: &Parameters) -> Option<Vec<f64>> {
    let (n, axes) = (data.rows.len(), parameters.axes());
    let inverse_squares = parameters.inverse_squares();
    let (signal, noise) = (parameters.signal(), parameters.noise());
    let mut matrix = vec![0.0; n * n];
    let mut slopes = vec![0.0; n * n];
    let mut pair = 0;
    for i in 0..n {
        for j in 0..i {
            let squares = &distances[pair * axes..(pair + 1) * axes];
            pair += 1;
            let r2: f64 = squares.iter().zip(&inverse_squares).map(|(d, w)| d * w).sum();
            let s = (5.0 * r2).sqrt();
            let value = signal * matern(r2);
            matrix[i * n + j] = value;
            matrix[j * n + i] = value;
            // d k / d log lᵢ = signal · 5/3 (1 + s) e^{-s} · dᵢ²/lᵢ²
            slopes[i * n + j] = signal * 5.0 / 3.0 * (1.0 + s) * (-s).exp();
        }
        matrix[i * n + i] = signal + noise + data.extra_noise[i] + JITTER;
    }
    let factor = Cholesky::new(&matrix, n)?;
    let mean = trend(&factor, &data.targets);
    let centered: Vec<f64> = data.targets.iter().map(|t| t - mean).collect();
    let weights = factor.solve(&centered);
    let inverse = factor.inverse();

    let mut out = vec![0.0; axes + 2];
    let mut pair = 0;
    for i in 0..n {
        let own = weights[i] * weights[i] - inverse[i * n + i];
        out[axes] += own * signal;
        out[axes + 1] += own * noise;
        for j in 0..i {
            let outer = weights[i] * weights[j] - inverse[i * n + j];
            let squares = &distances[pair * axes..(pair + 1) * axes];
            pair += 1;
            // The pair appears twice in the symmetric matrix, which cancels the ½ of the likelihood.
            out[axes] += 2.0 * outer * matrix[i * n + j];
            for axis in 0..axes {
                out[axis] += outer * slopes[i * n + j] * squares[axis] * inverse_squares[axis];
            }
        }
    }
    let center = length_center(axes);
    for (slope, log) in out.iter_mut().zip(&parameters.log[..axes]) {
        *slope -= (log - center) / LENGTH_DEVIATION.powi(2);
    }
    out[axes] -= parameters.log[axes] / SIGNAL_DEVIATION.powi(2);
    out[axes + 1] -= (parameters.log[axes + 1] - NOISE_CENTER) / NOISE_DEVIATION.powi(2);
    Some(out)
}
