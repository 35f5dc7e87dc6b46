//! What a running servo says of its connectors: how each is, and what it has done and used.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use servo_host::{Condition, Connector, Counters, HttpCounts};

use super::{Running, Servo};
use crate::liveness::{Leadership, LivenessSample};
use crate::remote::{self, OptimizerSample};

/// One look at a running servo.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// Which servo.
    pub servo: String,
    /// Its process.
    pub pid: u32,
    /// Milliseconds since it was assembled.
    pub uptime_ms: u64,
    /// Its connectors, in the order of the configuration.
    pub connectors: Vec<ConnectorSample>,
    /// The remote optimizer, where one is asked.
    #[serde(default)]
    pub optimizer: Option<OptimizerSample>,
    /// The services that it keeps and knows; nothing without the stanza `liveness`.
    pub liveness: Option<LivenessSample>,
}

/// A connector; all counts since it was started or last reloaded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConnectorSample {
    /// Its alias.
    pub connector: String,
    /// How it is.
    pub state: ConnectorState,
    /// Calls by event and outcome: `ok` or the code of the failure.
    pub calls: BTreeMap<String, BTreeMap<String, u64>>,
    /// Milliseconds in calls.
    pub wall_ms: f64,
    /// Milliseconds of CPU time in the guest.
    pub cpu_ms: f64,
    /// Milliseconds that it rested, because it was over its share of a core.
    pub slowed_ms: f64,
    /// Bytes of memory after the last call.
    pub memory: usize,
    /// Handles after the last call.
    pub handles: usize,
    /// Calls in line.
    pub waiting: usize,
    /// HTTP requests by origin.
    pub http: BTreeMap<String, Requests>,
    /// Bytes of log lines.
    pub log_bytes: u64,
    /// Lines dropped.
    pub log_dropped: u64,
    /// Limits hit, by name.
    pub limit_hits: BTreeMap<String, u64>,
    /// Things refused because they were not granted, by grant.
    pub denials: BTreeMap<String, u64>,
    /// How often the instance was built again.
    pub rebuilds: u64,
}

/// How a connector is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "lowercase")]
pub enum ConnectorState {
    /// It waits for calls.
    Idle,
    /// It has a call.
    Busy {
        /// Which event.
        event: String,
        /// For how many milliseconds.
        ms: u64,
    },
    /// It broke.
    Broken {
        /// How often in a row.
        failures: u32,
        /// Milliseconds until it is built again at the earliest, by the next call.
        wait_ms: u64,
        /// The last failure.
        last: String,
    },
}

/// Requests to one origin.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Requests {
    /// Those that were answered, whatever the status.
    pub answered: u64,
    /// Those that were not.
    pub failed: u64,
}

impl Servo {
    /// How the connectors are, and what they have done and used.
    pub fn sample(&self) -> Sample {
        Sample {
            at: Timestamp::try_from(SystemTime::now()).unwrap_or_default(),
            servo: self.name().to_owned(),
            pid: std::process::id(),
            uptime_ms: whole(self.since.elapsed()),
            connectors: {
                let guests: Vec<_> = self.running().iter().map(|running| one(&running.connector)).collect();
                guests.into_iter().chain(self.native_samples()).collect()
            },
            optimizer: self.remote.sample(),
            liveness: self.liveness.as_ref().map(|liveness| {
                LivenessSample::new(liveness, self.post.as_ref().map(|post| post.leadership()))
            }),
        }
    }
}

impl Servo {
    /// The parts of the servo, and why one is not ready.
    pub(crate) fn unready(&self) -> Vec<(String, Option<String>)> {
        let follows =
            self.post.as_ref().is_some_and(|post| !matches!(post.leadership(), Leadership::Leading { .. }));
        let started = follows || self.started.load(Relaxed);
        let startup = (!started).then(|| "checks and startup are not done".to_owned());
        let mut parts = vec![("startup".to_owned(), startup)];
        parts.extend(self.running().iter().map(|Running { wanted, connector, .. }| {
            let why = match connector.condition() {
                Condition::Broken { failures, last, .. } => Some(format!("broken {failures} times: {last}")),
                Condition::Idle | Condition::Busy { .. } => None,
            };
            (wanted.alias.clone(), why)
        }));
        // Who follows asks no optimizer.
        if let Some(optimizer) = self.remote.sample().filter(|_| !follows) {
            let why = || optimizer.problem.unwrap_or_else(|| optimizer.state.clone());
            parts.push((remote::NAME.to_owned(), (!optimizer.connected).then(why)));
        }
        parts
    }
}

fn one(connector: &Connector) -> ConnectorSample {
    let (counters, used) = (connector.counters(), connector.usage().used);
    let Counters { calls: counted, cpu, slowed, wall, memory, http, .. } = &counters;
    let mut calls: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for ((event, outcome), count) in counted {
        calls.entry(event.name().to_owned()).or_default().insert((*outcome).to_owned(), *count);
    }
    let requests = |counts: &HttpCounts| Requests { answered: counts.answered, failed: counts.failed };
    let named = |counts: &BTreeMap<&'static str, u64>| {
        counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    };
    ConnectorSample {
        connector: servo_events::Handler::name(connector).to_owned(),
        state: state(connector.condition()),
        calls,
        wall_ms: ms(*wall),
        cpu_ms: ms(*cpu),
        slowed_ms: ms(*slowed),
        memory: *memory,
        handles: used.handles,
        waiting: used.mailbox,
        http: http.iter().map(|(origin, counts)| (origin.clone(), requests(counts))).collect(),
        log_bytes: counters.log_bytes,
        log_dropped: counters.log_dropped,
        limit_hits: named(&counters.limit_hits),
        denials: named(&counters.denials),
        rebuilds: counters.rebuilds,
    }
}

fn state(condition: Condition) -> ConnectorState {
    match condition {
        Condition::Idle => ConnectorState::Idle,
        Condition::Busy { event, time } => {
            ConnectorState::Busy { event: event.name().to_owned(), ms: whole(time) }
        }
        Condition::Broken { failures, wait, last } => {
            ConnectorState::Broken { failures, wait_ms: whole(wait), last }
        }
    }
}

/// Milliseconds with a fraction.
pub(crate) fn ms(time: Duration) -> f64 {
    // Microseconds are exact enough, and short to write.
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// Whole milliseconds.
pub(crate) fn whole(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
