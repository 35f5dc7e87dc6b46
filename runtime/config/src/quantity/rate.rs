//! Rates: `50/1s` and `64KiB/1s`.

use std::time::Duration;

use serde_json::Number;

use super::{Quantity, QuantityError, Size, refused};

/// So many per so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: u64,
    /// In how long; never zero.
    pub per: Duration,
}

/// So many bytes per so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteRate {
    /// How many bytes.
    pub bytes: u64,
    /// In how long; never zero.
    pub per: Duration,
}

impl Rate {
    /// The rate per second.
    pub fn per_second(self) -> f64 {
        self.count as f64 / self.per.as_secs_f64()
    }
}

impl ByteRate {
    /// Bytes per second.
    pub fn per_second(self) -> f64 {
        self.bytes as f64 / self.per.as_secs_f64()
    }
}

impl Quantity for Rate {
    const FORMAT: &'static str = "rate";
    const EXAMPLES: &'static [&'static str] = &["50/1s", "3000/1m"];

    fn from_text(text: &str) -> Result<Self, QuantityError> {
        let (count, per) = split::<Self>(text)?;
        let count = count.parse().map_err(|_| refused::<Self>(text, "the count must be a whole number"))?;
        Ok(Rate { count, per })
    }

    fn from_number(number: &Number) -> Result<Self, QuantityError> {
        number
            .as_u64()
            .map(|count| Rate { count, per: Duration::from_secs(1) })
            .ok_or_else(|| refused::<Self>(number, "a plain number is a whole count per second"))
    }

    fn to_text(&self) -> String {
        format!("{}/{}", self.count, self.per.to_text())
    }
}

impl Quantity for ByteRate {
    const FORMAT: &'static str = "byte-rate";
    const EXAMPLES: &'static [&'static str] = &["64KiB/1s"];

    fn from_text(text: &str) -> Result<Self, QuantityError> {
        let (size, per) = split::<Self>(text)?;
        let size = Size::from_text(size).map_err(|error| refused::<Self>(text, error.reason))?;
        Ok(ByteRate { bytes: size.0, per })
    }

    fn from_number(number: &Number) -> Result<Self, QuantityError> {
        Size::from_number(number)
            .map(|size| ByteRate { bytes: size.0, per: Duration::from_secs(1) })
            .map_err(|_| refused::<Self>(number, "a plain number is whole bytes per second"))
    }

    fn to_text(&self) -> String {
        format!("{}/{}", Size(self.bytes).to_text(), self.per.to_text())
    }
}

/// `50/1s`, `50/s` and `50` (a second); the interval is never zero.
fn split<T: Quantity>(text: &str) -> Result<(&str, Duration), QuantityError> {
    let Some((amount, interval)) = text.split_once('/') else {
        return Ok((text.trim(), Duration::from_secs(1)));
    };
    let interval = interval.trim();
    let bare_unit = !interval.is_empty() && interval.chars().all(char::is_alphabetic);
    let written = if bare_unit { format!("1{interval}") } else { interval.to_owned() };
    let per = Duration::from_text(&written).map_err(|error| refused::<T>(text, error.reason))?;
    if per.is_zero() {
        return Err(refused::<T>(text, "the interval is zero"));
    }
    Ok((amount.trim(), per))
}
