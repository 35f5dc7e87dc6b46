//! What a running servo says of the services that it keeps and knows.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use servo_liveness::{CallFigures, LeaseFigures, Liveness, ViewFigures};

use crate::servo::{ms, whole};

/// Figures of the stanza `liveness`. Counts are since the servo was assembled.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LivenessSample {
    /// Services that this servo keeps up.
    pub registered: usize,
    /// Milliseconds that etcd grants, which may be more than `ttl`; nothing without a lease.
    pub lease_granted_ms: Option<u64>,
    /// Milliseconds for which they are certainly up if nothing renews the lease; nothing without a lease.
    pub lease_remaining_ms: Option<u64>,
    /// How often the lease was renewed.
    pub renewals: u64,
    /// How often the lease was lost and all services were registered again.
    pub reregistrations: u64,
    /// How often somebody else had put a service of this servo on another lease, or changed what it is.
    pub taken: u64,
    /// How often somebody else had removed one.
    pub removed: u64,
    /// What is known of all services; nothing while no connector has asked.
    pub view: Option<ViewSample>,
    /// Calls to etcd, by what was asked.
    pub calls: BTreeMap<String, CallSample>,
    /// Whether it leads, where only a leader works.
    pub leadership: Option<Leadership>,
}

/// What is known of all services.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ViewSample {
    /// The revision of etcd.
    pub revision: i64,
    /// How old it is at most, in milliseconds; nothing when etcd was never read.
    pub age_ms: Option<u64>,
    /// All services.
    pub services: usize,
    /// Those that are up.
    pub up: usize,
    /// Those that vanished together with too many others.
    pub suspects: usize,
    /// How often the watch was started, the first time included.
    pub watches: u64,
    /// How often everything was listed, the first time included.
    pub listings: u64,
}

/// One kind of call to etcd.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CallSample {
    /// Calls that have ended.
    pub calls: u64,
    /// Those of them that failed.
    pub failures: u64,
    /// Milliseconds that one took on average.
    pub mean_ms: f64,
    /// Milliseconds that the longest took.
    pub longest_ms: f64,
}

/// Who works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "lowercase")]
pub enum Leadership {
    /// This servo.
    Leading {
        /// The number of its leadership.
        term: i64,
    },
    /// Another one, or nobody yet.
    Following {
        /// Its name.
        leader: Option<String>,
    },
}

impl LivenessSample {
    pub(crate) fn new(liveness: &Liveness, leadership: Option<Leadership>) -> Self {
        let lease = liveness.lease();
        let lease = lease.as_ref();
        let since = |time: fn(&LeaseFigures) -> Option<Duration>| lease.and_then(time).map(whole);
        Self {
            registered: lease.map_or(0, |lease| lease.registered),
            lease_granted_ms: since(|lease| lease.granted),
            lease_remaining_ms: since(|lease| lease.remaining),
            renewals: lease.map_or(0, |lease| lease.renewals),
            reregistrations: lease.map_or(0, |lease| lease.losses),
            taken: lease.map_or(0, |lease| lease.taken),
            removed: lease.map_or(0, |lease| lease.removed),
            view: liveness.figures().map(ViewSample::from),
            calls: liveness
                .calls()
                .iter()
                .map(|call| (call.name.to_owned(), CallSample::from(call)))
                .collect(),
            leadership,
        }
    }
}

impl From<ViewFigures> for ViewSample {
    fn from(figures: ViewFigures) -> Self {
        let ViewFigures { revision, age, services, ups, suspects, watches, listings } = figures;
        Self { revision, age_ms: age.map(whole), services, up: ups, suspects, watches, listings }
    }
}

impl From<&CallFigures> for CallSample {
    fn from(figures: &CallFigures) -> Self {
        let CallFigures { calls, failures, total, longest, .. } = *figures;
        let mean = total.div_f64(calls.max(1) as f64);
        Self { calls, failures, mean_ms: ms(mean), longest_ms: ms(longest) }
    }
}
