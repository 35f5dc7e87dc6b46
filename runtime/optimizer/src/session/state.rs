//! How a session stands, for people.

use std::fmt;
use std::time::Duration;

/// How a session stands. Times are on the clock that the session is driven with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionState {
    /// What it is about.
    pub phase: Phase,
    /// Whether the optimizer has ever answered HELLO.
    pub greeted: bool,
    /// What went wrong since the optimizer last took what it was told; none when all is well.
    pub problem: Option<String>,
    /// How often in a row something went wrong.
    pub tries: u32,
}

/// What a session is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It says HELLO.
    Greeting,
    /// It is known to the optimizer, and asks for nothing.
    Idle,
    /// It asks for a command.
    Asking,
    /// It carries out a command.
    Operating {
        /// Its name.
        command: &'static str,
        /// As the optimizer named it.
        cmd_uid: Option<String>,
        /// When it began.
        since: Duration,
    },
    /// It tells the result of a command.
    Reporting,
    /// It does nothing, because the optimizer said so.
    Sleeping {
        /// Until when.
        until: Duration,
        /// As the optimizer said.
        reason: Option<String>,
    },
    /// It tries again later.
    Waiting {
        /// Until when.
        until: Duration,
    },
    /// The optimizer knows another servo in its place; it waits to be ended.
    Replaced {
        /// When it asks again.
        until: Duration,
    },
    /// It ends.
    Stopping,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Greeting => f.write_str("connecting"),
            Self::Idle => f.write_str("connected, asking for nothing"),
            Self::Asking => f.write_str("asking for a command"),
            Self::Operating { command, .. } => write!(f, "carrying out {command}"),
            Self::Reporting => f.write_str("reporting a result"),
            Self::Sleeping { reason: Some(reason), .. } => write!(f, "sleeping: {reason}"),
            Self::Sleeping { reason: None, .. } => f.write_str("sleeping"),
            Self::Waiting { .. } => f.write_str("waiting to try again"),
            Self::Replaced { .. } => f.write_str("replaced by another servo"),
            Self::Stopping => f.write_str("stopping"),
        }
    }
}
