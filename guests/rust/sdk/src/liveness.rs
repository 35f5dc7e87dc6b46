//! Which services are up. Asking needs the grant `liveness: read`, changing `liveness: write`.
//!
//! Who follows services asks for a [`list`] first and goes on with its cursor, so that nothing is missed:
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use servo_sdk::contract::Failure;
//! use servo_sdk::liveness::{self, Selection};
//!
//! fn until_one_goes_down() -> Result<String, Failure> {
//!     let web = Selection::of_kind("web");
//!     let mut cursor = liveness::list(&web)?.cursor;
//!     loop {
//!         let news = liveness::wait(&cursor, &web, Duration::from_secs(10))?;
//!         if let Some(down) = news.changes.into_iter().find(|change| !change.service.state.is_up()) {
//!             return Ok(down.service.uuid);
//!         }
//!         cursor = news.cursor;
//!     }
//! }
//! ```

use std::time::Duration;

use crate::bindings::imports::servo::connector::liveness;
use crate::contract::Failure;
pub use liveness::{Change, Listing, Maintenance, News, Registration, Selection, Service, State, Why};

/// Whether the service with this uuid is up.
///
/// # Errors
/// `denied` without the grant; `failed`, reason `liveness`, where servo knows nothing of services.
pub fn is_up(uuid: &str) -> Result<State, Failure> {
    liveness::is_up(uuid)
}

/// Whether a service of this type on this host is up; if there are several, one is enough.
///
/// # Errors
/// As [`is_up`].
pub fn is_up_at(kind: &str, host: &str) -> Result<State, Failure> {
    liveness::is_up_at(kind, host)
}

/// The services that are meant, and the cursor for [`wait`].
///
/// # Errors
/// As [`is_up`]; `failed`, reason `unknown`, when servo has never read any; `limit-exceeded` for too long a list.
pub fn list(which: &Selection) -> Result<Listing, Failure> {
    liveness::list(which)
}

/// Waits for changes after a cursor. When there is none within the time, the list of changes is empty.
///
/// # Errors
/// As [`is_up`]; `cancelled`, at once, when the call is to end.
pub fn wait(after: &str, which: &Selection, timeout: Duration) -> Result<News, Failure> {
    // Rounded up: waits of 0 ms for the last part of a millisecond would be a busy loop.
    let timeout = u32::try_from(timeout.as_micros().div_ceil(1_000)).unwrap_or(u32::MAX);
    liveness::wait(after, which, timeout)
}

/// Registers a service, or changes it: it is up as long as this servo runs, or until it is deleted.
///
/// # Errors
/// As [`is_up`]; `limit-exceeded` for too many; `failed` when etcd does not take it.
pub fn register(service: &Registration) -> Result<(), Failure> {
    liveness::register(service)
}

/// Sets a service down.
///
/// # Errors
/// As [`is_up`]; `failed`, reason `not-found`, when there is none.
pub fn down(uuid: &str, maintenance: Option<&Maintenance>) -> Result<(), Failure> {
    liveness::down(uuid, maintenance)
}

/// Ends what [`down`] began.
///
/// # Errors
/// As [`down`].
pub fn up(uuid: &str) -> Result<(), Failure> {
    liveness::up(uuid)
}

/// Removes a service.
///
/// # Errors
/// As [`down`].
pub fn delete(uuid: &str) -> Result<(), Failure> {
    liveness::delete(uuid)
}

#[expect(clippy::derivable_impls, reason = "the type is generated")]
impl Default for Selection {
    fn default() -> Selection {
        Selection { uuids: Vec::new(), kinds: Vec::new(), hosts: Vec::new(), regions: Vec::new() }
    }
}

impl Selection {
    /// All services of a type.
    pub fn of_kind(kind: impl Into<String>) -> Selection {
        Selection { kinds: vec![kind.into()], ..Selection::default() }
    }
}

impl State {
    /// Whether it is certainly up.
    pub fn is_up(self) -> bool {
        self == State::Up
    }
}
