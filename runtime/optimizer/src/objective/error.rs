//! What can be wrong with an objective, and the caret that shows where.

use std::fmt;

/// A problem in the text of an objective. The message has the text with a caret under the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}\n{excerpt}")]
pub struct ObjectiveError {
    /// The problem and the next step in one line.
    pub problem: String,
    /// 1-based column (in characters) within the text.
    pub column: usize,
    pub excerpt: Excerpt,
}

/// The text with a caret line below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    text: String,
    column: usize,
    width: usize,
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  {}", self.text)?;
        write!(f, "  {}{}", " ".repeat(self.column - 1), "^".repeat(self.width))
    }
}

/// Why an objective has no value for a measurement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateError {
    #[error("the measurement has no value for {name}: check that its connector reports it")]
    NoReading { name: String },
    #[error("\"{text}\" has no finite value for this measurement: is something divided by zero?")]
    NotFinite { text: String },
}

/// A range of bytes in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl ObjectiveError {
    pub(super) fn at(text: &str, span: Span, problem: impl Into<String>) -> Self {
        let count = |end: usize| text.get(..end).map_or(0, |part| part.chars().count());
        let column = count(span.start) + 1;
        let width = count(span.end).saturating_sub(column - 1).max(1);
        // Control characters would move the caret away from what it points at.
        let text = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Self { problem: problem.into(), column, excerpt: Excerpt { text, column, width } }
    }
}
