//! ServoX's levels, and how they lie among those of `tracing`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tracing::Metadata;
use tracing::level_filters::LevelFilter;

/// How much a line matters, the mildest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Every step.
    Trace,
    /// What helps to find a mistake.
    Debug,
    /// What happens.
    #[default]
    Info,
    /// What went well: an `info` event with the field `success`.
    Success,
    /// What may become a problem.
    Warning,
    /// What went wrong.
    Error,
    /// What ends the program: an `error` event with the field `critical`.
    Critical,
}

/// Not one of the levels.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a log level; write TRACE, DEBUG, INFO, SUCCESS, WARNING, ERROR or CRITICAL")]
pub struct LevelError(String);

impl Level {
    /// All levels, the mildest first.
    pub const ALL: [Level; 7] = [
        Level::Trace,
        Level::Debug,
        Level::Info,
        Level::Success,
        Level::Warning,
        Level::Error,
        Level::Critical,
    ];

    /// The name in capitals, as ServoX writes it.
    pub fn name(self) -> &'static str {
        match self {
            Level::Trace => "TRACE",
            Level::Debug => "DEBUG",
            Level::Info => "INFO",
            Level::Success => "SUCCESS",
            Level::Warning => "WARNING",
            Level::Error => "ERROR",
            Level::Critical => "CRITICAL",
        }
    }

    /// The level of an event, before its fields say more.
    pub(crate) fn of(metadata: &Metadata<'_>) -> Level {
        match *metadata.level() {
            tracing::Level::TRACE => Level::Trace,
            tracing::Level::DEBUG => Level::Debug,
            tracing::Level::INFO => Level::Info,
            tracing::Level::WARN => Level::Warning,
            tracing::Level::ERROR => Level::Error,
        }
    }

    /// What `tracing` has to let through for this level.
    pub(crate) fn filter(self) -> LevelFilter {
        match self {
            Level::Trace => LevelFilter::TRACE,
            Level::Debug => LevelFilter::DEBUG,
            Level::Info | Level::Success => LevelFilter::INFO,
            Level::Warning => LevelFilter::WARN,
            Level::Error | Level::Critical => LevelFilter::ERROR,
        }
    }

    /// The colour of the level, as an ANSI code.
    pub(crate) fn color(self) -> &'static str {
        match self {
            Level::Trace => "36",
            Level::Debug => "34",
            Level::Info => "1",
            Level::Success => "32",
            Level::Warning => "33",
            Level::Error => "31",
            Level::Critical => "1;31",
        }
    }
}

impl FromStr for Level {
    type Err = LevelError;

    /// Reads a name in any case; `WARN` is `WARNING`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let upper = text.to_ascii_uppercase();
        let name = if upper == "WARN" { "WARNING" } else { &upper };
        Level::ALL.into_iter().find(|level| level.name() == name).ok_or_else(|| LevelError(text.to_owned()))
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
