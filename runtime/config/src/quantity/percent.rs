//! Percentages: `5%`, or a fraction between 0 and 1.

use serde_json::Number;

use super::{Quantity, QuantityError, refused};

/// A share; `0.05` is 5 %.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Percent {
    /// The share as a fraction, not negative.
    pub fraction: f64,
}

impl Quantity for Percent {
    const FORMAT: &'static str = "percentage";
    const EXAMPLES: &'static [&'static str] = &["5%", "99.5%"];

    fn from_text(text: &str) -> Result<Self, QuantityError> {
        let Some(number) = text.trim().strip_suffix('%') else {
            return Err(refused::<Self>(text, "it does not end with %"));
        };
        let number = number.trim();
        let plain = number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        match number.parse::<f64>() {
            Ok(value) if plain => Ok(Percent { fraction: value / 100.0 }),
            _ => Err(refused::<Self>(text, format!("`{number}` is not a number"))),
        }
    }

    fn from_number(number: &Number) -> Result<Self, QuantityError> {
        let fraction = number.as_f64().unwrap_or(f64::NAN);
        if !(0.0..=1.0).contains(&fraction) {
            return Err(refused::<Self>(number, "a plain number is a fraction between 0 and 1"));
        }
        Ok(Percent { fraction })
    }

    fn to_text(&self) -> String {
        // Nine digits are more than anybody writes and hide the binary rounding of 0.07 × 100.
        let text = format!("{:.9}", self.fraction * 100.0);
        format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
    }
}
