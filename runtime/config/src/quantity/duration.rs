//! Durations: `1h30m`, `300ms`, or a number of seconds.

use std::time::Duration;

use serde_json::Number;

use super::scan::{Decimal, take_unit};
use super::{Quantity, QuantityError, refused};

const UNITS: [(&str, u128); 12] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3_600 * SECOND),
    ("d", DAY),
    ("w", 7 * DAY),
    ("mm", 30 * DAY),
    ("y", 365 * DAY),
];
const SECOND: u128 = 1_000_000_000;
const DAY: u128 = 86_400 * SECOND;
/// Nothing that servo waits for takes longer; deadlines that are added up stay far from what a clock can hold.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 86_400);

/// Reads a duration such as `1h30m`, `300ms` or `2d 4h`.
///
/// Units are ns, us (µs), ms, s, m, h, d, w, mm (30 days) and y (365 days); a month is `mm`, a minute `m`.
///
/// # Errors
/// When a number lacks its unit, a unit is unknown, the value is negative or longer than ten years.
pub fn parse_duration(text: &str) -> Result<Duration, QuantityError> {
    Duration::from_text(text)
}

/// Writes a duration the way ServoX does: `1h30m0.5s`, `7d`, `1mm`, `12ms300us`, `0`.
pub fn format_duration(duration: Duration) -> String {
    duration.to_text()
}

impl Quantity for Duration {
    const FORMAT: &'static str = "duration";
    const EXAMPLES: &'static [&'static str] = &["1m30s", "300ms", "2h45m"];

    fn from_text(text: &str) -> Result<Self, QuantityError> {
        let trimmed = text.trim();
        if trimmed == "0" {
            return Ok(Duration::ZERO);
        }
        if trimmed.is_empty() {
            return Err(refused::<Self>(text, "it is empty"));
        }
        if trimmed.starts_with('-') {
            return Err(refused::<Self>(text, "it is negative"));
        }
        let mut rest = trimmed;
        let mut total: u128 = 0;
        while !rest.is_empty() {
            let Some((number, after)) = Decimal::take(rest) else {
                return Err(refused::<Self>(text, format!("`{rest}` does not start with a number")));
            };
            let digits = &rest[..rest.len() - after.len()];
            let (unit, after) = take_unit(after.trim_start());
            let Some(&(_, nanos)) = UNITS.iter().find(|(name, _)| *name == unit) else {
                return Err(unknown_unit(text, digits, unit));
            };
            total =
                number.times(nanos).and_then(|part| total.checked_add(part)).ok_or_else(|| too_long(text))?;
            rest = after.trim_start();
        }
        within(from_nanos(total), text)
    }

    fn from_number(number: &Number) -> Result<Self, QuantityError> {
        let seconds = number.as_f64().unwrap_or(f64::NAN);
        if seconds.is_nan() || seconds < 0.0 {
            return Err(refused::<Self>(number, "a plain number is seconds, and not negative"));
        }
        within(Duration::try_from_secs_f64(seconds).ok(), number)
    }

    fn to_text(&self) -> String {
        let nanos = self.as_nanos();
        if nanos == 0 {
            return "0".to_owned();
        }
        let mut text = String::new();
        if nanos < SECOND {
            units_of(nanos, &[("ms", 1_000_000), ("us", 1_000), ("ns", 1)], &mut text);
            return text;
        }
        let whole = nanos - nanos % (60 * SECOND);
        units_of(
            whole,
            &[("y", 365 * DAY), ("mm", 30 * DAY), ("d", DAY), ("h", 3_600 * SECOND), ("m", 60 * SECOND)],
            &mut text,
        );
        let rest = nanos - whole;
        if rest > 0 {
            let fraction = format!("{:09}", rest % SECOND);
            let fraction = fraction.trim_end_matches('0');
            let dot = if fraction.is_empty() { "" } else { "." };
            text.push_str(&format!("{}{dot}{fraction}s", rest / SECOND));
        }
        text
    }
}

/// The duration, unless it is none or too long.
fn within(duration: Option<Duration>, text: impl ToString) -> Result<Duration, QuantityError> {
    duration.filter(|duration| *duration <= LONGEST).ok_or_else(|| too_long(text))
}

fn too_long(text: impl ToString) -> QuantityError {
    refused::<Duration>(text, "it is longer than 10 years")
}

fn units_of(mut rest: u128, units: &[(&str, u128)], text: &mut String) {
    for (name, size) in units {
        if rest >= *size {
            text.push_str(&format!("{}{name}", rest / size));
            rest %= size;
        }
    }
}

fn from_nanos(total: u128) -> Option<Duration> {
    let seconds = u64::try_from(total / SECOND).ok()?;
    let nanos = u32::try_from(total % SECOND).ok()?;
    Some(Duration::new(seconds, nanos))
}

fn unknown_unit(text: &str, digits: &str, unit: &str) -> QuantityError {
    let mut error = if unit.is_empty() {
        let mut error = refused::<Duration>(text, format!("`{digits}` has no unit"));
        error.example = format!("{}s", text.trim());
        error
    } else {
        refused::<Duration>(
            text,
            format!("`{unit}` is not a unit of time (ns, us, ms, s, m, h, d, w, mm for 30 days, y)"),
        )
    };
    // Appending `s` helps only when everything before it is right.
    if error.example.len() > 40 || Duration::from_text(&error.example).is_err() {
        error.example = Duration::EXAMPLES[0].to_owned();
    }
    error
}
