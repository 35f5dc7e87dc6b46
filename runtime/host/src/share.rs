//! How much of a core an instance takes, averaged over two seconds.
//!
//! CPU time is a debt that wall time pays off: a nanosecond of it costs `1 / share` nanoseconds. Who owes nothing
//! may run ahead for as long as the window; who owes waits before its next step, where it keeps nobody from working.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::counters::Tally;

/// The time over which the share is averaged: a rested instance may compute this long times its share at full speed.
const WINDOW: u64 = 2_000_000_000;
/// Shorter rests are not worth a timer.
const REST: u64 = 2_000_000;

/// The share of one instance; survives its rebuild.
#[derive(Debug)]
pub(crate) struct Share {
    base: Instant,
    /// Wall time that pays for one unit of CPU time.
    price: f64,
    /// When everything used so far is paid for, in nanoseconds of [`Share::now`]. Written by one call at a time.
    paid: AtomicU64,
    /// CPU time so far, in nanoseconds.
    total: AtomicU64,
    /// The most that was ever used of one window, in nanoseconds of wall time that pay for it.
    peak: AtomicU64,
    tally: Arc<Tally>,
}

impl Share {
    /// So much of one core; 1 is a whole one, and slows nobody.
    pub(crate) fn new(of_core: f64, tally: Arc<Tally>) -> Self {
        // One call computes on one core, so more than a whole one cannot be used.
        let price = if of_core < 1.0 { 1.0 / of_core.max(1e-4) } else { 0.0 };
        let [paid, total, peak] = [(); 3].map(|()| AtomicU64::new(0));
        Self { base: Instant::now(), price, paid, total, peak, tally }
    }

    /// Nanoseconds on the clock of this share.
    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.base.elapsed().as_nanos()).unwrap_or(u64::MAX).saturating_add(WINDOW)
    }

    /// Counts CPU time in nanoseconds that was used until now.
    pub(crate) fn charge(&self, cpu: u64, now: u64) {
        self.total.fetch_add(cpu, Relaxed);
        let begins = now.saturating_sub(WINDOW);
        let paid = self.paid.load(Relaxed).max(begins).saturating_add((cpu as f64 * self.price) as u64);
        self.paid.store(paid, Relaxed);
        if paid - begins > self.peak.load(Relaxed) {
            self.peak.store(paid - begins, Relaxed);
        }
    }

    /// How long the instance has to rest before it may compute again; none when it is within its share.
    pub(crate) fn rest(&self, now: u64) -> Option<Duration> {
        let owed = self.paid.load(Relaxed).saturating_sub(now);
        (owed > 0).then(|| Duration::from_nanos(owed.max(REST)))
    }

    /// CPU time so far, that of the call in progress included.
    pub(crate) fn total(&self) -> Duration {
        Duration::from_nanos(self.total.load(Relaxed))
    }

    /// The share of a core that was used lately, and at most.
    pub(crate) fn used(&self) -> (f64, f64) {
        let lately = self.paid.load(Relaxed).saturating_sub(self.now().saturating_sub(WINDOW));
        let share = |time: u64| if self.price > 0.0 { time as f64 / WINDOW as f64 / self.price } else { 0.0 };
        (share(lately), share(self.peak.load(Relaxed)))
    }

    /// The instance is made to rest; `first` in this call.
    pub(crate) fn slowed(&self, rest: Duration, first: bool) {
        if first {
            self.tally.limit("cpu_share");
        }
        self.tally.slowed(rest);
    }
}

#[cfg(test)]
mod tests;
