//! Which lines are wanted: a level for all, and others for single connectors.

use std::fmt;
use std::str::FromStr;

use crate::level::{Level, LevelError};

/// A level for everything, and levels for connectors by name: `WARNING,prom=DEBUG`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    rest: Level,
    connectors: Vec<(String, Level)>,
}

/// Not a filter.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// A part has no level where one belongs.
    #[error(transparent)]
    Level(#[from] LevelError),
    /// There are two levels for the same.
    #[error("`{0}` has two log levels; write LEVEL,CONNECTOR=LEVEL,... with one for each")]
    Twice(String),
    /// A part has an equals sign and nothing before it.
    #[error("`{0}` names no connector; write LEVEL,CONNECTOR=LEVEL,...")]
    Nameless(String),
}

impl Filter {
    /// The mildest level of lines that belong to the connector, or to none.
    pub(crate) fn level(&self, connector: Option<&str>) -> Level {
        let own = self.connectors.iter().find(|(name, _)| Some(name.as_str()) == connector);
        own.map_or(self.rest, |(_, level)| *level)
    }

    /// The mildest level of any line.
    pub(crate) fn mildest(&self) -> Level {
        self.connectors.iter().map(|(_, level)| *level).fold(self.rest, Ord::min)
    }

    /// The level of what belongs to no connector.
    pub(crate) fn rest(&self) -> Level {
        self.rest
    }
}

impl From<Level> for Filter {
    fn from(rest: Level) -> Self {
        Self { rest, connectors: Vec::new() }
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    /// Reads `LEVEL`, `CONNECTOR=LEVEL`, or several of them with commas between; without a level for the rest it is
    /// `WARNING`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (mut rest, mut connectors) = (None, Vec::<(String, Level)>::new());
        for part in text.split(',').map(str::trim) {
            let Some((name, level)) = part.split_once('=') else {
                if rest.replace(part.parse()?).is_some() {
                    return Err(FilterError::Twice(part.to_owned()));
                }
                continue;
            };
            let (name, level) = (name.trim(), level.trim().parse()?);
            if name.is_empty() {
                return Err(FilterError::Nameless(part.to_owned()));
            }
            if connectors.iter().any(|(other, _)| other == name) {
                return Err(FilterError::Twice(name.to_owned()));
            }
            connectors.push((name.to_owned(), level));
        }
        Ok(Self { rest: rest.unwrap_or(Level::Warning), connectors })
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rest.name())?;
        self.connectors.iter().try_for_each(|(name, level)| write!(f, ",{name}={}", level.name()))
    }
}
