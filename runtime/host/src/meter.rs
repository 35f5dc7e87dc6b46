//! CPU time of a guest call, without the time it is parked in the host.
//!
//! The clock of the thread is read around each poll of the call; it is a system call (about 0.5 µs), so the
//! first poll, which ends at the first epoch tick at the latest, is timed with the monotonic clock instead and
//! counted with at most two ticks. Preemption by the operating system is not counted.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::engine::{Sandbox, TICK};

/// The most that the first poll is billed: it may begin right after one tick and end with the next but one.
const FIRST_POLL: u64 = 2 * TICK.as_nanos() as u64;

/// The guest used more CPU time than its budget. Raised in the guest by the epoch callback.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CpuBudget(pub(crate) Duration);

impl std::fmt::Display for CpuBudget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "used more than {:?} of CPU time", self.0)
    }
}

impl std::error::Error for CpuBudget {}

/// Measures the calls of one instance, one at a time.
#[derive(Debug)]
pub(crate) struct Meter {
    base: Instant,
    budget: AtomicU64,
    spent: AtomicU64,
    /// Start of the poll in progress: on the monotonic clock for the first poll, else on the thread's.
    since: AtomicU64,
    polls: AtomicU64,
}

impl Meter {
    pub(crate) fn new() -> Self {
        Self {
            base: Instant::now(),
            budget: AtomicU64::new(0),
            spent: AtomicU64::new(0),
            since: AtomicU64::new(0),
            polls: AtomicU64::new(0),
        }
    }

    /// Runs a guest call within a budget of CPU time. Every entry into the guest goes through here: the epoch
    /// callback compares with what this call recorded.
    pub(crate) async fn run<F: Future>(&self, sandbox: &Sandbox, budget: Duration, call: F) -> F::Output {
        self.budget.store(u64::try_from(budget.as_nanos()).unwrap_or(u64::MAX), Relaxed);
        self.spent.store(0, Relaxed);
        self.polls.store(0, Relaxed);
        let mut call = pin!(call);
        poll_fn(|context| {
            let _busy = sandbox.busy();
            self.since.store(self.clock(), Relaxed);
            let poll = call.as_mut().poll(context);
            let spent = self.running();
            self.polls.fetch_add(1, Relaxed);
            self.spent.fetch_add(spent, Relaxed);
            poll
        })
        .await
    }

    /// CPU time of the last call.
    pub(crate) fn spent(&self) -> Duration {
        Duration::from_nanos(self.spent.load(Relaxed))
    }

    /// Whether the call in progress is over its budget; for the epoch callback, on the polling thread.
    pub(crate) fn over(&self) -> Result<(), CpuBudget> {
        let budget = self.budget.load(Relaxed);
        if self.spent.load(Relaxed) + self.running() > budget {
            return Err(CpuBudget(Duration::from_nanos(budget)));
        }
        Ok(())
    }

    fn running(&self) -> u64 {
        let elapsed = self.clock().saturating_sub(self.since.load(Relaxed));
        if self.polls.load(Relaxed) == 0 { elapsed.min(FIRST_POLL) } else { elapsed }
    }

    fn clock(&self) -> u64 {
        if self.polls.load(Relaxed) == 0 {
            self.base.elapsed().as_nanos() as u64
        } else {
            let now = clock_gettime(ClockId::ThreadCPUTime);
            now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
        }
    }
}
