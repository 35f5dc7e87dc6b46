//! What an instance has done and used so far.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use servo_events::Event;
use servo_types::Code;

/// Counters of one instance since the start of the process; they survive a rebuild.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    /// Calls by event and outcome: `ok` or the code of the failure.
    pub calls: BTreeMap<(Event, &'static str), u64>,
    /// CPU time in the guest.
    pub cpu: Duration,
    /// Time in calls.
    pub wall: Duration,
    /// Bytes of memory after the last call.
    pub memory: usize,
    /// HTTP by origin.
    pub http: BTreeMap<String, HttpCounts>,
    /// Bytes of log lines written.
    pub log_bytes: u64,
    /// Log lines dropped.
    pub log_dropped: u64,
    /// Limits hit, by name.
    pub limit_hits: BTreeMap<&'static str, u64>,
    /// Things refused because they were not granted.
    pub denials: u64,
    /// Rebuilds after a trap or a hit limit.
    pub rebuilds: u64,
}

/// Requests to one origin.
#[derive(Clone, Copy, Debug, Default)]
pub struct HttpCounts {
    /// Answered, whatever the status.
    pub answered: u64,
    /// Without an answer.
    pub failed: u64,
}

/// More origins than this are counted together, so that a guest cannot bloat the counters.
const ORIGINS: usize = 64;

/// The counters, shared by the instance and those who look at it.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<Counters>);

impl Tally {
    pub(crate) fn read(&self) -> Counters {
        self.lock().clone()
    }

    pub(crate) fn call(
        &self,
        event: Event,
        outcome: Option<Code>,
        cpu: Duration,
        wall: Duration,
        memory: usize,
    ) {
        let mut counters = self.lock();
        *counters.calls.entry((event, outcome.map_or("ok", Code::name))).or_default() += 1;
        counters.cpu += cpu;
        counters.wall += wall;
        counters.memory = memory;
    }

    pub(crate) fn http(&self, origin: &str, answered: bool) {
        let mut counters = self.lock();
        let known = counters.http.contains_key(origin) || counters.http.len() < ORIGINS;
        let counts = counters.http.entry(if known { origin } else { "other" }.to_owned()).or_default();
        if answered {
            counts.answered += 1;
        } else {
            counts.failed += 1;
        }
    }

    pub(crate) fn logged(&self, bytes: usize) {
        self.lock().log_bytes += bytes as u64;
    }

    pub(crate) fn dropped_line(&self) {
        self.lock().log_dropped += 1;
    }

    pub(crate) fn limit(&self, name: &'static str) {
        *self.lock().limit_hits.entry(name).or_default() += 1;
    }

    pub(crate) fn denied(&self) {
        self.lock().denials += 1;
    }

    pub(crate) fn rebuilt(&self) {
        self.lock().rebuilds += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Counters> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
