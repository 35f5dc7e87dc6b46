//! What can go wrong with etcd, in words that name the object and the next step.

use std::time::Duration;

use thiserror::Error;

use crate::record::Invalid;

/// An operation that was not done.
#[derive(Clone, Debug, Error)]
pub enum Error {
    /// The service may not be written.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no such service.
    #[error("there is no service `{0}`")]
    NotFound(String),
    /// Others changed the service each time it was tried.
    #[error("`{uuid}` was changed by others {tries} times while this was tried; try again")]
    Conflict {
        /// Which service.
        uuid: String,
        /// How often it was tried.
        tries: u32,
    },
    /// No member answers.
    #[error("etcd at {endpoints} cannot be reached: {why}; see that it runs and that the address is right")]
    Unreachable {
        /// All that were tried.
        endpoints: String,
        /// What the client says.
        why: String,
    },
    /// No answer in time: the members have no leader, or are cut off.
    #[error(
        "etcd at {endpoints} did not answer within {after:?}; see that more than half of its members run"
    )]
    Silent {
        /// All that were tried.
        endpoints: String,
        /// The deadline.
        after: Duration,
    },
    /// User or password are wrong, or missing.
    #[error("etcd at {endpoints} does not accept user and password: {why}")]
    Login {
        /// All that were tried.
        endpoints: String,
        /// What etcd says.
        why: String,
    },
    /// The user may not do this.
    #[error("the user of etcd may not {doing}; grant its role read and write below `{prefix}`")]
    Denied {
        /// What was tried.
        doing: &'static str,
        /// What the role needs.
        prefix: String,
    },
    /// The database is full.
    #[error("etcd has no space left (alarm NOSPACE): compact and defragment it, then disarm the alarm")]
    Full,
    /// The lease ended meanwhile.
    #[error("the lease has ended")]
    LeaseGone,
    /// The history that was asked for is gone.
    #[error("etcd has compacted its history past revision {0}")]
    Compacted(i64),
    /// It is not the etcd that was followed.
    #[error("etcd holds another history than before: it was started anew, or restored from a backup")]
    OtherHistory,
    /// The options cannot be meant.
    #[error("{0}")]
    Options(String),
    /// Anything else that etcd says.
    #[error("etcd does not {doing}: {why}")]
    Other {
        /// What was tried.
        doing: &'static str,
        /// What etcd says.
        why: String,
    },
}

impl Error {
    /// Whether the same may succeed a little later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Silent { .. } | Self::Conflict { .. })
    }
}
