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

    /// Everything that was taken back.
    pub(crate) fn all(&self) -> Vec<Grant> {
        self.list.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether this grant was taken back.
    pub(crate) fn has(&self, grant: impl FnOnce() -> Grant) -> bool {
        self.any.load(Relaxed) && self.list.read().unwrap_or_else(PoisonError::into_inner).contains(&grant())
    }
}

impl Grant {
    /// Each of these grants.
    pub fn all(grants: &Grants) -> Vec<Self> {
        let Grants { http, load, tcp, dispatch, state } = grants;
        let to = |grants: &[HttpGrant], kind: fn(OriginPattern) -> Self| {
            grants.iter().map(|grant| kind(grant.to.clone())).collect::<Vec<_>>()
        };
        let mut all = [to(http, Self::Http), to(load, Self::Load), to(tcp, Self::Tcp)].concat();
        all.extend(dispatch.iter().copied().map(Self::Dispatch));
        all.extend(state.then_some(Self::State));
        all
    }

    /// Whether it is among these.
    pub fn is_of(&self, grants: &Grants) -> bool {
        Self::all(grants).contains(self)
    }
}
