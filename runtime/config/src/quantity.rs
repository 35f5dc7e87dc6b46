//! Durations, sizes, cores, rates and percentages as people write them.
//!
//! The forms are those that ServoX reads, but strict: what is not understood completely is an error that
//! shows the right form, never a silently shortened value.

mod cores;
mod cpu;
mod duration;
mod percent;
mod rate;
mod scan;
mod size;

use std::borrow::Cow;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value};

pub use cores::Cores;
pub use cpu::CpuLimit;
pub use duration::{format_duration, parse_duration};
pub use percent::Percent;
pub use rate::{ByteRate, Rate};
pub use size::{Size, format_size, parse_size};

/// A text or number that is not the quantity it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {kind}: {reason}; write for example `{example}`")]
pub struct QuantityError {
    /// What was read.
    pub text: String,
    /// The kind of quantity, for instance `duration`.
    pub kind: &'static str,
    /// What is wrong with it.
    pub reason: String,
    /// A text that would be right.
    pub example: String,
}

/// Something that is written as a short text with a unit, or as a plain number where that is unambiguous.
pub trait Quantity: Sized {
    /// Name of the quantity, also its `format` in JSON Schema.
    const FORMAT: &'static str;
    /// Texts that are right, the first one is used in messages.
    const EXAMPLES: &'static [&'static str];

    /// Reads a text.
    ///
    /// # Errors
    /// When any part of the text is not understood, or the value does not fit.
    fn from_text(text: &str) -> Result<Self, QuantityError>;

    /// Reads a plain number.
    ///
    /// # Errors
    /// When a number without a unit has no meaning for this quantity.
    fn from_number(number: &Number) -> Result<Self, QuantityError>;

    /// The shortest text that reads back as the same value.
    fn to_text(&self) -> String;
}

/// Checks a JSON value against the quantity that a schema names as `format`.
///
/// Returns `None` when the format is not one of ours or the value is neither text nor number.
pub fn check_format(format: &str, value: &Value) -> Option<Result<(), QuantityError>> {
    match format {
        "duration" => check::<Duration>(value),
        "size" => check::<Size>(value),
        "cores" => check::<Cores>(value),
        "rate" => check::<Rate>(value),
        "byte-rate" => check::<ByteRate>(value),
        "percentage" => check::<Percent>(value),
        "cpu-limit" => check::<CpuLimit>(value),
        _ => None,
    }
}

/// The formats that [`check_format`] knows.
pub const FORMATS: [&str; 7] = ["duration", "size", "cores", "rate", "byte-rate", "percentage", "cpu-limit"];

/// A quantity inside a serialised structure: text or number on the wire, typed in memory.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Human<T>(pub(crate) T);

fn check<T: Quantity>(value: &Value) -> Option<Result<(), QuantityError>> {
    match value {
        Value::String(text) => Some(T::from_text(text).map(drop)),
        Value::Number(number) => Some(T::from_number(number).map(drop)),
        _ => None,
    }
}

fn refused<T: Quantity>(text: impl ToString, reason: impl Into<String>) -> QuantityError {
    QuantityError {
        text: text.to_string(),
        kind: T::FORMAT,
        reason: reason.into(),
        example: T::EXAMPLES.first().copied().unwrap_or_default().to_owned(),
    }
}

impl<'de, T: Quantity> Deserialize<'de> for Human<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let read = match &value {
            Value::String(text) => T::from_text(text),
            Value::Number(number) => T::from_number(number),
            other => Err(refused::<T>(other, "it is neither text nor number")),
        };
        read.map(Human).map_err(serde::de::Error::custom)
    }
}

impl<T: Quantity> Serialize for Human<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_text())
    }
}

impl<T: Quantity> JsonSchema for Human<T> {
    fn schema_name() -> Cow<'static, str> {
        T::FORMAT.into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "type": ["string", "number"],
            "format": T::FORMAT,
            "examples": T::EXAMPLES,
        })
    }
}

#[cfg(test)]
mod tests;
