//! Grants that were taken back while the connector runs.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{PoisonError, RwLock};

use servo_events::Event;

use crate::grants::{Access, Grants, HttpGrant, OriginPattern};

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
    /// Asking which services are up, or changing that.
    Liveness(Access),
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

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(to) => write!(f, "http to {to}"),
            Self::Load(to) => write!(f, "load on {to}"),
            Self::Tcp(to) => write!(f, "tcp to {}", to.to_string().trim_start_matches("tcp://")),
            Self::Dispatch(event) => write!(f, "dispatch of {event}"),
            Self::State => f.write_str("state"),
            Self::Liveness(access) => write!(f, "liveness: {access}"),
        }
    }
}

impl Grant {
    /// Each of these grants: `http`, `load`, `tcp`, `dispatch`, `state`, `liveness`. To write includes to read, and each can
    /// be taken back.
    pub fn all(grants: &Grants) -> Vec<Self> {
        let Grants { http, load, tcp, dispatch, state, liveness } = grants;
        let to = |grants: &[HttpGrant], kind: fn(OriginPattern) -> Self| {
            grants.iter().map(|grant| kind(grant.to.clone())).collect::<Vec<_>>()
        };
        let mut all = [to(http, Self::Http), to(load, Self::Load), to(tcp, Self::Tcp)].concat();
        all.extend(dispatch.iter().copied().map(Self::Dispatch));
        all.extend(state.then_some(Self::State));
        let within = |access: &Access| liveness.is_some_and(|granted| granted >= *access);
        all.extend([Access::Read, Access::Write].into_iter().filter(within).map(Self::Liveness));
        all
    }

    /// Whether a person means it with this: `http`, `load`, `tcp`, `dispatch`, `state` or `liveness`, an origin or pattern,
    /// `host:port`, an event, `read` or `write`.
    pub fn is_meant(&self, text: &str) -> bool {
        let origin = |to: &OriginPattern| text.parse().is_ok_and(|meant: OriginPattern| meant == *to);
        let named = match self {
            Self::Http(to) | Self::Load(to) => origin(to),
            Self::Tcp(to) => to.to_string().strip_prefix("tcp://") == Some(text),
            Self::Dispatch(event) => event.name() == text,
            Self::State => false,
            Self::Liveness(access) => access.name() == text,
        };
        named || self.kind() == text
    }

    /// Its key in the configuration: `http`, `load`, `tcp`, `dispatch`, `state` or `liveness`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Http(_) => "http",
            Self::Load(_) => "load",
            Self::Tcp(_) => "tcp",
            Self::Dispatch(_) => "dispatch",
            Self::State => "state",
            Self::Liveness(_) => "liveness",
        }
    }

    /// Whether it is among these.
    pub fn is_of(&self, grants: &Grants) -> bool {
        Self::all(grants).contains(self)
    }
}
