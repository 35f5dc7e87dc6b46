//! Service level objectives while a measurement goes on: how often each was violated lately, and when that is enough
//! to end it.
//!
//! A state machine without clock and network: it is given the time and the values.

use std::collections::{BTreeMap, VecDeque};

use crate::contract::{Condition, Failure, Keep, Threshold};
use crate::time;

/// The conditions of one measurement and what was seen of them.
#[derive(Debug)]
pub struct Objectives {
    conditions: Vec<Watched>,
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

impl Objectives {
    /// Those of `Control::slo`; `None` when there are none.
    pub fn new(conditions: &[Condition]) -> Option<Objectives> {
        let watched =
            |condition: &Condition| Watched { condition: condition.clone(), window: VecDeque::new() };
        (!conditions.is_empty()).then(|| Objectives { conditions: conditions.iter().map(watched).collect() })
    }

    /// Whether a condition needs this metric.
    pub fn names(&self, metric: &str) -> bool {
        self.conditions.iter().any(|Watched { condition, .. }| {
            condition.metric == metric
                || matches!(&condition.threshold, Threshold::Metric(name) if name == metric)
        })
    }

    /// Takes the values seen at `now`, in seconds since the epoch; returns how the conditions stand. A metric without
    /// a value says nothing.
    ///
    /// # Errors
    /// `aborted` with the reason `slo-violation` when a condition failed as often as it may not.
    pub fn check(&mut self, now: f64, value: impl Fn(&str) -> Option<f64>) -> Result<String, Failure> {
        let mut counts: BTreeMap<Status, (usize, Vec<String>)> = BTreeMap::new();
        for watched in &mut self.conditions {
            let (status, text) = watched.look(now, &value);
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
    fn name(&self) -> String {
        let Condition { metric, keep, threshold, .. } = &self.condition;
        let threshold = match threshold {
            Threshold::Fixed(number) => number.to_string(),
            Threshold::Metric(name) => name.clone(),
        };
        format!("({metric} {} {threshold})", keep_text(*keep))
    }

    fn look(&self, now: f64, value: &impl Fn(&str) -> Option<f64>) -> (Status, String) {
        let Condition { metric, keep, threshold, .. } = &self.condition;
        let status = |status: Status| (status, String::new());
        let value = |name: &str| value(name).filter(|value| !value.is_nan());
        let Some(seen) = value(metric) else { return status(Status::MissingMetric) };
        let limit = match threshold {
            Threshold::Fixed(limit) => *limit,
            Threshold::Metric(name) => {
                let Some(other) = value(name) else { return status(Status::MissingThreshold) };
                let limit = other * self.condition.threshold_multiplier;
                // The ratio of two values that are nearly zero says nothing.
                if (0.0..=self.condition.metric_minimum).contains(&seen) {
                    return status(Status::ZeroMetric);
                }
                if (0.0..=self.condition.threshold_minimum).contains(&limit) {
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
