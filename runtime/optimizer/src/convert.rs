//! Between what connectors say and what is decided on: descriptions become a space, settings become adjustments, and
//! series of readings become means.

use std::collections::BTreeMap;

use servo_types as t;

use crate::objective::{Bound, CheckedObjective, Limit};
use crate::space::{Domain, Setting, Settings, Space, SpaceError, Value};
use crate::trial::{self, TrialResult};

/// What the optimizer may change.
pub fn space(description: &t::Description) -> Result<Space, SpaceError> {
    let mut settings = Vec::new();
    for component in &description.components {
        for setting in &component.settings {
            let domain = match &setting.domain {
                t::Domain::Range(range) => {
                    let whole = |value: f64| value.fract() == 0.0;
                    let step = (range.step > 0.0).then_some(range.step);
                    let integer = step.is_some_and(whole) && whole(range.min);
                    match (Domain::range(range.min, range.max, step, integer), range.scale) {
                        (Domain::Range { min, max, step, integer, .. }, t::Scale::Log) => {
                            Domain::Range { min, max, step, integer, log: true }
                        }
                        (domain, _) => domain,
                    }
                }
                t::Domain::Enum { values } => Domain::Enum(values.iter().map(value).collect()),
            };
            let id = || format!("{}.{}", component.name, setting.name);
            let current = setting.value.as_ref().map(value).ok_or_else(|| SpaceError::NoValue(id()))?;
            settings.push(Setting {
                component: component.name.clone(),
                name: setting.name.clone(),
                domain,
                value: current,
                pinned: setting.pinned,
            });
        }
    }
    Space::new(settings)
}

/// The adjustments that lead to `settings`; pinned settings are left out.
pub fn adjustments(space: &Space, settings: &Settings) -> Vec<t::Adjustment> {
    let one = |setting: &Setting| {
        let value = settings.get(&setting.id())?;
        Some(t::Adjustment {
            component: setting.component.clone(),
            setting: setting.name.clone(),
            value: back(value),
        })
    };
    space.settings().iter().filter(|setting| !setting.pinned).filter_map(one).collect()
}

/// Whether the application has these settings.
pub fn has(description: &t::Description, adjustments: &[t::Adjustment]) -> bool {
    adjustments.iter().all(|wanted| {
        let setting = description.setting(&wanted.component, &wanted.setting);
        setting.and_then(|setting| setting.value.as_ref()).is_some_and(|value| value.same(&wanted.value))
    })
}

/// Of so many checks in a row each must find a constraint violated before it ends a measurement: one alone may be noise.
const VIOLATIONS: u32 = 2;

/// The constraints that connectors can watch: those that compare a metric with a number. What is known of a setting needs
/// no measurement.
pub fn slo(objective: &CheckedObjective, space: &Space) -> Option<t::Slo> {
    let is_setting = |name: &str| space.settings().iter().any(|setting| setting.id() == name);
    let condition = |limit: Limit| {
        let (keep, number) = match limit.bound {
            Bound::AtMost(number) => (t::Keep::Below, number),
            Bound::AtLeast(number) => (t::Keep::Above, number),
        };
        t::Condition {
            trigger_count: VIOLATIONS,
            trigger_window: VIOLATIONS,
            ..t::Condition::new(limit.name, keep, t::Threshold::Fixed(number))
        }
    };
    let watched = objective.limits().filter(|limit| !is_setting(&limit.name));
    let conditions: Vec<_> = watched.map(condition).collect();
    (!conditions.is_empty()).then_some(t::Slo { conditions })
}

/// The mean of each metric; several series of one metric count alike.
pub fn means(measurement: &t::Measurement) -> BTreeMap<String, trial::Reading> {
    let mut values: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut samples: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for reading in &measurement.readings {
        let Some(mean) = reading.mean() else { continue };
        values.entry(reading.metric()).or_default().push(mean);
        if let t::Reading::Series(series) = reading {
            samples
                .entry(reading.metric())
                .or_default()
                .extend(series.values.iter().filter(|value| value.is_finite()));
        }
    }
    let mut means = BTreeMap::new();
    for (metric, of_series) in values {
        let Some(mean) = t::mean(of_series.iter().copied()) else { continue };
        let samples = samples.remove(metric).unwrap_or_default();
        let deviation = (samples.len() > 1).then(|| {
            let center = samples.iter().sum::<f64>() / samples.len() as f64;
            let squares: f64 = samples.iter().map(|value| (value - center).powi(2)).sum();
            (squares / (samples.len() - 1) as f64).sqrt()
        });
        let count = (!samples.is_empty()).then_some(samples.len() as u64);
        means.insert(metric.to_owned(), trial::Reading { mean, deviation, samples: count });
    }
    means
}

/// A trial that ended without a measurement.
pub fn failed(failure: &t::Failure) -> TrialResult {
    match failure.code {
        t::Code::Rejected => TrialResult::Rejected(failure.message.clone()),
        t::Code::Aborted => TrialResult::Aborted(failure.message.clone()),
        t::Code::Failed => TrialResult::Failed(failure.message.clone()),
        _ => TrialResult::Failed(failure.to_string()),
    }
}

fn value(value: &t::Value) -> Value {
    match value {
        t::Value::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            Value::Integer(*number as i64)
        }
        t::Value::Number(number) => Value::Number(*number),
        t::Value::Text(text) => Value::Text(text.clone()),
    }
}

fn back(value: &Value) -> t::Value {
    match value {
        Value::Integer(number) => t::Value::Number(*number as f64),
        Value::Number(number) => t::Value::Number(*number),
        Value::Text(text) => t::Value::Text(text.clone()),
        Value::Bool(truth) => t::Value::Text(truth.to_string()),
    }
}

#[cfg(test)]
mod tests;
