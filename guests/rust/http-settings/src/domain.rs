//! Which values a setting can take, and how they stand in JSON.
//!
//! The contract knows numbers and texts; a truth value of the application is shown as the text `true` or `false`, and
//! written back as the truth value that it is.

use serde_json::Number;
use servo_sdk::contract::Value as Shown;
use servo_sdk::prelude::*;

use crate::options::{Offer, RangeScale};

/// How far from a step, in steps, a value may be: sums of decimal steps are a little off in binary.
const OFF_STEP_MAX: f64 = 1e-6;
/// How far from each other, relatively, two numbers may be that count as the same.
const SAME_MAX: f64 = 1e-9;

/// What is wrong with the domain of a setting: field and text.
pub(crate) fn problems(offer: &Offer) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    let mut wrong = |field: &str, text: &str| problems.push((field.to_owned(), text.to_owned()));
    if let Some(pointer) = &offer.pointer {
        let steps_fine = pointer.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        if !pointer.starts_with('/') || !steps_fine {
            wrong("pointer", "not a JSON pointer; write it like `/pool/workers`");
        }
    }
    match (&offer.values, offer.min, offer.max) {
        (None, Some(min), Some(max)) => range_problems(offer, min, max, wrong),
        (Some(values), None, None) => {
            if values.is_empty() {
                wrong("values", "there is nothing to choose from");
            }
            for (index, value) in values.iter().enumerate() {
                let text = match shown_scalar(value) {
                    None => "neither a number, a text, nor true or false",
                    Some(_) if values.iter().take(index).any(|other| same(other, value)) => "given twice",
                    Some(_) => continue,
                };
                wrong(&format!("values/{index}"), text);
            }
        }
        (None, None, None) => wrong("", "no values: give `min` and `max`, or `values`"),
        (None, None, Some(_)) => wrong("min", "`max` needs a `min`"),
        (None, Some(_), None) => wrong("max", "`min` needs a `max`"),
        (Some(_), ..) => wrong("values", "either a range with `min` and `max`, or `values`"),
    }
    problems
}

fn range_problems(offer: &Offer, min: f64, max: f64, mut wrong: impl FnMut(&str, &str)) {
    if max < min {
        wrong("max", "smaller than `min`");
        return;
    }
    let step = step(offer, min, max);
    if step < 0.0 {
        wrong("step", "negative; 0 allows any number");
    } else if step > 0.0 && !on_step(max, min, step) {
        wrong("step", "`max` is not `min` plus a whole number of steps");
    }
    if offer.scale == Some(RangeScale::Log) && min <= 0.0 {
        wrong("scale", "`log` needs a `min` above 0");
    }
}

/// The domain in the words of the contract.
pub(crate) fn domain(offer: &Offer) -> Domain {
    match (&offer.values, offer.min, offer.max) {
        (None, Some(min), Some(max)) => Domain::Range(Range {
            min,
            max,
            step: step(offer, min, max),
            scale: if offer.scale == Some(RangeScale::Log) { Scale::Log } else { Scale::Linear },
        }),
        (values, ..) => Domain::Choice(values.iter().flatten().filter_map(shown_scalar).collect()),
    }
}

/// A value of the document in the words of the contract; `None` when it is of another kind than the setting.
pub(crate) fn shown(offer: &Offer, value: &Value) -> Option<Shown> {
    match offer.values {
        None => number(value).map(Shown::Number),
        Some(_) => shown_scalar(value),
    }
}

/// The JSON of a wanted value, or why it cannot be taken.
pub(crate) fn wanted(offer: &Offer, value: &Shown) -> Result<Value, String> {
    match domain(offer) {
        Domain::Range(Range { min, max, step, .. }) => {
            let number = as_number(value).ok_or_else(|| "not a number".to_owned())?;
            if !(min..=max).contains(&number) {
                return Err(format!("not within {min} to {max}"));
            }
            if step > 0.0 && !on_step(number, min, step) {
                return Err(format!("not {min} plus a whole number of steps of {step}"));
            }
            Ok(json(number))
        }
        Domain::Choice(_) => {
            let values = offer.values.iter().flatten();
            let text = value.to_string();
            let found = values
                .clone()
                .find(|known| shown_scalar(known).is_some_and(|known| known.to_string() == text));
            found.cloned().ok_or_else(|| {
                let known: Vec<String> =
                    values.filter_map(shown_scalar).map(|known| known.to_string()).collect();
                format!("not one of {}", known.join(", "))
            })
        }
    }
}

/// Whether two values of the document mean the same, whichever way the application writes numbers.
pub(crate) fn same(one: &Value, other: &Value) -> bool {
    match (number(one), number(other)) {
        (Some(one), Some(other)) => (one - other).abs() <= SAME_MAX * one.abs().max(other.abs()),
        _ => one == other,
    }
}

/// A number as JSON: whole ones without a fraction, because many applications read integers only.
pub(crate) fn json(number: f64) -> Value {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT_MAX {
        return Value::from(number as i64);
    }
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

/// A wanted value as a number; a text is one when it says one, as the command line sends texts.
pub(crate) fn as_number(value: &Shown) -> Option<f64> {
    match value {
        Shown::Number(number) => Some(*number),
        Shown::Text(text) => text.trim().parse().ok(),
    }
    .filter(|number| number.is_finite())
}

fn shown_scalar(value: &Value) -> Option<Shown> {
    match value {
        Value::Number(number) => number.as_f64().map(Shown::Number),
        Value::String(text) => Some(Shown::Text(text.clone())),
        Value::Bool(on) => Some(Shown::Text(on.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}

fn step(offer: &Offer, min: f64, max: f64) -> f64 {
    let whole = min.fract() == 0.0 && max.fract() == 0.0;
    offer.step.unwrap_or(if whole { 1.0 } else { 0.0 })
}

fn on_step(value: f64, min: f64, step: f64) -> bool {
    let steps = (value - min) / step;
    (steps - steps.round()).abs() <= OFF_STEP_MAX
}

#[cfg(test)]
mod tests;
