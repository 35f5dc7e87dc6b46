//! When a broken instance may be built again: at once, then later and later.

use std::time::{Duration, Instant};

/// Delay after the second failure in a row; doubled for each further one.
const FIRST: Duration = Duration::from_secs(1);
/// The longest delay.
const LONGEST: Duration = Duration::from_secs(300);
/// An answer means that failures are over when none came for so many times the last delay.
const QUIET: u32 = 2;

/// The failures of an instance since it was last quiet.
#[derive(Debug, Default)]
pub(crate) struct Recovery {
    failures: u32,
    not_before: Option<Instant>,
    /// When an answer means that the failures are over.
    forgotten: Option<Instant>,
}

impl Recovery {
    /// The instance broke, or could not be built.
    pub(crate) fn failed(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        let delay = match self.failures {
            1 => Duration::ZERO,
            n => FIRST.saturating_mul(1 << (n - 2).min(16)).min(LONGEST),
        };
        self.not_before = Some(now + delay);
        self.forgotten = Some(now + delay.saturating_mul(QUIET));
    }

    /// The instance answered.
    pub(crate) fn answered(&mut self, now: impl FnOnce() -> Instant) {
        if self.forgotten.is_some_and(|forgotten| forgotten <= now()) {
            *self = Self::default();
        }
    }

    /// How long it is until the next attempt; none when one may be made now.
    pub(crate) fn wait(&self, now: Instant) -> Option<Duration> {
        let wait = self.not_before?.saturating_duration_since(now);
        (!wait.is_zero()).then_some(wait)
    }

    /// When the next attempt may be made.
    pub(crate) fn not_before(&self) -> Option<Instant> {
        self.not_before
    }

    /// Failures in a row, without a quiet time between them.
    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_from_one_second_to_five_minutes() {
        let now = Instant::now();
        let mut recovery = Recovery::default();
        let mut delays = Vec::new();
        for _ in 0..12 {
            recovery.failed(now);
            delays.push(recovery.wait(now).unwrap_or_default().as_secs());
        }
        assert_eq!(delays, [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }

    #[test]
    fn failures_are_forgotten_after_a_quiet_time_with_an_answer() {
        let second = Duration::from_secs(1);
        let start = Instant::now();
        let mut recovery = Recovery::default();
        // Five failures, then answers: it takes twice the last delay of 8 s until they are forgotten.
        for _ in 0..5 {
            recovery.failed(start);
        }
        recovery.answered(|| start + 15 * second);
        assert_eq!(recovery.failures(), 5);
        recovery.answered(|| start + 16 * second);
        assert_eq!(recovery.failures(), 0);
        // A single failure is forgotten with the next answer.
        recovery.failed(start);
        recovery.answered(|| start);
        assert_eq!((recovery.failures(), recovery.wait(start)), (0, None));
    }
}
