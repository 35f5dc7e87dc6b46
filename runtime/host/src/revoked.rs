//! Grants that were taken back while the connector runs.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{PoisonError, RwLock};

use servo_events::Event;

use crate::grants::{Grants, HttpGrant, OriginPattern};

/// One grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// HTTP requests to these origins.
    Http(OriginPattern),
    /// Load on these origins.
    Load(OriginPattern),
    /// TCP to this peer.
    Tcp(OriginPattern),
    /// Dispatching this event.
    Dispatch(Event),
    /// Keeping keys and values.
    State,
}

/// What was taken back; empty for nearly every instance, which then costs one look.
#[derive(Debug, Default)]
pub(crate) struct Revoked {
    any: AtomicBool,
    list: RwLock<Vec<Grant>>,
}

impl Revoked {
    /// Takes a grant back.
    pub(crate) fn add(&self, grant: Grant) {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        if !list.contains(&grant) {
            list.push(grant);
        }
        self.any.store(true, Relaxed);
    }

    /// Whether this grant was taken back.
    pub(crate) fn has(&self, grant: impl FnOnce() -> Grant) -> bool {
        self.any.load(Relaxed) && self.list.read().unwrap_or_else(PoisonError::into_inner).contains(&grant())
    }
}

impl Grant {
    /// Whether it is among these.
    pub(crate) fn is_of(&self, grants: &Grants) -> bool {
        let among = |list: &[HttpGrant], to: &OriginPattern| list.iter().any(|grant| grant.to == *to);
        match self {
            Self::Http(to) => among(&grants.http, to),
            Self::Load(to) => among(&grants.load, to),
            Self::Tcp(to) => among(&grants.tcp, to),
            Self::Dispatch(event) => grants.dispatch.contains(event),
            Self::State => grants.state,
        }
    }
}
