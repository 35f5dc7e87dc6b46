//! The objective language: one expression to maximise or minimise, and constraints that must hold.
//!
//! Text is parsed once into an [`Objective`], checked against the metrics that exist and their units into a
//! [`CheckedObjective`], and only that can be evaluated: `50ms` has no meaning before the metric's unit is known.

mod bind;
mod error;
mod lexer;
mod limits;
mod parser;
mod unit;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::space::Settings;
use crate::trial::Reading;

pub use error::{EvaluateError, ObjectiveError};
pub use limits::{Bound, Limit};

use parser::{Expression, Operator};

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Maximize,
    Minimize,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Direction::Maximize => "maximize",
            Direction::Minimize => "minimize",
        })
    }
}

/// A parsed objective; [`Objective::check`] makes it usable.
#[derive(Debug, Clone, PartialEq)]
pub struct Objective {
    direction: Direction,
    goal: Source<Expression>,
    constraints: Vec<Source<Comparison>>,
}

/// An objective whose names are known and whose units agree.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedObjective {
    objective: Objective,
}

/// The value of an objective for one measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The value of the expression, in its own unit.
    pub score: f64,
    /// Per constraint, in the order given: how far the left side is past the bound (positive = violated), in
    /// the unit of the left side.
    pub excess: Vec<f64>,
    /// The same as ln(left side / bound), turned so that positive = violated; none where a side is not above 0.
    pub relative: Vec<Option<f64>>,
    /// The texts of the violated constraints.
    pub violations: Vec<String>,
}

/// Something parsed and the text it came from.
#[derive(Debug, Clone, PartialEq)]
struct Source<T> {
    text: String,
    parsed: T,
}

#[derive(Debug, Clone, PartialEq)]
struct Comparison {
    left: Expression,
    relation: Relation,
    right: Expression,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Relation {
    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Relation::Less => left < right,
            Relation::AtMost => left <= right,
            Relation::Greater => left > right,
            Relation::AtLeast => left >= right,
        }
    }
}

impl Objective {
    /// Parses `maximize throughput`, `minimize: latency_p99` and constraints like `error_rate < 1%`.
    ///
    /// # Errors
    /// The first problem with its column and a caret under it.
    pub fn parse<S: AsRef<str>>(goal: &str, constraints: &[S]) -> Result<Self, ObjectiveError> {
        let (direction, start) = parser::direction(goal)?;
        let goal = Source { text: goal.to_owned(), parsed: parser::expression(goal, start)? };
        Self::assemble(direction, goal, constraints)
    }

    /// As [`Objective::parse`], with the direction given apart from its expression.
    ///
    /// # Errors
    /// The first problem with its column and a caret under it.
    pub fn new<S: AsRef<str>>(
        direction: Direction,
        expression: &str,
        constraints: &[S],
    ) -> Result<Self, ObjectiveError> {
        let goal = Source { text: expression.to_owned(), parsed: parser::expression(expression, 0)? };
        Self::assemble(direction, goal, constraints)
    }

    fn assemble<S: AsRef<str>>(
        direction: Direction,
        goal: Source<Expression>,
        constraints: &[S],
    ) -> Result<Self, ObjectiveError> {
        let constraints = constraints
            .iter()
            .map(|text| {
                let text = text.as_ref();
                Ok(Source { text: text.trim().to_owned(), parsed: parser::comparison(text)? })
            })
            .collect::<Result<_, ObjectiveError>>()?;
        Ok(Self { direction, goal, constraints })
    }

    /// Every name that occurs: metrics and `component.setting`.
    pub fn names(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        self.goal.parsed.collect_names(&mut names);
        for constraint in &self.constraints {
            constraint.parsed.left.collect_names(&mut names);
            constraint.parsed.right.collect_names(&mut names);
        }
        names
    }

    /// Looks every name up in `units` (metric or `component.setting` → its unit, empty when it has none) and
    /// brings numbers with units to the unit of what they are compared with.
    ///
    /// # Errors
    /// An unknown name with the nearest known one, or units that cannot be compared, with a caret.
    pub fn check(&self, units: &BTreeMap<String, String>) -> Result<CheckedObjective, ObjectiveError> {
        let mut objective = self.clone();
        bind::expression(&mut objective.goal.parsed, &self.goal.text, units)?;
        for constraint in &mut objective.constraints {
            bind::comparison(&mut constraint.parsed, &constraint.text, units)?;
        }
        Ok(CheckedObjective { objective })
    }
}

