//! Lengths of time: a number of seconds, or a text such as `1m30s`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::error::WireError;
use super::scalar::number;

/// A length of time as it was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Time {
    /// Seconds.
    Seconds(Number),
    /// Numbers with units.
    Text(String),
}

/// The longest that can be asked of a connector: its contract counts milliseconds in 32 bits.
pub(super) const ASKED_MAX: Duration = Duration::from_millis(u32::MAX as u64);

const UNITS: [(&str, f64); 12] = [
    ("ns", 1e-9),
    ("us", 1e-6),
    ("µs", 1e-6),
    ("μs", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("m", 60.0),
    ("h", 3600.0),
    ("d", 86_400.0),
    ("w", 604_800.0),
    ("mm", 2_592_000.0),
    ("y", 31_536_000.0),
];

impl Time {
    /// A length of time in seconds.
    pub fn of(duration: Duration) -> Self {
        Self::Seconds(
            number(duration.as_secs_f64(), false).unwrap_or_else(|| Number::from(duration.as_secs())),
        )
    }

    /// The length of time.
    ///
    /// # Errors
    /// It is negative, longer than `longest`, or its text is not made of numbers with units; named by `path`.
    pub fn to_duration(&self, path: &str, longest: Duration) -> Result<Duration, WireError> {
        let (seconds, shown) = match self {
            Self::Seconds(number) => (number.as_f64(), number.to_string()),
            Self::Text(text) => (seconds(text), format!("{text:?}")),
        };
        let duration =
            seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).ok_or_else(|| {
                WireError::value(
                    path,
                    format!("{shown} is neither a number of seconds nor a text such as `1m30s`"),
                )
            })?;
        if duration > longest {
            let limit = longest.as_secs();
            return Err(WireError::value(
                path,
                format!("{shown} is longer than {limit} seconds, the most there is"),
            ));
        }
        Ok(duration)
    }
}

fn seconds(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    if let Ok(number) = rest.parse::<f64>() {
        return Some(number);
    }
    let mut total = None;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?.trim_start();
        let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let unit = rest.get(..end)?;
        let (_, size) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total = Some(total.unwrap_or(0.0) + number * size);
        rest = rest.get(end..)?.trim_start();
    }
    total
}

#[cfg(test)]
mod tests;
