//! The counters that enforce what an instance may use.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;
use wasmtime::ResourceLimiter;

pub use servo_types::{Limits, Rate};

/// A token bucket that holds one period's worth.
#[derive(Debug)]
pub(crate) struct Bucket {
    rate: Rate,
    level: Mutex<Level>,
}

#[derive(Debug)]
struct Level {
    left: f64,
    /// When that was so.
    at: Instant,
    /// The least that ever was.
    least: f64,
}

impl Bucket {
    pub(crate) fn new(rate: Rate) -> Self {
        let full = rate.amount as f64;
        Self { rate, level: Mutex::new(Level { left: full, at: Instant::now(), least: full }) }
    }

    /// Takes `amount` if it is there.
    pub(crate) fn take(&self, amount: u64) -> bool {
        let mut level = self.now();
        if level.left < amount as f64 {
            return false;
        }
        level.left -= amount as f64;
        level.least = level.least.min(level.left);
        true
    }

    /// What is in use now, and the most that ever was.
    pub(crate) fn used(&self) -> (Rate, Rate) {
        let level = self.now();
        let used = |left: f64| Rate { amount: (self.rate.amount as f64 - left).round() as u64, ..self.rate };
        (used(level.left), used(level.least))
    }

    fn now(&self) -> MutexGuard<'_, Level> {
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let (now, full) = (Instant::now(), self.rate.amount as f64);
        let gained = now.duration_since(level.at).as_secs_f64() / self.rate.per.as_secs_f64() * full;
        (level.left, level.at) = ((level.left + gained).min(full), now);
        level
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
    /// The most that a call took.
    peak: AtomicU64,
}

impl Allowance {
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit, used: AtomicU64::new(0), peak: AtomicU64::new(0) }
    }

    /// Starts a new call.
    pub(crate) fn reset(&self) {
        self.used.store(0, Relaxed);
    }

    /// Takes `bytes` if they are within the limit.
    pub(crate) fn take(&self, bytes: usize) -> bool {
        let used = self.used.fetch_add(bytes as u64, Relaxed) + bytes as u64;
        if used > self.limit {
            return false;
        }
        self.peak.fetch_max(used, Relaxed);
        true
    }

    /// What the call took so far, and the most that one took.
    pub(crate) fn used(&self) -> (u64, u64) {
        (self.used.load(Relaxed).min(self.limit), self.peak.load(Relaxed))
    }
}
