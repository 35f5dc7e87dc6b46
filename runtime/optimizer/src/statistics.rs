//! Means, spreads and the two distributions the tuner needs: normal and Student's t.

mod normal;
mod student;

pub(crate) use normal::{log_cdf, log_expected_improvement, quantile};
pub(crate) use student::{compare, t_upper_tail};

/// Arithmetic mean; NaN when there is nothing to average.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Unbiased variance; 0 for fewer than two values.
pub(crate) fn variance(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let center = mean(values);
    values.iter().map(|v| (v - center).powi(2)).sum::<f64>() / (values.len() - 1) as f64
}

/// The middle value (mean of the two middle ones); NaN when empty.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    if n == 0 {
        return f64::NAN;
    }
    (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0
}

/// Where `is_below` turns from true to false between `low` and `high`, after so many halvings.
fn bisect(mut low: f64, mut high: f64, halvings: u32, is_below: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..halvings {
        let middle = 0.5 * (low + high);
        if is_below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests;
