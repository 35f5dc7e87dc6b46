//! Between the contract's records and the vocabulary of servo.

use std::time::Duration;

use servo_types as t;

use crate::bindings::exported::{check, declarations};
use crate::bindings::imported::contract as w;

impl w::Host for crate::state::State {}

pub(crate) fn failure(failure: w::Failure) -> t::Failure {
    let code = match failure.code {
        w::Code::Rejected => t::Code::Rejected,
        w::Code::Aborted => t::Code::Aborted,
        w::Code::Cancelled => t::Code::Cancelled,
        w::Code::Failed => t::Code::Failed,
        w::Code::TimedOut => t::Code::TimedOut,
        w::Code::LimitExceeded => t::Code::LimitExceeded,
        w::Code::Denied => t::Code::Denied,
        w::Code::Busy => t::Code::Busy,
    };
    t::Failure { code, reason: failure.reason.map(cut), message: cut(failure.message) }
}

/// Failures go to terminals and journals: what a person reads is short.
const TEXT_MAX: usize = 4 << 10;

fn cut(mut text: String) -> String {
    if text.len() > TEXT_MAX {
        text.truncate(text.floor_char_boundary(TEXT_MAX));
        text.push('…');
    }
    text
}

pub(crate) fn failure_to_guest(failure: t::Failure) -> w::Failure {
    let code = match failure.code {
        t::Code::Rejected => w::Code::Rejected,
        t::Code::Aborted => w::Code::Aborted,
        t::Code::Cancelled => w::Code::Cancelled,
        t::Code::Failed => w::Code::Failed,
        t::Code::TimedOut => w::Code::TimedOut,
        t::Code::LimitExceeded => w::Code::LimitExceeded,
        t::Code::Denied => w::Code::Denied,
        t::Code::Busy => w::Code::Busy,
    };
    w::Failure { code, reason: failure.reason, message: failure.message }
}

pub(crate) fn control_to_guest(control: &t::Control) -> w::Control {
    let ms = |time: Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
    w::Control {
        delay: ms(control.delay),
        warmup: ms(control.warmup),
        duration: ms(control.duration),
        settlement: ms(control.settlement),
        load: control.load.clone(),
        slo: control.slo.iter().flat_map(|slo| &slo.conditions).map(condition_to_guest).collect(),
        userdata: control.userdata.clone(),
    }
}

pub(crate) fn adjustments_to_guest(adjustments: &[t::Adjustment]) -> Vec<w::Adjustment> {
    let one = |adjustment: &t::Adjustment| w::Adjustment {
        component: adjustment.component.clone(),
        setting: adjustment.setting.clone(),
        value: match &adjustment.value {
            t::Value::Number(number) => w::Value::Number(*number),
            t::Value::Text(text) => w::Value::Text(text.clone()),
        },
    };
    adjustments.iter().map(one).collect()
}

pub(crate) fn metric(metric: w::Metric) -> t::Metric {
    t::Metric { name: metric.name, unit: metric.unit }
}

pub(crate) fn component(component: w::Component) -> t::Component {
    t::Component { name: component.name, settings: component.settings.into_iter().map(setting).collect() }
}

pub(crate) fn description(description: w::Description) -> t::Description {
    t::Description {
        components: description.components.into_iter().map(component).collect(),
        metrics: description.metrics.into_iter().map(metric).collect(),
    }
}

pub(crate) fn measurement(measurement: w::Measurement) -> Result<t::Measurement, t::Failure> {
    for reading in &measurement.readings {
        if let w::Reading::Series(series) = reading
            && series.times.len() != series.values.len()
        {
            return Err(t::Failure::failed(format!(
                "the series `{}` has {} times and {} values",
                series.metric,
                series.times.len(),
                series.values.len()
            )));
        }
    }
    let measurement = t::Measurement {
        readings: measurement.readings.into_iter().map(reading).collect(),
        annotations: measurement.annotations,
    };
    measurement.check().map_err(|error| t::Failure::failed(error.to_string()))?;
    Ok(measurement)
}

pub(crate) fn reading(reading: w::Reading) -> t::Reading {
    match reading {
        w::Reading::Series(series) => t::Reading::Series(t::Series {
            metric: series.metric,
            id: series.id,
            annotations: series.annotations,
            times: series.times,
            values: series.values,
        }),
        w::Reading::Scalar(scalar) => t::Reading::Scalar(t::Scalar {
            metric: scalar.metric,
            id: scalar.id,
            at: scalar.at,
            value: scalar.value,
        }),
    }
}

pub(crate) fn check(info: check::Info) -> t::Check {
    t::Check {
        id: info.id,
        name: info.name,
        description: info.description,
        severity: match info.severity {
            check::Severity::Warning => t::Severity::Warning,
            check::Severity::Common => t::Severity::Common,
            check::Severity::Critical => t::Severity::Critical,
        },
        tags: info.tags,
        remedy: info.remedy,
    }
}

/// A hook, or the name of the event that has none.
pub(crate) fn hook(hook: declarations::Hook) -> Result<servo_events::Hook, String> {
    let moment = match hook.moment {
        declarations::Moment::Before => servo_events::Moment::Before,
        declarations::Moment::After => servo_events::Moment::After,
    };
    let event = servo_events::Event::from_name(&hook.event).ok_or(hook.event)?;
    Ok(servo_events::Hook { event, moment })
}

fn setting(setting: w::Setting) -> t::Setting {
    t::Setting {
        name: setting.name,
        unit: setting.unit,
        domain: match setting.domain {
            w::Domain::Range(range) => t::Domain::Range(t::Range {
                min: range.min,
                max: range.max,
                step: range.step,
                scale: match range.scale {
                    w::Scale::Linear => t::Scale::Linear,
                    w::Scale::Log => t::Scale::Log,
                },
            }),
            w::Domain::Choice(values) => t::Domain::Enum { values: values.into_iter().map(value).collect() },
        },
        value: setting.value.map(value),
        pinned: setting.pinned,
    }
}

fn value(value: w::Value) -> t::Value {
    match value {
        w::Value::Number(number) => t::Value::Number(number),
        w::Value::Text(text) => t::Value::Text(text),
    }
}

fn condition_to_guest(condition: &t::Condition) -> w::Condition {
    w::Condition {
        metric: condition.metric.clone(),
        keep: match condition.keep {
            t::Keep::Below => w::Keep::Below,
            t::Keep::Above => w::Keep::Above,
        },
        threshold: match &condition.threshold {
            t::Threshold::Fixed(value) => w::Threshold::Fixed(value * condition.threshold_multiplier),
            t::Threshold::Metric(metric) => w::Threshold::Metric(metric.clone()),
        },
        trigger_count: condition.trigger_count,
        trigger_window: condition.trigger_window,
        threshold_multiplier: match condition.threshold {
            t::Threshold::Fixed(_) => 1.0,
            t::Threshold::Metric(_) => condition.threshold_multiplier,
        },
        metric_minimum: condition.slo_metric_minimum,
        threshold_minimum: condition.slo_threshold_minimum,
        description: condition.description.clone(),
    }
}
