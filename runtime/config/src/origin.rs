//! Where a value came from.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::source::Source;

/// Where a value came from, in falling precedence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A command-line flag, for instance `--token`.
    Flag(&'static str),
    /// An environment variable of the process.
    Env(Arc<str>),
    /// A variable of a `.env` file.
    DotEnv(Arc<DotEnvPlace>),
    /// A place in a configuration file.
    File(Place),
    /// Nobody said anything; the documented default holds.
    Default,
}

/// A line of a `.env` file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DotEnvPlace {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The variable.
    pub name: String,
}

/// A range of text in a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// The range.
    pub span: Span,
}

/// A range of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
    /// Line of the first byte, from 1.
    pub line: usize,
    /// Column of the first byte in characters, from 1.
    pub column: usize,
}

impl Origin {
    /// File and, for files, line and column (column 0 for a `.env` line).
    pub fn position(&self) -> Option<(&str, usize, usize)> {
        match self {
            Origin::File(place) => Some((place.source.name(), place.span.line, place.span.column)),
            Origin::DotEnv(place) => Some((&place.file, place.line, 0)),
            Origin::Flag(_) | Origin::Env(_) | Origin::Default => None,
        }
    }

    /// The variable, for values from the environment or a `.env` file.
    pub fn variable(&self) -> Option<&str> {
        match self {
            Origin::Env(name) => Some(name),
            Origin::DotEnv(place) => Some(&place.name),
            Origin::Flag(_) | Origin::File(_) | Origin::Default => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Flag(flag) => write!(f, "flag {flag}"),
            Origin::Env(name) => write!(f, "environment {name}"),
            Origin::DotEnv(place) => write!(f, "{}:{} {}", place.file, place.line, place.name),
            Origin::File(place) => {
                write!(f, "{}:{}:{}", place.source.name(), place.span.line, place.span.column)
            }
            Origin::Default => f.write_str("default"),
        }
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
