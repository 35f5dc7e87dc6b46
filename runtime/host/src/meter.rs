//! CPU time of a guest call, without the time it is parked in the host, and rests for those over their share.
//!
//! The clock of the thread is read around each poll of the call; preemption by the operating system is not counted.
//! It is a system call (about 0.5 µs), so after a call that computed little the first poll of the next one is timed
//! with the monotonic clock instead. It ends with the next tick, unless a single instruction takes longer or the thread
//! does not run; then both clocks bound what is counted.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::time::{Sleep, sleep};

use crate::engine::{Sandbox, TICK};
use crate::share::Share;

/// A call after one that computed less than this is taken to compute little, too.
const LITTLE: u64 = 100_000;
/// A first poll ends with the next tick.
const FIRST_POLL: u64 = TICK.as_nanos() as u64;

thread_local! {
    /// What the clock of this thread showed when it was read last.
    static READ: Cell<u64> = const { Cell::new(0) };
}

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
    share: Arc<Share>,
    budget: AtomicU64,
    spent: AtomicU64,
    /// Start of the poll in progress, on the clock that `exact` names.
    since: AtomicU64,
    /// Whether the poll in progress is timed by the clock of the thread, else by that of the share.
    exact: AtomicBool,
    /// Whether the last call computed little.
    little: AtomicBool,
}

impl Meter {
    pub(crate) fn new(share: Arc<Share>) -> Self {
        Self {
            share,
            budget: AtomicU64::new(0),
            spent: AtomicU64::new(0),
            since: AtomicU64::new(0),
            exact: AtomicBool::new(true),
            little: AtomicBool::new(false),
        }
    }

    /// Runs a guest call within a budget of CPU time, and no faster than its share allows. Every entry into the
    /// guest goes through here: the epoch callback compares with what this call recorded.
    pub(crate) async fn run<F: Future>(&self, sandbox: &Sandbox, budget: Duration, call: F) -> F::Output {
        self.budget.store(u64::try_from(budget.as_nanos()).unwrap_or(u64::MAX), Relaxed);
        self.spent.store(0, Relaxed);
        // Until the end of this call shows that it did.
        self.exact.store(!self.little.load(Relaxed), Relaxed);
        self.little.store(false, Relaxed);
        let mut call = pin!(call);
        let mut rests = Rests::default();
        poll_fn(|context| {
            loop {
                let exact = self.exact.load(Relaxed);
                // One reading of the clock serves a whole light call as start of its poll and for its share.
                let now = self.share.now();
                if rests.poll(&self.share, now, context).is_pending() {
                    return Poll::Pending;
                }
                let busy = sandbox.busy();
                self.since.store(if exact { thread_clock() } else { now }, Relaxed);
                let poll = call.as_mut().poll(context);
                drop(busy);
                let end = self.share.now();
                let spent = if exact { self.by_thread() } else { self.by_wall(end) };
                self.exact.store(true, Relaxed);
                let total = self.spent.fetch_add(spent, Relaxed) + spent;
                self.share.charge(spent, end);
                if poll.is_ready() {
                    self.little.store(total < LITTLE, Relaxed);
                    return poll;
                }
                // One that owes begins to rest now; whether it has more to do, or waits for the host, is seen later.
                if self.share.rest(end).is_none() {
                    return poll;
                }
            }
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
        if self.exact.load(Relaxed) { self.by_thread() } else { self.by_wall(self.share.now()) }
    }

    fn by_wall(&self, now: u64) -> u64 {
        let wall = now.saturating_sub(self.since.load(Relaxed));
        if wall < 2 * FIRST_POLL {
            return wall.min(FIRST_POLL);
        }
        // One instruction took this long, such as `memory.fill`; or the thread did not run, and then its clock has not
        // moved as far since it was read last.
        let before = READ.get();
        wall.min(thread_clock().saturating_sub(before))
    }

    fn by_thread(&self) -> u64 {
        thread_clock().saturating_sub(self.since.load(Relaxed))
    }
}

/// The rests of one call.
#[derive(Debug, Default)]
struct Rests {
    /// Boxed: few calls ever rest.
    rest: Option<Pin<Box<Sleep>>>,
    slowed: bool,
}

impl Rests {
    /// Ready when the instance may go on.
    fn poll(&mut self, share: &Share, now: u64, context: &mut Context<'_>) -> Poll<()> {
        if self.rest.is_none()
            && let Some(rest) = share.rest(now)
        {
            share.slowed(rest, !self.slowed);
            self.slowed = true;
            self.rest = Some(Box::pin(sleep(rest)));
        }
        if let Some(rest) = &mut self.rest {
            if rest.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.rest = None;
        }
        Poll::Ready(())
    }
}

/// CPU time of this thread, in nanoseconds.
fn thread_clock() -> u64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    let now = now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64;
    READ.set(now);
    now
}
