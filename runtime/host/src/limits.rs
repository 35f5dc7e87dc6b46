//! What an instance may use, and the counters that enforce it.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use wasmtime::ResourceLimiter;

/// Limits of one instance; the defaults are those of the design.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Bytes of all linear memories and tables together.
    pub memory: usize,
    /// Entries of the resource table, and component handles.
    pub handles: usize,
    /// CPU time of one call.
    pub cpu: Duration,
    /// CPU time of one call on top of `cpu`, as a share of the time the event asks for.
    pub cpu_of_asked: f64,
    /// Time of one call on top of what the event asks for.
    pub wall: Duration,
    /// HTTP requests.
    pub http_requests: Rate,
    /// HTTP requests at a time.
    pub http_in_flight: usize,
    /// Bytes of HTTP bodies in one call, each way.
    pub http_bytes: u64,
    /// Bytes of arguments and results that cross the boundary in one call, both ways together.
    pub result: usize,
    /// Bytes of log lines.
    pub log: Rate,
    /// How deep dispatched events may nest.
    pub dispatch_depth: usize,
    /// Calls that wait for the instance.
    pub mailbox: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 128 << 20,
            handles: 1000,
            cpu: Duration::from_secs(2),
            cpu_of_asked: 0.05,
            wall: Duration::from_secs(30),
            http_requests: Rate { amount: 50, per: Duration::from_secs(1) },
            http_in_flight: 8,
            http_bytes: 16 << 20,
            result: 4 << 20,
            log: Rate { amount: 64 << 10, per: Duration::from_secs(1) },
            dispatch_depth: 8,
            mailbox: 64,
        }
    }
}

impl Limits {
    /// CPU time for a call that asks for `asked`.
    pub(crate) fn cpu_for(&self, asked: Duration) -> Duration {
        let share = Duration::try_from_secs_f64(asked.as_secs_f64() * self.cpu_of_asked);
        self.cpu.saturating_add(share.unwrap_or(Duration::MAX))
    }
}

/// So much in so much time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How much.
    pub amount: u64,
    /// In how much time; not zero.
    pub per: Duration,
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {:?}", self.amount, self.per)
    }
}

/// A token bucket that holds one period's worth.
#[derive(Debug)]
pub(crate) struct Bucket {
    rate: Rate,
    state: Mutex<(f64, Instant)>,
}

impl Bucket {
    pub(crate) fn new(rate: Rate) -> Self {
        Self { rate, state: Mutex::new((rate.amount as f64, Instant::now())) }
    }

    /// Takes `amount` if it is there.
    pub(crate) fn take(&self, amount: u64) -> bool {
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = Instant::now();
        let gained =
            now.duration_since(state.1).as_secs_f64() / self.rate.per.as_secs_f64() * self.rate.amount as f64;
        *state = ((state.0 + gained).min(self.rate.amount as f64), now);
        if state.0 < amount as f64 {
            return false;
        }
        state.0 -= amount as f64;
        true
    }
}

/// Memory of one instance: all linear memories and tables together.
#[derive(Debug)]
pub(crate) struct MemoryLimit {
    limit: usize,
    memory: usize,
    tables: usize,
    denied: bool,
}

/// Size of a table element in the engine.
const TABLE_ELEMENT: usize = size_of::<usize>();

impl MemoryLimit {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, memory: 0, tables: 0, denied: false }
    }

    /// Whether the instance was refused memory.
    pub(crate) fn denied(&self) -> bool {
        self.denied
    }

    /// A new call begins; what an earlier one was refused explains nothing any more.
    pub(crate) fn begin(&mut self) {
        self.denied = false;
    }

    /// Bytes in use.
    pub(crate) fn used(&self) -> usize {
        self.memory + self.tables
    }

    fn grow(&mut self, by: usize) -> bool {
        let fits = self.used().checked_add(by).is_some_and(|total| total <= self.limit);
        self.denied |= !fits;
        fits
    }
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let by = desired.saturating_sub(current);
        let fits = self.grow(by);
        if fits {
            self.memory += by;
        }
        Ok(fits)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let by = desired.saturating_sub(current).saturating_mul(TABLE_ELEMENT);
        let fits = self.grow(by);
        if fits {
            self.tables += by;
        }
        Ok(fits)
    }

    fn instances(&self) -> usize {
        64
    }

    fn tables(&self) -> usize {
        32
    }

    fn memories(&self) -> usize {
        8
    }
}

/// Bytes that one call may still move; shared with the requests that move them.
#[derive(Debug)]
pub(crate) struct Allowance {
    limit: u64,
    used: AtomicU64,
}

impl Allowance {
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit, used: AtomicU64::new(0) }
    }

    /// Starts a new call.
    pub(crate) fn reset(&self) {
        self.used.store(0, Relaxed);
    }

    /// Takes `bytes` if they are within the limit.
    pub(crate) fn take(&self, bytes: usize) -> bool {
        self.used.fetch_add(bytes as u64, Relaxed) + bytes as u64 <= self.limit
    }
}
