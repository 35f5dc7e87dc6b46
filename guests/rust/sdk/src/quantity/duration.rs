//! `1m30s`, `300ms`, or a number of seconds.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// A length of time in the settings. Units are ns, us (µs), ms, s, m, h, d, w, mm (30 days) and y (365 days); a plain
/// number is seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Duration(std::time::Duration);

const SECOND: f64 = 1.0;
const DAY: f64 = 86_400.0 * SECOND;
const UNITS: [(&str, f64); 12] = [
    ("ns", 1e-9),
    ("us", 1e-6),
    ("µs", 1e-6),
    ("μs", 1e-6),
    ("ms", 1e-3),
    ("s", SECOND),
    ("m", 60.0 * SECOND),
    ("h", 3_600.0 * SECOND),
    ("d", DAY),
    ("w", 7.0 * DAY),
    ("mm", 30.0 * DAY),
    ("y", 365.0 * DAY),
];

impl Duration {
    /// So many seconds.
    pub const fn from_secs(seconds: u64) -> Duration {
        Duration(std::time::Duration::from_secs(seconds))
    }

    /// So many milliseconds.
    pub const fn from_millis(milliseconds: u64) -> Duration {
        Duration(std::time::Duration::from_millis(milliseconds))
    }

    /// The standard library's form.
    pub const fn get(self) -> std::time::Duration {
        self.0
    }

    /// Milliseconds as the contract counts them; 49 days at most.
    pub fn millis(self) -> u32 {
        u32::try_from(self.0.as_millis()).unwrap_or(u32::MAX)
    }
}

impl From<std::time::Duration> for Duration {
    fn from(duration: std::time::Duration) -> Duration {
        Duration(duration)
    }
}

impl From<Duration> for std::time::Duration {
    fn from(duration: Duration) -> std::time::Duration {
        duration.0
    }
}

impl FromStr for Duration {
    type Err = String;

    fn from_str(text: &str) -> Result<Duration, String> {
        let wrong = |why: String| format!("`{text}` is not a duration: {why}; write it like `1m30s`");
        let mut rest = text.trim();
        if rest == "0" {
            return Ok(Duration::default());
        }
        if rest.is_empty() {
            return Err(wrong("it is empty".to_owned()));
        }
        let mut seconds = 0.0;
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            let (digits, after) = rest.split_at(end);
            let number: f64 =
                digits.parse().map_err(|_| wrong(format!("`{rest}` does not start with a number")))?;
            let after = after.trim_start();
            let end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
            let (unit, after) = after.split_at(end);
            if unit.is_empty() {
                return Err(wrong(format!("`{digits}` has no unit")));
            }
            let (_, size) = UNITS
                .iter()
                .find(|(name, _)| *name == unit)
                .ok_or_else(|| wrong(format!("`{unit}` is not a unit of time")))?;
            seconds += number * size;
            rest = after.trim_start();
        }
        from_seconds(seconds).ok_or_else(|| wrong("it is too long".to_owned()))
    }
}

/// The notation that this type reads: `1h30m`, `1m0.5s`, `300ms`, `0s`.
impl fmt::Display for Duration {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < std::time::Duration::from_secs(1) && !self.0.is_zero() {
            return write!(to, "{}ms", self.0.as_secs_f64() * 1e3);
        }
        let whole = self.0.as_secs();
        let mut minutes = whole / 60;
        for (unit, size) in [("d", 1_440), ("h", 60), ("m", 1)] {
            if minutes >= size {
                write!(to, "{}{unit}", minutes / size)?;
                minutes %= size;
            }
        }
        let seconds = (whole % 60) as f64 + f64::from(self.0.subsec_millis()) / 1e3;
        if seconds > 0.0 || whole == 0 { write!(to, "{seconds}s") } else { Ok(()) }
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        from.deserialize_any(Reader)
    }
}

impl JsonSchema for Duration {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "number"],
            "format": "duration",
            "pattern": "^\\s*(0|([0-9]*\\.?[0-9]+\\s*(ns|us|µs|μs|ms|s|mm|m|h|d|w|y)\\s*)+)\\s*$",
            "minimum": 0,
            "examples": ["300ms", "5m", "2h45m"],
        })
    }
}

struct Reader;

impl Visitor<'_> for Reader {
    type Value = Duration;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a duration such as `1m30s`, or a number of seconds")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Duration, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Duration, E> {
        Ok(Duration::from_secs(seconds))
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Duration, E> {
        self.visit_f64(seconds as f64)
    }

    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Duration, E> {
        from_seconds(seconds)
            .ok_or_else(|| E::custom(format!("`{seconds}` is not a duration: seconds are not negative")))
    }
}

fn from_seconds(seconds: f64) -> Option<Duration> {
    // Whole nanoseconds: sums of decimal parts are a little off in binary.
    let nanos = (seconds * 1e9).round();
    std::time::Duration::try_from_secs_f64(nanos / 1e9).ok().map(Duration)
}

#[cfg(test)]
mod tests;
