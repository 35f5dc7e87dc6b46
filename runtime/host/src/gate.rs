//! The gate: whether a guest may act on the world now. Every way out asks it, before each request, connection,
//! dispatch and change of a service.
//!
//! Of several servos that do the same work one leads. One that does not lead, or whose leadership may end before
//! anybody could tell it so, begins nothing; only checks go on, as far as they ask and neither change nor burden
//! anything.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::Poll;

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

/// The reason of what fails because the gate is closed.
pub const NOT_LEADING: &str = "not-leading";

/// Nothing may be begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("this servo does not lead, and only the leader acts (`liveness.leader`)")]
pub struct Closed;

impl From<Closed> for Failure {
    fn from(closed: Closed) -> Self {
        Self::new(Code::Cancelled, closed.to_string()).because(NOT_LEADING)
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

    /// The number of the leadership under which something may be asked or begun now.
    pub(crate) fn pass(&self) -> Result<Option<i64>, Closed> {
        match self.act() {
            Err(Closed) if self.checking.load(Relaxed) => Ok(None),
            passed => passed,
        }
    }

    /// As [`WayOut::pass`], for what changes or burdens the world, which is not for checks either.
    pub(crate) fn act(&self) -> Result<Option<i64>, Closed> {
        self.gate.as_ref().map_or(Ok(None), |gate| gate.pass())
    }

    /// Does what was begun under a leadership. It is asked at each step whether that still holds, because a step may
    /// come long after the one before: the process may have been stopped meanwhile.
    pub(crate) async fn under<T>(
        &self,
        term: Option<i64>,
        work: impl Future<Output = T>,
    ) -> Result<T, Closed> {
        let mut work = pin!(work);
        poll_fn(|context| match self.pass() {
            Ok(now) if now == term || term.is_none() => work.as_mut().poll(context).map(Ok),
            _ => Poll::Ready(Err(Closed)),
        })
        .await
    }
}

impl std::fmt::Debug for WayOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WayOut").field("checking", &self.checking).finish_non_exhaustive()
    }
}
