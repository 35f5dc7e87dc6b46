//! CPU allowance of a call: `2s + 5%`.

use std::time::Duration;

use serde_json::Number;

use super::{Percent, Quantity, QuantityError, refused};

/// CPU time that one call may use: a fixed part and a share of the time the call was asked to take.
///
/// What is not written is zero: `2s` allows two seconds, however long the call waits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CpuLimit {
    /// The fixed part.
    pub fixed: Duration,
    /// Share of the asked duration, as a fraction.
    pub share: f64,
}

/// As a fraction: far more than a call with its one thread can use.
const SHARE_MAX: f64 = 100.0;

impl Quantity for CpuLimit {
    const FORMAT: &'static str = "cpu-limit";
    const EXAMPLES: &'static [&'static str] = &["2s + 5%", "500ms", "10%"];

    fn from_text(text: &str) -> Result<Self, QuantityError> {
        let mut limit = CpuLimit { fixed: Duration::ZERO, share: 0.0 };
        for part in text.split('+') {
            if part.trim_end().ends_with('%') {
                let share = Percent::from_text(part).map_err(|error| refused::<Self>(text, error.reason))?;
                limit.share += share.fraction;
            } else {
                let fixed = Duration::from_text(part).map_err(|error| refused::<Self>(text, error.reason))?;
                limit.fixed =
                    limit.fixed.checked_add(fixed).ok_or_else(|| refused::<Self>(text, "it is too long"))?;
            }
        }
        if limit.share > SHARE_MAX {
            return Err(refused::<Self>(text, "its share is more than 10000%"));
        }
        Ok(limit)
    }

    fn from_number(number: &Number) -> Result<Self, QuantityError> {
        let fixed = Duration::from_number(number).map_err(|error| refused::<Self>(number, error.reason))?;
        Ok(CpuLimit { fixed, share: 0.0 })
    }

    fn to_text(&self) -> String {
        let share = Percent { fraction: self.share }.to_text();
        match (self.fixed.is_zero(), self.share > 0.0) {
            (_, false) => self.fixed.to_text(),
            (true, true) => share,
            (false, true) => format!("{} + {share}", self.fixed.to_text()),
        }
    }
}
