//! Resolves names and units: every number with a unit is brought to the unit of its other side.

use std::collections::BTreeMap;

use super::Comparison;
use super::error::{ObjectiveError, Span};
use super::parser::{Expression, Operator};
use super::unit::Unit;

/// What is known of the unit of an expression.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Measure {
    /// A plain number: takes the unit of whatever it meets.
    Plain,
    /// Announced without a unit, or with one that is not in the table.
    Unknown,
    Known(Unit),
    /// A product or quotient of units; not checked further.
    Compound,
}

pub(super) fn expression(
    expression: &mut Expression,
    text: &str,
    units: &BTreeMap<String, String>,
) -> Result<(), ObjectiveError> {
    measure(expression, text, units).map(|_| ())
}

pub(super) fn comparison(
    comparison: &mut Comparison,
    text: &str,
    units: &BTreeMap<String, String>,
) -> Result<(), ObjectiveError> {
    let left = measure(&mut comparison.left, text, units)?;
    let right = measure(&mut comparison.right, text, units)?;
    let span = Span { start: 0, end: text.len() };
    align((&mut comparison.left, left), (&mut comparison.right, right), text, span).map(|_| ())
}

fn measure(
    expression: &mut Expression,
    text: &str,
    units: &BTreeMap<String, String>,
) -> Result<Measure, ObjectiveError> {
    Ok(match expression {
        Expression::Number { unit, .. } => unit.map_or(Measure::Plain, Measure::Known),
        Expression::Name { name, span } => {
            let Some(unit) = units.get(name.as_str()) else {
                return Err(ObjectiveError::at(text, *span, unknown(name, units)));
            };
            Unit::parse(unit).map_or(Measure::Unknown, Measure::Known)
        }
        Expression::Negate(inner) | Expression::Scale(_, inner) => measure(inner, text, units)?,
        Expression::Binary { operator, left, right, span } => {
            let (a, b) = (measure(left, text, units)?, measure(right, text, units)?);
            match operator {
                Operator::Add | Operator::Subtract => align((left, a), (right, b), text, *span)?,
                Operator::Divide => match (a, b) {
                    (a, Measure::Plain) => a,
                    (Measure::Known(_), Measure::Known(_)) => {
                        // Two times, two sizes: a plain ratio. Anything else is a unit of its own.
                        match align((left, a), (right, b), text, *span) {
                            Ok(_) => Measure::Plain,
                            Err(_) => Measure::Compound,
                        }
                    }
                    _ => Measure::Compound,
                },
                Operator::Multiply => match (a, b) {
                    (a, Measure::Plain) => a,
                    (Measure::Plain, b) => b,
                    _ => Measure::Compound,
                },
            }
        }
    })
}

/// Brings two sides that are added or compared to one unit, the left one's unless only the left is a number.
fn align(
    (left, a): (&mut Expression, Measure),
    (right, b): (&mut Expression, Measure),
    text: &str,
    span: Span,
) -> Result<Measure, ObjectiveError> {
    match (a, b) {
        (Measure::Known(a_unit), Measure::Known(b_unit)) => {
            if matches!(left, Expression::Number { .. }) {
                scale(left, a_unit, b_unit, text, span)?;
                return Ok(b);
            }
            // A weighted sum of different kinds is the user's own unit; a slip is a bare name or number.
            let simple = |e: &Expression| matches!(e, Expression::Number { .. } | Expression::Name { .. });
            if b_unit.factor(a_unit).is_none() && !(simple(left) && simple(right)) {
                return Ok(Measure::Compound);
            }
            scale(right, b_unit, a_unit, text, span)?;
            Ok(a)
        }
        (Measure::Unknown, Measure::Known(unit)) => {
            unitless(right, unit, text)?;
            Ok(a)
        }
        (Measure::Known(unit), Measure::Unknown) => {
            unitless(left, unit, text)?;
            Ok(b)
        }
        (Measure::Plain, other) | (other, Measure::Plain) => Ok(other),
        _ => Ok(Measure::Compound),
    }
}

/// A number with a unit meets a metric that has none: only a percentage still has a meaning (1 % = 0.01).
fn unitless(side: &mut Expression, unit: Unit, text: &str) -> Result<(), ObjectiveError> {
    let Expression::Number { span, .. } = side else { return Ok(()) };
    let span = *span;
    match unit.factor(Unit::ONE) {
        Some(factor) => {
            multiply(side, factor);
            Ok(())
        }
        None => Err(ObjectiveError::at(
            text,
            span,
            "the other side is announced without a unit: write a plain number in the metric's own unit",
        )),
    }
}

fn scale(side: &mut Expression, from: Unit, to: Unit, text: &str, span: Span) -> Result<(), ObjectiveError> {
    let span = if let Expression::Number { span, .. } = side { *span } else { span };
    let problem = "the two sides have units of different kinds: compare times with times, sizes with sizes";
    let factor = from.factor(to).ok_or_else(|| ObjectiveError::at(text, span, problem))?;
    multiply(side, factor);
    Ok(())
}

fn multiply(side: &mut Expression, factor: f64) {
    if factor == 1.0 {
        return;
    }
    let plain = Expression::Number { value: 0.0, unit: None, span: Span { start: 0, end: 0 } };
    let inner = std::mem::replace(side, plain);
    *side = Expression::Scale(factor, Box::new(inner));
}

fn unknown(name: &str, units: &BTreeMap<String, String>) -> String {
    if let Some((a, b)) = difference(name, units) {
        return format!("unknown name {name:?}: to subtract, write \"{a} - {b}\" with blanks");
    }
    let nearest = units.keys().map(|k| (distance(name, k), k)).min();
    match nearest {
        Some((steps, near)) if steps <= 1 + name.chars().count() / 3 => {
            format!("unknown name {name:?}: did you mean {near:?}?")
        }
        Some(_) => {
            let known: Vec<&str> = units.keys().take(12).map(String::as_str).collect();
            let more = if units.len() > known.len() { ", …" } else { "" };
            format!("unknown name {name:?}: known are {}{more}", known.join(", "))
        }
        None => format!("unknown name {name:?}: no connector announces a metric"),
    }
}

/// The two known names of which `name` is the difference, if it reads like one.
fn difference<'a>(name: &'a str, units: &BTreeMap<String, String>) -> Option<(&'a str, &'a str)> {
    name.match_indices('-')
        .map(|(i, _)| (&name[..i], &name[i + 1..]))
        .find(|(a, b)| units.contains_key(*a) && units.contains_key(*b))
}

/// Edit distance (insert, delete, replace).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let replaced = corner + usize::from(ca != *cb);
            corner = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}
