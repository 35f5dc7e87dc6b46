//! How many bytes a call or a reply moves across the boundary, for the limit `result`.

use servo_events::{Call, Reply};
use servo_types::{Component, Control, Domain, Measurement, Metric, Reading, Setting, Value};

/// What a record costs beside its texts.
const RECORD: usize = 16;

pub(crate) fn of_call(call: &Call) -> usize {
    match call {
        Call::Measure { metrics, control } => {
            metrics.iter().map(|metric| text(metric)).sum::<usize>() + of_control(control)
        }
        Call::Describe { control } => of_control(control),
        Call::Adjust { adjustments, control } => {
            let one = |a: &servo_types::Adjustment| text(&a.component) + text(&a.setting) + value(&a.value);
            adjustments.iter().map(one).sum::<usize>() + of_control(control)
        }
        Call::Command { name, arguments, .. } => text(name) + text(arguments),
        Call::Before { arguments, .. } | Call::Custom { arguments, .. } => text(arguments),
        Call::After { outcomes, .. } => text(outcomes),
        Call::Shutdown { reason: short } | Call::CheckRun { id: short } | Call::CheckRemedy { id: short } => {
            text(short)
        }
        Call::Startup | Call::Metrics | Call::Components | Call::CheckList | Call::Promote => 0,
    }
}

pub(crate) fn of_reply(reply: &Reply) -> usize {
    match reply {
        Reply::Done => 0,
        Reply::Metrics(metrics) => metrics.iter().map(metric).sum(),
        Reply::Components(components) => components.iter().map(component).sum(),
        Reply::Description(description) => {
            description.components.iter().map(component).sum::<usize>()
                + description.metrics.iter().map(metric).sum::<usize>()
        }
        Reply::Checks(checks) => checks
            .iter()
            .map(|check| RECORD + text(&check.id) + text(&check.name) + text(&check.description))
            .sum(),
        Reply::Checked(verdict) => text(&verdict.message) + verdict.hint.as_deref().map_or(0, text),
        Reply::Remedied(done) => text(done),
        Reply::Measurement(measurement) => of_measurement(measurement),
        Reply::Output(output) => json(&output.value) + pairs(&output.columns),
        Reply::Custom(value) => json(value),
    }
}

fn of_measurement(measurement: &Measurement) -> usize {
    measurement.readings.iter().map(reading).sum::<usize>() + pairs(&measurement.annotations)
}

fn of_control(control: &Control) -> usize {
    RECORD + control.load.as_deref().map_or(0, text) + pairs(&control.userdata)
}

fn reading(reading: &Reading) -> usize {
    match reading {
        Reading::Series(series) => {
            text(&series.metric)
                + series.id.as_deref().map_or(0, text)
                + pairs(&series.annotations)
                + size_of::<f64>() * (series.times.len() + series.values.len())
        }
        Reading::Scalar(scalar) => RECORD + text(&scalar.metric),
    }
}

fn component(component: &Component) -> usize {
    text(&component.name) + component.settings.iter().map(setting).sum::<usize>()
}

fn setting(setting: &Setting) -> usize {
    let domain = match &setting.domain {
        Domain::Range(_) => 4 * size_of::<f64>(),
        Domain::Enum { values } => values.iter().map(value).sum(),
    };
    text(&setting.name) + domain + setting.value.as_ref().map_or(0, value)
}

fn metric(metric: &Metric) -> usize {
    text(&metric.name) + text(&metric.unit)
}

fn value(value: &Value) -> usize {
    match value {
        Value::Number(_) => size_of::<f64>(),
        Value::Text(short) => text(short),
    }
}

fn json(value: &serde_json::Value) -> usize {
    use serde_json::Value;
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => RECORD,
        Value::String(short) => text(short),
        Value::Array(list) => RECORD + list.iter().map(json).sum::<usize>(),
        Value::Object(map) => RECORD + map.iter().map(|(key, value)| text(key) + json(value)).sum::<usize>(),
    }
}

fn pairs(pairs: &[(String, String)]) -> usize {
    pairs.iter().map(|(key, value)| text(key) + text(value)).sum()
}

fn text(text: &str) -> usize {
    RECORD + text.len()
}
