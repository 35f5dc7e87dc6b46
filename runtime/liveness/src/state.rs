//! Whether a service is up, and why it is thought so.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::record::Service;

/// What is known of a service at one revision of etcd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Its lease lives.
    Up,
    /// It does not serve.
    Down(Why),
    /// Its lease ended, together with so many others that it may not be their fault. It is held in this state for a
    /// bounded time.
    Suspect,
}

/// Why a service is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// Its lease ended: its process died, is cut off, or stands still.
    Expired,
    /// Somebody said so.
    SetDown,
    /// Somebody said so, and the time that was given for it is now.
    Maintenance,
    /// Its record was removed.
    Deleted,
    /// Nobody has heard of it.
    NeverSeen,
}

/// An answer to the question whether a service is up: never a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This was so at most as long ago as the asker allowed.
    Known(State),
    /// What is known is older than the asker allowed: so old, or nothing was ever read.
    Unknown(Option<Duration>),
}

/// A service that is now in another state, or says something else of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which one.
    pub uuid: Arc<str>,
    /// In which state it was.
    pub before: State,
    /// In which state it is.
    pub after: State,
    /// What it says of itself now, or said last.
    pub service: Service,
    /// The revision of etcd that changed it.
    pub revision: i64,
}

impl State {
    /// One word for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down(_) => "down",
            Self::Suspect => "suspect",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Up | Self::Suspect => f.write_str(self.name()),
            Self::Down(why) => write!(f, "down ({why})"),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "expired",
            Self::SetDown => "set down",
            Self::Maintenance => "under maintenance",
            Self::Deleted => "deleted",
            Self::NeverSeen => "never seen",
        })
    }
}
