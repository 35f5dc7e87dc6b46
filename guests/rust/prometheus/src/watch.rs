//! Fast fail: looks at the objectives while the measurement runs, and says when it must end.
//!
//! A state machine without clock and network: it is given the time and the values.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use servo_sdk::prelude::{Condition, Failure, Keep, Threshold, time};

use crate::options::FastFail;

/// The objectives of one measurement and what was seen of them.
#[derive(Debug)]
pub(crate) struct Watch {
    conditions: Vec<Watched>,
    period: Duration,
    span: Duration,
    next: Duration,
    zero_is_missing: bool,
}

#[derive(Debug)]
struct Watched {
    condition: Condition,
    /// The last checks, at most as many as the window; the text of those that failed.
    window: VecDeque<Option<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    Passed,
    Failed,
    ZeroMetric,
    ZeroThreshold,
    MissingMetric,
    MissingThreshold,
}

/// Two metrics are not compared when one is this near to zero: their ratio says nothing.
const COMPARABLE_MIN: f64 = 0.25;

impl Watch {
    /// `None` when there is nothing to watch.
    pub(crate) fn new(slo: &[Condition], options: &FastFail) -> Option<Watch> {
        if options.disabled || slo.is_empty() {
            return None;
        }
        let period = options.period.get();
        Some(Watch {
            conditions: slo.iter().cloned().map(Watched::new).collect(),
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
        self.conditions.iter().any(|Watched { condition, .. }| {
            condition.metric == metric
                || matches!(&condition.threshold, Threshold::Metric(name) if name == metric)
        })
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
        let value = |name: &str| {
            let (_, value) = values.iter().find(|(known, _)| known == name)?;
            (!zero_is_missing || *value != 0.0).then_some(*value)
        };
        let mut counts: BTreeMap<Status, (usize, Vec<String>)> = BTreeMap::new();
        for watched in &mut self.conditions {
            let (status, text) = watched.look(now, value);
            let (count, names) = counts.entry(status).or_default();
            *count += 1;
            names.push(watched.name());
            watched.remember((status == Status::Failed).then_some(text));
        }
        let violations: Vec<String> = self.conditions.iter().filter_map(Watched::violation).collect();
        if !violations.is_empty() {
            let message = format!("SLO violation(s) observed: {}", violations.join(", "));
            return Err(Failure::aborted(message).because("slo-violation"));
        }
        let shown = counts.into_iter().map(|(status, (count, names))| {
            let text = status.text();
            format!("x{count} {text} [{}]", names.join(", "))
        });
        Ok(shown.collect::<Vec<_>>().join(", "))
    }
}

impl Watched {
    fn new(condition: Condition) -> Watched {
        Watched { condition, window: VecDeque::new() }
    }

    fn name(&self) -> String {
        let Condition { metric, keep, threshold, .. } = &self.condition;
        let threshold = match threshold {
            Threshold::Fixed(number) => number.to_string(),
            Threshold::Metric(name) => name.clone(),
        };
        format!("({metric} {} {threshold})", keep_text(*keep))
    }

    fn look(&self, now: f64, value: impl Fn(&str) -> Option<f64>) -> (Status, String) {
        let Condition { metric, keep, threshold, .. } = &self.condition;
        let status = |status: Status| (status, String::new());
        let Some(seen) = value(metric) else { return status(Status::MissingMetric) };
        let limit = match threshold {
            Threshold::Fixed(limit) => *limit,
            Threshold::Metric(name) => {
                let Some(limit) = value(name) else { return status(Status::MissingThreshold) };
                if seen.abs() < COMPARABLE_MIN {
                    return status(Status::ZeroMetric);
                }
                if limit.abs() < COMPARABLE_MIN {
                    return status(Status::ZeroThreshold);
                }
                limit
            }
        };
        let kept = match keep {
            Keep::Below => seen <= limit,
            Keep::Above => seen >= limit,
        };
        if kept {
            return status(Status::Passed);
        }
        let text = format!(
            "{} SLO failed metric value {seen:.2} was not {} threshold value {limit:.2}",
            time::utc(now),
            keep_text(*keep)
        );
        (Status::Failed, text)
    }

    fn remember(&mut self, failed: Option<String>) {
        self.window.push_back(failed);
        let size = self.condition.trigger_window.max(self.condition.trigger_count).max(1) as usize;
        while self.window.len() > size {
            self.window.pop_front();
        }
    }

    fn violation(&self) -> Option<String> {
        let failed: Vec<&str> = self.window.iter().flatten().map(String::as_str).collect();
        let enough = failed.len() >= self.condition.trigger_count.max(1) as usize;
        enough.then(|| format!("{}[{}]", self.name(), failed.join(", ")))
    }
}

impl Status {
    fn text(self) -> &'static str {
        match self {
            Status::Passed => "passed",
            Status::Failed => "failed",
            Status::ZeroMetric => "zero_metric",
            Status::ZeroThreshold => "zero_threshold",
            Status::MissingMetric => "missing_metric",
            Status::MissingThreshold => "missing_threshold",
        }
    }
}

fn keep_text(keep: Keep) -> &'static str {
    match keep {
        Keep::Below => "below",
        Keep::Above => "above",
    }
}

#[cfg(test)]
mod tests;
