//! How often etcd was asked what, and how long it took to answer: counted without a lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What is asked of etcd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Read,
    List,
    Write,
    Grant,
    Renew,
    Revoke,
    Lease,
    Watch,
    Status,
}

/// Figures of one kind of call to etcd, for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallFigures {
    /// What was asked, in one word.
    pub name: &'static str,
    /// How many calls came to an end.
    pub calls: u64,
    /// How many of them failed, those without an answer in time included.
    pub failures: u64,
    /// How long all of them took together.
    pub total: Duration,
    /// How long the longest took.
    pub longest: Duration,
}

/// A meter for each kind.
#[derive(Debug, Default)]
pub(crate) struct Meters([Meter; ALL.len()]);

#[derive(Debug, Default)]
struct Meter {
    calls: AtomicU64,
    failures: AtomicU64,
    /// In nanoseconds.
    total: AtomicU64,
    longest: AtomicU64,
}

/// In the order of their numbers.
const ALL: [Call; 9] = [
    Call::Read,
    Call::List,
    Call::Write,
    Call::Grant,
    Call::Renew,
    Call::Revoke,
    Call::Lease,
    Call::Watch,
    Call::Status,
];

impl Call {
    /// As it stands in errors: `etcd does not …`.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::List => "list",
            Self::Write => "write",
            Self::Grant => "grant a lease",
            Self::Renew => "renew a lease",
            Self::Revoke => "revoke a lease",
            Self::Lease => "read a lease",
            Self::Watch => "watch",
            Self::Status => "tell its status",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Renew => "renew",
            Self::Revoke => "revoke",
            Self::Lease => "lease",
            Self::Status => "status",
            Self::Read | Self::List | Self::Write | Self::Watch => self.text(),
        }
    }
}

impl Meters {
    pub(crate) fn ended(&self, call: Call, took: Duration, failed: bool) {
        let meter = &self.0[call as usize];
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        meter.calls.fetch_add(1, Ordering::Relaxed);
        meter.failures.fetch_add(u64::from(failed), Ordering::Relaxed);
        meter.total.fetch_add(nanoseconds, Ordering::Relaxed);
        meter.longest.fetch_max(nanoseconds, Ordering::Relaxed);
    }

    /// Figures of the kinds that were asked at least once.
    pub(crate) fn figures(&self) -> Vec<CallFigures> {
        let figures = ALL.iter().zip(&self.0).map(|(call, meter)| {
            let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
            CallFigures {
                name: call.name(),
                calls: read(&meter.calls),
                failures: read(&meter.failures),
                total: Duration::from_nanos(read(&meter.total)),
                longest: Duration::from_nanos(read(&meter.longest)),
            }
        });
        figures.filter(|figures| figures.calls > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_counted_for_itself() {
        assert!(ALL.iter().enumerate().all(|(number, call)| *call as usize == number));
        let meters = Meters::default();
        assert_eq!(meters.figures(), []);
        let millis = Duration::from_millis;
        meters.ended(Call::Status, millis(3), false);
        meters.ended(Call::Grant, millis(2), true);
        meters.ended(Call::Status, millis(5), true);
        let one = |name, calls, failures, total, longest| CallFigures {
            name,
            calls,
            failures,
            total: millis(total),
            longest: millis(longest),
        };
        assert_eq!(meters.figures(), [one("grant", 1, 1, 2, 2), one("status", 2, 1, 8, 5)]);
    }
}
