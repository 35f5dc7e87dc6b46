//! How many requests in how much time, in the notation people know from vegeta: `50`, `50/1s`, `3000/m`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Requests per period. Zero requests means no rate: as fast as the connections allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate {
    requests: u64,
    per: Duration,
}

/// Why a text is not a rate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RateError {
    /// The part before the slash is not a whole number.
    #[error("rate `{text}`: `{count}` is not a whole number of requests; write `50` or `50/1s`")]
    Count {
        /// The whole text.
        text: String,
        /// The part that was not understood.
        count: String,
    },
    /// The part after the slash is not a duration.
    #[error("rate `{text}`: `{period}` is not a duration; write a unit (`50/s`) or a duration (`50/1m30s`)")]
    Period {
        /// The whole text.
        text: String,
        /// The part that was not understood.
        period: String,
    },
    /// More than can be scheduled: one request a nanosecond is the limit.
    #[error("rate `{text}` is more than one request per nanosecond; lower it, or use 0 for no limit")]
    TooHigh {
        /// The whole text.
        text: String,
    },
}

impl Rate {
    /// No rate: as fast as the connections allow.
    pub const UNLIMITED: Rate = Rate { requests: 0, per: Duration::from_secs(1) };

    /// `requests` in every `per`.
    ///
    /// # Errors
    /// A period of zero, or more than one request per nanosecond.
    pub fn new(requests: u64, per: Duration) -> Result<Rate, RateError> {
        let text = || format!("{requests}/{per:?}");
        if per.is_zero() {
            return Err(RateError::Period { text: text(), period: "0s".to_owned() });
        }
        if u128::from(requests) > per.as_nanos() {
            return Err(RateError::TooHigh { text: text() });
        }
        Ok(Rate { requests, per })
    }

    /// Requests in one period; 0 when there is no rate.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// The period.
    pub fn per(&self) -> Duration {
        self.per
    }

    /// Requests per second; 0 when there is no rate.
    pub fn per_second(&self) -> f64 {
        self.requests as f64 / self.per.as_secs_f64()
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Rate, RateError> {
        if text == "infinity" {
            return Ok(Rate::UNLIMITED);
        }
        let (count, period) = text.split_once('/').unwrap_or((text, "1s"));
        let digits = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
        let requests = count
            .parse::<u64>()
            .ok()
            .filter(|_| digits)
            .ok_or_else(|| RateError::Count { text: text.to_owned(), count: count.to_owned() })?;
        let per = unit(period)
            .or_else(|| duration(period))
            .filter(|per| !per.is_zero())
            .ok_or_else(|| RateError::Period { text: text.to_owned(), period: period.to_owned() })?;
        if requests == 0 {
            return Ok(Rate::UNLIMITED);
        }
        Rate::new(requests, per).map_err(|_| RateError::TooHigh { text: text.to_owned() })
    }
}

impl TryFrom<String> for Rate {
    type Error = RateError;

    fn try_from(text: String) -> Result<Rate, RateError> {
        text.parse()
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> String {
        rate.to_string()
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{:?}", self.requests, self.per)
    }
}

fn unit(name: &str) -> Option<Duration> {
    Some(match name {
        "ns" => Duration::from_nanos(1),
        "us" | "µs" | "μs" => Duration::from_micros(1),
        "ms" => Duration::from_millis(1),
        "s" => Duration::from_secs(1),
        "m" => Duration::from_secs(60),
        "h" => Duration::from_secs(3600),
        _ => return None,
    })
}

/// Numbers with units, one after another, as Go writes them: `1m30s`, `1.5h`, `300ms`.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let number = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (value, tail) = rest.split_at(number);
        let end = tail.find(|letter: char| letter.is_ascii_digit() || letter == '.').unwrap_or(tail.len());
        let (name, tail) = tail.split_at(end);
        let value: f64 = value.parse().ok()?;
        let part = Duration::try_from_secs_f64(value * unit(name)?.as_secs_f64()).ok()?;
        total = total.checked_add(part)?;
        rest = tail;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests;
