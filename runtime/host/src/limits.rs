//! The counters that enforce what an instance may use.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use wasmtime::ResourceLimiter;

pub use servo_types::{Limits, Rate};

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
