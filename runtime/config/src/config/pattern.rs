//! How checks are selected: by an exact text, or by a regular expression between slashes.

use std::str::FromStr;

use regex::{Regex, RegexBuilder};

/// Bytes that a compiled expression may take: enough for anything that a person types.
const SIZE_MAX: usize = 1 << 20;

/// Selects texts: `reachable` only itself, `/^run query/` all in which the expression is found.
#[derive(Debug, Clone)]
pub enum Pattern {
    /// The same text.
    Exact(String),
    /// Texts in which the expression is found.
    Regex(Regex),
}

/// A text between slashes that is no regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a regular expression: {reason}")]
pub struct PatternError {
    /// What was read, with its slashes.
    pub text: String,
    /// What is wrong with it, in one line.
    pub reason: String,
}

impl Pattern {
    /// Whether a text is selected.
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Pattern::Exact(exact) => exact == text,
            Pattern::Regex(regex) => regex.is_match(text),
        }
    }

    /// Reads `a,b` as two texts, as ServoX does for ids and tags; in an expression a comma is a comma.
    ///
    /// # Errors
    /// When an expression is wrong.
    pub fn list(text: &str) -> Result<Vec<Pattern>, PatternError> {
        if between_slashes(text).is_some() {
            return Ok(vec![text.parse()?]);
        }
        text.split(',').map(|part| part.trim().parse()).collect()
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let Some(expression) = between_slashes(text) else { return Ok(Pattern::Exact(text.to_owned())) };
        let compiled = RegexBuilder::new(expression).size_limit(SIZE_MAX).build();
        let regex =
            compiled.map_err(|error| PatternError { text: text.to_owned(), reason: reason(&error) })?;
        Ok(Pattern::Regex(regex))
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Pattern::Exact(mine), Pattern::Exact(theirs)) => mine == theirs,
            (Pattern::Regex(mine), Pattern::Regex(theirs)) => mine.as_str() == theirs.as_str(),
            _ => false,
        }
    }
}

fn between_slashes(text: &str) -> Option<&str> {
    text.strip_prefix('/')?.strip_suffix('/')
}

/// The reason alone: the whole text repeats the expression over several lines.
fn reason(error: &regex::Error) -> String {
    match error {
        regex::Error::Syntax(text) => {
            let last = text.lines().last().unwrap_or_default();
            last.strip_prefix("error: ").unwrap_or(last).to_owned()
        }
        regex::Error::CompiledTooBig(_) => "it takes too much memory; write a shorter one".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
