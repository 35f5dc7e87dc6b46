//! Numbers and texts as they stand in JSON, where 4 and 4.0 are not written alike.

use serde::{Deserialize, Serialize};
use serde_json::Number;
use servo_types::Value;

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
    /// Written as `null`: the value is not known.
    Unknown,
}

impl Scalar {
    /// A value as JSON; whole numbers without a point unless they are among fractions.
    pub(super) fn of(value: &Value, fractions: bool) -> Self {
        match value {
            Value::Number(value) => number(*value, fractions).map_or(Self::Unknown, Self::Number),
            Value::Text(text) => Self::Text(text.clone()),
        }
    }

    /// The value, if it is known.
    pub fn value(&self) -> Option<Value> {
        match self {
            Self::Number(number) => number.as_f64().map(Value::Number),
            Self::Text(text) => Some(Value::Text(text.clone())),
            Self::Unknown => None,
        }
    }

    /// The number that stands there, also where it is written as a text.
    pub(super) fn number(&self) -> Option<f64> {
        let number = match self {
            Self::Number(number) => number.as_f64(),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Unknown => None,
        };
        number.filter(|number: &f64| number.is_finite())
    }
}

/// The number as JSON, `4` or `4.0`; none for what JSON cannot say.
pub(super) fn number(value: f64, fractions: bool) -> Option<Number> {
    // Beyond 2^53 a float does not tell whole numbers apart any more.
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    if !fractions && is_whole(value) && value.abs() <= WHOLE {
        return Some(Number::from(value as i64));
    }
    Number::from_f64(value)
}

/// Whether a number has no fraction.
pub(super) fn is_whole(value: f64) -> bool {
    value.is_finite() && value.fract() == 0.0
}
