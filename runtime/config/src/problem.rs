//! What is wrong with a configuration, all of it at once, and how it is shown.

mod render;

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::origin::Origin;

/// More problems than this are counted and not listed, so that a wrong file cannot flood a terminal.
pub const PROBLEMS_MAX: usize = 100;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where the value was written.
    pub origin: Origin,
    /// The setting, for instance `vegeta.rate` or `prom.metrics[2].unit`; empty for the whole file.
    pub path: String,
    /// What is wrong: one line, lower case, no final period, never a secret.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Everything that is wrong; never empty when it is returned as an error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    list: Vec<Problem>,
    dropped: usize,
}

/// Something that is allowed but that the operator should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// Where the value was written.
    pub origin: Origin,
    /// The setting.
    pub path: String,
    /// What there is to know.
    pub message: String,
}

impl Problem {
    /// A problem with the value written at `origin`.
    pub fn new(origin: Origin, path: impl Into<String>, message: impl Into<String>) -> Self {
        Problem { origin, path: path.into(), message: message.into(), hint: None }
    }

    /// The same problem with a next step.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl Problems {
    /// Nothing wrong so far.
    pub fn new() -> Self {
        Problems::default()
    }

    /// Adds a problem; the same text at the same place is kept once.
    pub fn push(&mut self, problem: Problem) {
        if self.list.contains(&problem) {
            return;
        }
        if self.list.len() < PROBLEMS_MAX {
            self.list.push(problem);
        } else {
            self.dropped += 1;
        }
    }

    /// Adds all problems of `other`.
    pub fn extend(&mut self, other: Problems) {
        self.dropped += other.dropped;
        for problem in other.list {
            self.push(problem);
        }
    }

    /// The problems in the order of the file, values from elsewhere last.
    pub fn list(&self) -> &[Problem] {
        &self.list
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The problems of these connectors, and those of the whole file and of `connectors` itself. Problems that are
    /// only counted stay: nobody knows what they are about.
    #[must_use]
    pub fn of(mut self, aliases: &[String]) -> Self {
        self.list.retain(|problem| is_about(&problem.path, aliases));
        self
    }

    /// How many there are, those that are not listed included.
    pub fn len(&self) -> usize {
        self.list.len() + self.dropped
    }

    /// `Ok` when nothing is wrong, else the problems in the order of the file.
    ///
    /// # Errors
    /// The problems themselves.
    pub fn into_result(mut self) -> Result<(), Problems> {
        if self.is_empty() {
            return Ok(());
        }
        self.list.sort_by(|a, b| order(&a.origin).cmp(&order(&b.origin)));
        Err(self)
    }

    /// The problems with the lines they are in, carets and hints, and a last line that counts them.
    pub fn render(&self, color: bool) -> String {
        render::render(&self.list, self.dropped, color)
    }
}

impl Notice {
    /// Whether it is about one of these connectors, or about the whole file.
    pub fn is_about(&self, aliases: &[String]) -> bool {
        is_about(&self.path, aliases)
    }
}

/// Whether a setting belongs to one of these connectors: its stanza or its table in `connectors`.
fn is_about(path: &str, aliases: &[String]) -> bool {
    let inside = |path: &str, of: &str| {
        path.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let table = path.strip_prefix("connectors.").unwrap_or(path);
    matches!(path, "" | "connectors") || aliases.iter().any(|alias| inside(table, alias))
}

fn order(origin: &Origin) -> (u8, &str, usize, usize) {
    match origin {
        Origin::File(place) => (0, place.source.name(), place.span.line, place.span.column),
        Origin::DotEnv(place) => (1, &place.file, place.line, 0),
        Origin::Env(name) => (2, name, 0, 0),
        Origin::Flag(name) => (3, name, 0, 0),
        Origin::Default => (4, "", 0, 0),
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Problems { list: vec![problem], dropped: 0 }
    }
}

impl fmt::Display for Problem {
    /// One line: place, message, hint in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.origin != Origin::Default {
            write!(f, "{}: ", self.origin)?;
        }
        write!(f, "{}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Problems {}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.origin {
            Origin::Default => f.write_str(&self.message),
            _ => write!(f, "{}: {}", self.origin, self.message),
        }
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let position = self.origin.position();
        let mut out = serializer.serialize_struct("Problem", 8)?;
        out.serialize_field("file", &position.map(|(file, ..)| file))?;
        out.serialize_field("line", &position.map(|(_, line, _)| line))?;
        out.serialize_field("column", &position.map(|(.., column)| column).filter(|column| *column > 0))?;
        out.serialize_field("variable", &self.origin.variable())?;
        out.serialize_field("origin", &self.origin)?;
        out.serialize_field("path", &self.path)?;
        out.serialize_field("message", &self.message)?;
        out.serialize_field("hint", &self.hint)?;
        out.end()
    }
}

impl Serialize for Problems {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.list.serialize(serializer)
    }
}

#[cfg(test)]
mod tests;
