//! Fast fail: looks at the objectives while the measurement runs, as often and as far back as the settings say.
//!
//! Without clock and network: it is given the time and the values.

use std::time::Duration;

use servo_sdk::prelude::{Condition, Failure};
use servo_sdk::slo::Objectives;

use crate::options::FastFail;

/// The objectives of one measurement, and when they are looked at.
#[derive(Debug)]
pub(crate) struct Watch {
    objectives: Objectives,
    period: Duration,
    span: Duration,
    next: Duration,
    zero_is_missing: bool,
}

impl Watch {
    /// `None` when there is nothing to watch.
    pub(crate) fn new(slo: &[Condition], options: &FastFail) -> Option<Watch> {
        if options.disabled {
            return None;
        }
        let period = options.period.get();
        Some(Watch {
            objectives: Objectives::new(slo)?,
            period,
            span: options.span.map_or(period, Into::into),
            next: options.skip.get() + period,
            zero_is_missing: options.treat_zero_as_missing,
        })
    }

    /// How far back a check looks.
    pub(crate) fn span(&self) -> Duration {
        self.span
    }

    /// Whether a condition needs this metric.
    pub(crate) fn names(&self, metric: &str) -> bool {
        self.objectives.names(metric)
    }

    /// Whether a check is due when so much of the measurement has passed. A check that was missed is not made up for.
    pub(crate) fn due(&mut self, passed: Duration) -> bool {
        if passed < self.next {
            return false;
        }
        while self.next <= passed {
            self.next += self.period;
        }
        true
    }

    /// Takes the values seen at `now`, in seconds since the epoch; returns how the conditions stand.
    ///
    /// # Errors
    /// `aborted` with the reason `slo-violation` when a condition failed as often as it may not.
    pub(crate) fn check(&mut self, now: f64, values: &[(String, f64)]) -> Result<String, Failure> {
        let zero_is_missing = self.zero_is_missing;
        self.objectives.check(now, |name| {
            let (_, value) = values.iter().find(|(known, _)| known == name)?;
            (!zero_is_missing || *value != 0.0).then_some(*value)
        })
    }
}

#[cfg(test)]
mod tests;
