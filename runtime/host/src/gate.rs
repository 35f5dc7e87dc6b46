//! The gate: whether a guest may act on the world now. Every way out asks it, before each request, connection and
//! dispatch.
//!
//! Of several servos that do the same work one leads. One that does not lead, or whose leadership may end before
//! anybody could tell it so, begins nothing; only checks go on, which change nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use servo_events::Event;
use servo_types::{Code, Failure};
use thiserror::Error;

/// Knows whether this process may act on the world.
pub trait Gate: Send + Sync {
    /// The number of its leadership, where there is one; a later leader has a higher one.
    ///
    /// # Errors
    /// When nothing may be begun.
    fn pass(&self) -> Result<Option<i64>, Closed>;
}

/// Nothing may be begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("this servo does not lead, and only the leader acts (`liveness.leader`)")]
pub struct Closed;

impl From<Closed> for Failure {
    fn from(closed: Closed) -> Self {
        Self::new(Code::Cancelled, closed.to_string()).because("not-leading")
    }
}

/// The gate of one instance.
#[derive(Default)]
pub(crate) struct WayOut {
    gate: Option<Arc<dyn Gate>>,
    /// The call in progress is one of a check.
    checking: AtomicBool,
}

impl WayOut {
    pub(crate) fn new(gate: Option<Arc<dyn Gate>>) -> Self {
        Self { gate, checking: AtomicBool::new(false) }
    }

    /// A new call begins.
    pub(crate) fn begin(&self, event: Option<Event>) {
        self.checking.store(event == Some(Event::Check), Relaxed);
    }

    /// The number of the leadership under which something may be begun now.
    pub(crate) fn pass(&self) -> Result<Option<i64>, Closed> {
        match self.gate.as_ref().map_or(Ok(None), |gate| gate.pass()) {
            Err(Closed) if self.checking.load(Relaxed) => Ok(None),
            passed => passed,
        }
    }
}

impl std::fmt::Debug for WayOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WayOut").field("checking", &self.checking).finish_non_exhaustive()
    }
}