impl Objective {
    /// The objective that was written so, see `Display`; none when it makes no sense any more.
    pub(crate) fn shown(text: &str) -> Option<Self> {
        let (goal, constraints) = text.split_once(" subject to ").unwrap_or((text, ""));
        let (mut parts, mut depth, mut began) = (Vec::new(), 0_u32, 0);
        for (at, letter) in constraints.char_indices() {
            match letter {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                ',' if depth == 0 => {
                    parts.push(constraints[began..at].trim());
                    began = at + 1;
                }
                _ => {}
            }
        }
        parts.push(constraints[began..].trim());
        parts.retain(|part| !part.is_empty());
        Self::parse(goal, &parts).ok()
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let goal = &self.goal.text;
        match parser::direction(goal) {
            Ok((_, start)) => write!(f, "{} {}", self.direction, goal[start..].trim())?,
            Err(_) => write!(f, "{} {}", self.direction, goal.trim())?,
        }
        for (i, constraint) in self.constraints.iter().enumerate() {
            let word = if i == 0 { " subject to" } else { "," };
            write!(f, "{word} {}", constraint.text)?;
        }
        Ok(())
    }
}

impl CheckedObjective {
    pub fn direction(&self) -> Direction {
        self.objective.direction
    }

    /// The constraints as they were written.
    pub fn constraints(&self) -> impl Iterator<Item = &str> {
        self.objective.constraints.iter().map(|c| c.text.as_str())
    }

    /// Per constraint, whether `settings` alone hold it: none for those that need a measurement. One without a finite
    /// value does not hold.
    pub(crate) fn known(&self, settings: &Settings) -> Vec<Option<bool>> {
        let lookup = |name: &str| settings.get(name).and_then(|value| value.as_number());
        let known = |Source { text, parsed }: &Source<Comparison>| {
            let side = |side: &Expression| evaluate(side, text, &lookup);
            match (side(&parsed.left), side(&parsed.right)) {
                (Ok(left), Ok(right)) => Some(parsed.relation.holds(left, right)),
                (Err(EvaluateError::NoReading { .. }), _) | (_, Err(EvaluateError::NoReading { .. })) => None,
                _ => Some(false),
            }
        };
        self.objective.constraints.iter().map(known).collect()
    }

    /// The value of the objective and of its constraints for means measured under `settings`.
    ///
    /// # Errors
    /// A name without a reading, or a value that is not finite (a division by zero).
    pub fn evaluate(
        &self,
        readings: &BTreeMap<String, Reading>,
        settings: &Settings,
    ) -> Result<Evaluation, EvaluateError> {
        let lookup = |name: &str| {
            let reading = readings.get(name).map(|r| r.mean);
            reading.or_else(|| settings.get(name).and_then(|v| v.as_number()))
        };
        let goal = &self.objective.goal;
        let score = evaluate(&goal.parsed, &goal.text, &lookup)?;
        let (mut excess, mut relative, mut violations) = (Vec::new(), Vec::new(), Vec::new());
        for Source { text, parsed } in &self.objective.constraints {
            let left = evaluate(&parsed.left, text, &lookup)?;
            let right = evaluate(&parsed.right, text, &lookup)?;
            let sign = match parsed.relation {
                Relation::Less | Relation::AtMost => 1.0,
                Relation::Greater | Relation::AtLeast => -1.0,
            };
            let holds = parsed.relation.holds(left, right);
            if !holds {
                violations.push(text.clone());
            }
            // On the bound of `<` or `>` the difference is 0, and 0 would hold.
            let past = |by: f64| if holds { by } else { by.max(f64::MIN_POSITIVE) };
            excess.push(past(sign * (left - right)));
            relative.push((left > 0.0 && right > 0.0).then(|| past(sign * (left / right).ln())));
        }
        Ok(Evaluation { score, excess, relative, violations })
    }
}

impl fmt::Display for CheckedObjective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.objective.fmt(f)
    }
}

fn evaluate(
    expression: &Expression,
    text: &str,
    lookup: &dyn Fn(&str) -> Option<f64>,
) -> Result<f64, EvaluateError> {
    let value = compute(expression, lookup)?;
    if value.is_finite() { Ok(value) } else { Err(EvaluateError::NotFinite { text: text.to_owned() }) }
}

fn compute(expression: &Expression, lookup: &dyn Fn(&str) -> Option<f64>) -> Result<f64, EvaluateError> {
    Ok(match expression {
        Expression::Number { value, .. } => *value,
        Expression::Name { name, .. } => {
            lookup(name).ok_or_else(|| EvaluateError::NoReading { name: name.clone() })?
        }
        Expression::Negate(inner) => -compute(inner, lookup)?,
        Expression::Scale(factor, inner) => factor * compute(inner, lookup)?,
        Expression::Binary { operator, left, right, .. } => {
            let (left, right) = (compute(left, lookup)?, compute(right, lookup)?);
            match operator {
                Operator::Add => left + right,
                Operator::Subtract => left - right,
                Operator::Multiply => left * right,
                Operator::Divide => left / right,
            }
        }
    })
}

#[cfg(test)]
mod tests;
