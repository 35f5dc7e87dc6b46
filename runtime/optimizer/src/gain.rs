//! How much better one group of measurements is than another, with its interval.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::objective::Direction;
use crate::statistics::{compare, mean};

/// The improvement of one setting over another; above 1 (or 0 for differences) is better.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Gain {
    pub scale: Scale,
    pub estimate: f64,
    /// The gain is at least this, and at most that, each with the confidence below: one-sided bounds, as the
    /// decision is a one-sided test. The estimate itself when there are too few measurements for bounds.
    pub low: f64,
    pub high: f64,
    /// Of each bound, 0.95 = 95 %; 0 when there is none.
    pub confidence: f64,
    /// One-sided: how likely such a gain is when there is none; 1 when it cannot be said.
    pub p_value: f64,
}

/// How a gain is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Ratio of the means, turned so that 2 is twice as good whichever way is better.
    Factor,
    /// Difference of the means in the objective's unit, for values that may be zero or negative.
    Difference,
}

impl Gain {
    /// Compares scores measured with a candidate to scores measured with the baseline. Noise of services grows
    /// with the value, so positive scores are compared by their logarithms. None when either side is empty.
    pub fn between(
        direction: Direction,
        candidate: &[f64],
        baseline: &[f64],
        confidence: f64,
    ) -> Option<Self> {
        if candidate.is_empty() || baseline.is_empty() {
            return None;
        }
        let positive = candidate.iter().chain(baseline).all(|v| *v > 0.0);
        let scale = if positive { Scale::Factor } else { Scale::Difference };
        let sign = if direction == Direction::Maximize { 1.0 } else { -1.0 };
        let worth = |scores: &[f64]| -> Vec<f64> {
            scores.iter().map(|v| sign * if positive { v.ln() } else { *v }).collect()
        };
        let (a, b) = (worth(candidate), worth(baseline));
        // Journals hold finite numbers only, and an interval of few measurements may overflow.
        let back = |v: f64| if positive { v.clamp(-700.0, 700.0).exp() } else { v };
        let estimate = back(mean(&a) - mean(&b));
        Some(match compare(&a, &b) {
            Some(comparison) => {
                // A two-sided interval leaves half of its error on either side.
                let (low, high) = comparison.interval(2.0 * confidence - 1.0);
                let p_value = comparison.p_value();
                Self { scale, estimate, low: back(low), high: back(high), confidence, p_value }
            }
            None => Self { scale, estimate, low: estimate, high: estimate, confidence: 0.0, p_value: 1.0 },
        })
    }

    /// Whether the estimate is on the better side of "no change".
    pub fn is_better(&self) -> bool {
        self.estimate > if self.scale == Scale::Factor { 1.0 } else { 0.0 }
    }
}

impl fmt::Display for Gain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.scale == Scale::Factor { "x" } else { "" };
        write!(f, "{}{mark}", short(self.estimate))?;
        if self.confidence > 0.0 {
            let percent = 100.0 * self.confidence;
            write!(f, " ({} to {} at {percent:.0} %)", short(self.low), short(self.high))?;
        }
        Ok(())
    }
}

/// A number in about three significant digits, without exponents for everyday sizes.
pub(crate) fn short(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-3..1e7).contains(&size) {
        return format!("{value:.2e}");
    }
    let digits = if size >= 100.0 {
        0
    } else if size >= 10.0 {
        1
    } else if size >= 1.0 || size == 0.0 {
        2
    } else {
        3
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests;
