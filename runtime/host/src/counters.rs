//! What an instance has done and used so far.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use servo_events::Event;
use servo_types::{Code, Limits};

/// Counters of one instance since the start of the process; they survive a rebuild.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    /// Calls by event and outcome: `ok` or the code of the failure.
    pub calls: BTreeMap<(Event, &'static str), u64>,
    /// CPU time in the guest, the call in progress included.
    pub cpu: Duration,
    /// Time that it was made to rest, because it was over its share of a core.
    pub slowed: Duration,
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
    /// Things refused because they were not granted, by grant; `http_address`, `load_address` and `tcp_address` are
    /// those whose name is granted, but leads to addresses that are not.
    pub denials: BTreeMap<&'static str, u64>,
    /// Rebuilds after a trap or a hit limit, or by hand.
    pub rebuilds: u64,
}

/// How an instance is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It waits for calls.
    Idle,
    /// It has a call.
    Busy {
        /// Which one.
        event: Event,
        /// For how long.
        time: Duration,
    },
    /// It broke, and is built again for the next call.
    Broken {
        /// How often in a row, without a quiet time between.
        failures: u32,
        /// How long calls are refused before that; zero when they are not.
        wait: Duration,
        /// The last failure.
        last: String,
    },
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
pub(crate) struct Tally(Mutex<All>);

#[derive(Debug, Default)]
struct All {
    counters: Counters,
    used: Used<Spent>,
    /// How deep dispatches of the connector nested.
    depth: Used<usize>,
    /// Calls that waited.
    waiting: usize,
    /// The call that the instance has, and since when.
    busy: Option<(Event, Instant)>,
    broken: Option<Broken>,
}

/// An instance that is to be built again.
#[derive(Clone, Debug)]
pub(crate) struct Broken {
    pub(crate) failures: u32,
    pub(crate) not_before: Option<Instant>,
    pub(crate) last: String,
}

/// The last value, and the largest.
#[derive(Clone, Copy, Debug, Default)]
struct Used<T> {
    last: T,
    peak: T,
}

/// What one call took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    /// CPU time in the guest.
    pub(crate) cpu: Duration,
    /// Time in all.
    pub(crate) wall: Duration,
    /// Time that it was asked to take.
    pub(crate) asked: Duration,
    /// Bytes of memory after it.
    pub(crate) memory: usize,
    /// Handles that the host holds for the guest after it.
    pub(crate) handles: usize,
    /// Bytes of arguments and result.
    pub(crate) result: usize,
}

impl Tally {
    pub(crate) fn read(&self) -> Counters {
        self.lock().counters.clone()
    }

    /// How the instance is now.
    pub(crate) fn condition(&self) -> Condition {
        let now = Instant::now();
        match &*self.lock() {
            All { busy: Some((event, since)), .. } => {
                Condition::Busy { event: *event, time: now.saturating_duration_since(*since) }
            }
            All { broken: Some(Broken { failures, not_before, last }), .. } => {
                let wait = not_before.map_or(Duration::ZERO, |at| at.saturating_duration_since(now));
                Condition::Broken { failures: *failures, wait, last: last.clone() }
            }
            _ => Condition::Idle,
        }
    }

    /// A call begins.
    pub(crate) fn began(&self, event: Event, now: Instant) {
        self.lock().busy = Some((event, now));
    }

    /// The instance broke, or could not be built.
    pub(crate) fn broke(&self, broken: Broken) {
        self.lock().broken = Some(broken);
    }

    /// A call has ended.
    pub(crate) fn call(&self, event: Event, outcome: Option<Code>, spent: Spent) {
        let All { counters, used, busy, .. } = &mut *self.lock();
        *busy = None;
        *counters.calls.entry((event, outcome.map_or("ok", Code::name))).or_default() += 1;
        counters.wall += spent.wall;
        counters.memory = spent.memory;
        used.last = spent;
        used.peak = used.peak.max(spent);
    }

    /// The instance was built; nothing else of it counts as a call.
    pub(crate) fn built(&self, memory: usize) {
        let All { counters, used, .. } = &mut *self.lock();
        counters.memory = memory;
        used.last.memory = memory;
        used.peak.memory = used.peak.memory.max(memory);
    }

    /// An event was dispatched, with so many connectors waiting for it.
    pub(crate) fn dispatched(&self, depth: usize) {
        let All { depth: used, .. } = &mut *self.lock();
        *used = Used { last: depth, peak: used.peak.max(depth) };
    }

    /// So many calls wait.
    pub(crate) fn waiting(&self, calls: usize) {
        let mut all = self.lock();
        all.waiting = all.waiting.max(calls);
    }

    /// What is in use of the limits that are counted here, and the most that ever was.
    pub(crate) fn used(&self, used: &mut Limits, peak: &mut Limits) {
        let All { used: calls, depth, waiting, .. } = &*self.lock();
        for (limits, spent, depth) in [(used, calls.last, depth.last), (&mut *peak, calls.peak, depth.peak)] {
            limits.memory = spent.memory;
            limits.handles = spent.handles;
            (limits.cpu, limits.cpu_of_asked) = (spent.cpu, 0.0);
            limits.wall = spent.wall.saturating_sub(spent.asked);
            limits.result = spent.result;
            limits.dispatch_depth = depth;
        }
        peak.mailbox = *waiting;
    }

    pub(crate) fn http(&self, origin: &str, answered: bool) {
        let counters = &mut self.lock().counters;
        let known = counters.http.contains_key(origin) || counters.http.len() < ORIGINS;
        let counts = counters.http.entry(if known { origin } else { "other" }.to_owned()).or_default();
        if answered {
            counts.answered += 1;
        } else {
            counts.failed += 1;
        }
    }

    pub(crate) fn logged(&self, bytes: usize) {
        self.lock().counters.log_bytes += bytes as u64;
    }

    pub(crate) fn dropped_line(&self) {
        self.lock().counters.log_dropped += 1;
    }

    pub(crate) fn limit(&self, name: &'static str) {
        *self.lock().counters.limit_hits.entry(name).or_default() += 1;
    }

    pub(crate) fn slowed(&self, rest: Duration) {
        self.lock().counters.slowed += rest;
    }

    pub(crate) fn denied(&self, reason: &'static str) {
        *self.lock().counters.denials.entry(reason).or_default() += 1;
    }

    pub(crate) fn rebuilt(&self) {
        let All { counters, broken, .. } = &mut *self.lock();
        counters.rebuilds += 1;
        *broken = None;
    }

    fn lock(&self) -> MutexGuard<'_, All> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Spent {
    /// The larger of each.
    fn max(self, other: Self) -> Self {
        let over = |spent: Self| spent.wall.saturating_sub(spent.asked);
        Self {
            cpu: self.cpu.max(other.cpu),
            // Only their difference is a peak.
            wall: over(self).max(over(other)),
            asked: Duration::ZERO,
            memory: self.memory.max(other.memory),
            handles: self.handles.max(other.handles),
            result: self.result.max(other.result),
        }
    }
}
