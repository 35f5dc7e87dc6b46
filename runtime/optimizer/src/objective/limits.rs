//! The constraints that can be watched while a measurement goes on: those that compare one name with a number.

use super::parser::Expression;
use super::{CheckedObjective, Comparison, Relation, compute};

/// A name that must keep on one side of a number.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// A metric or `component.setting`.
    pub name: String,
    /// What it is compared with.
    pub bound: Bound,
}

/// A number in the unit of what is compared with it. Whether the number itself is good is not told: measured values
/// do not meet it exactly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

impl CheckedObjective {
    /// The constraints of this form. Others, such as a ratio of metrics, are known only when the measurement is over.
    pub fn limits(&self) -> impl Iterator<Item = Limit> {
        self.objective.constraints.iter().filter_map(|constraint| limit(&constraint.parsed))
    }
}

fn limit(Comparison { left, relation, right }: &Comparison) -> Option<Limit> {
    let number = |side: &Expression| compute(side, &|_| None).ok().filter(|number| number.is_finite());
    let upper = matches!(relation, Relation::Less | Relation::AtMost);
    let (name, number, upper) = match (left, right) {
        (Expression::Name { name, .. }, side) => (name, number(side)?, upper),
        (side, Expression::Name { name, .. }) => (name, number(side)?, !upper),
        _ => return None,
    };
    let bound = if upper { Bound::AtMost(number) } else { Bound::AtLeast(number) };
    Some(Limit { name: name.clone(), bound })
}
