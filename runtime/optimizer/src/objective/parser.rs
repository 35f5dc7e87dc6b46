//! Recursive descent over the tokens: sums of products, comparisons only at the top of a constraint.

use std::collections::BTreeSet;

use super::error::{ObjectiveError, Span};
use super::lexer::{self, Kind, Token};
use super::unit::{self, Unit};
use super::{Comparison, Direction, Relation};

/// Longer texts are refused: nobody writes them by hand.
const LENGTH_MAX: usize = 2_000;
/// Brackets and signs may nest this deep, so that recursion is bounded.
const DEPTH_MAX: usize = 50;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Number {
        value: f64,
        unit: Option<Unit>,
        span: Span,
    },
    Name {
        name: String,
        span: Span,
    },
    Negate(Box<Expression>),
    /// Put in by the unit check: a conversion factor.
    Scale(f64, Box<Expression>),
    Binary {
        operator: Operator,
        left: Box<Expression>,
        right: Box<Expression>,
        span: Span,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Expression {
    pub(super) fn collect_names(&self, names: &mut BTreeSet<String>) {
        match self {
            Expression::Number { .. } => {}
            Expression::Name { name, .. } => {
                names.insert(name.clone());
            }
            Expression::Negate(inner) | Expression::Scale(_, inner) => inner.collect_names(names),
            Expression::Binary { left, right, .. } => {
                left.collect_names(names);
                right.collect_names(names);
            }
        }
    }
}

/// The direction word, and the byte at which the expression starts.
pub(super) fn direction(text: &str) -> Result<(Direction, usize), ObjectiveError> {
    let token = lexer::next(text, 0)?;
    let Kind::Name(word) = &token.kind else { return Err(no_direction(text, token.span)) };
    let bare = word.split(':').next().unwrap_or(word);
    let direction = match bare.to_ascii_lowercase().as_str() {
        "maximize" | "maximise" => Direction::Maximize,
        "minimize" | "minimise" => Direction::Minimize,
        _ => return Err(no_direction(text, token.span)),
    };
    let after = token.span.start + bare.len();
    let colon = text[after..].trim_start();
    let skipped = text.len() - after - colon.len();
    Ok((direction, if colon.starts_with(':') { after + skipped + 1 } else { after }))
}

fn no_direction(text: &str, span: Span) -> ObjectiveError {
    ObjectiveError::at(text, span, "an objective begins with \"maximize\" or \"minimize\"")
}

/// The expression from byte `start` to the end of the text.
pub(super) fn expression(text: &str, start: usize) -> Result<Expression, ObjectiveError> {
    let mut parser = Parser::new(text, start)?;
    let expression = parser.sum()?;
    match parser.token.kind {
        Kind::End => Ok(expression),
        Kind::Symbol("<" | "<=" | ">" | ">=") => {
            Err(parser.error("a comparison is a constraint: put it under subject_to"))
        }
        _ => Err(parser.unexpected("an operator or the end")),
    }
}

/// `expression relation expression`.
pub(super) fn comparison(text: &str) -> Result<Comparison, ObjectiveError> {
    let text = text.trim();
    let mut parser = Parser::new(text, 0)?;
    let left = parser.sum()?;
    let relation = match parser.token.kind {
        Kind::Symbol("<") => Relation::Less,
        Kind::Symbol("<=") => Relation::AtMost,
        Kind::Symbol(">") => Relation::Greater,
        Kind::Symbol(">=") => Relation::AtLeast,
        _ => return Err(parser.unexpected("<=, <, >= or > and a bound")),
    };
    parser.advance()?;
    let right = parser.sum()?;
    match parser.token.kind {
        Kind::End => Ok(Comparison { left, relation, right }),
        Kind::Symbol("<" | "<=" | ">" | ">=") => {
            Err(parser.error("a constraint has one comparison: write two constraints"))
        }
        _ => Err(parser.unexpected("an operator or the end")),
    }
}

struct Parser<'a> {
    text: &'a str,
    token: Token,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, start: usize) -> Result<Self, ObjectiveError> {
        if text.len() > LENGTH_MAX {
            let problem = format!("the text has {} bytes, and at most {LENGTH_MAX} are read", text.len());
            let short: String = text.chars().take(60).collect();
            return Err(ObjectiveError::at(&short, Span { start: 0, end: 1 }, problem));
        }
        Ok(Self { text, token: lexer::next(text, start)?, depth: 0 })
    }

    fn sum(&mut self) -> Result<Expression, ObjectiveError> {
        let mut left = self.product()?;
        loop {
            let operator = match self.token.kind {
                Kind::Symbol("+") => Operator::Add,
                Kind::Symbol("-") => Operator::Subtract,
                _ => return Ok(left),
            };
            let span = self.advance()?.span;
            let right = Box::new(self.product()?);
            left = Expression::Binary { operator, left: Box::new(left), right, span };
        }
    }

    fn product(&mut self) -> Result<Expression, ObjectiveError> {
        let mut left = self.factor()?;
        loop {
            let operator = match self.token.kind {
                Kind::Symbol("*") => Operator::Multiply,
                Kind::Symbol("/") => Operator::Divide,
                _ => return Ok(left),
            };
            let span = self.advance()?.span;
            let right = Box::new(self.factor()?);
            left = Expression::Binary { operator, left: Box::new(left), right, span };
        }
    }

    fn factor(&mut self) -> Result<Expression, ObjectiveError> {
        match self.token.kind.clone() {
            Kind::Number(value, unit) => {
                let unit = unit.map(|word| self.unit(&word)).transpose()?;
                let span = self.advance()?.span;
                Ok(Expression::Number { value, unit, span })
            }
            Kind::Name(name) => {
                let span = self.advance()?.span;
                Ok(Expression::Name { name, span })
            }
            Kind::Symbol("-") => {
                self.deeper()?;
                self.advance()?;
                let inner = self.factor()?;
                self.depth -= 1;
                Ok(Expression::Negate(Box::new(inner)))
            }
            Kind::Symbol("(") => {
                self.deeper()?;
                self.advance()?;
                let inner = self.sum()?;
                if self.token.kind != Kind::Symbol(")") {
                    return Err(self.unexpected("\")\""));
                }
                self.advance()?;
                self.depth -= 1;
                Ok(inner)
            }
            _ => Err(self.unexpected("a metric, a component.setting, a number or \"(\"")),
        }
    }

    fn unit(&self, word: &str) -> Result<Unit, ObjectiveError> {
        let problem = format!("unknown unit {word:?}: known are {}", unit::KNOWN.join(", "));
        let end = self.token.span.end;
        let span = Span { start: end - word.len(), end };
        Unit::parse(word).ok_or_else(|| ObjectiveError::at(self.text, span, problem))
    }

    fn deeper(&mut self) -> Result<(), ObjectiveError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.error(format!("nested deeper than {DEPTH_MAX}: simplify the expression")));
        }
        Ok(())
    }

    /// Moves on and returns the token left behind.
    fn advance(&mut self) -> Result<Token, ObjectiveError> {
        let next = lexer::next(self.text, self.token.span.end)?;
        Ok(std::mem::replace(&mut self.token, next))
    }

    fn error(&self, problem: impl Into<String>) -> ObjectiveError {
        ObjectiveError::at(self.text, self.token.span, problem)
    }

    fn unexpected(&self, expected: &str) -> ObjectiveError {
        let Span { start, end } = self.token.span;
        match &self.token.kind {
            Kind::End => self.error(format!("the text ends here: expected {expected}")),
            Kind::Name(word) if Unit::parse(word).is_some() => self
                .error(format!("unexpected {word:?}: a unit is written right after its number (50{word})")),
            _ => self.error(format!("unexpected {:?}: expected {expected}", &self.text[start..end])),
        }
    }
}
