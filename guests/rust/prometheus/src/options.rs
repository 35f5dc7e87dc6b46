//! The settings.

use std::collections::{BTreeMap, BTreeSet};

use servo_sdk::prelude::*;

/// The settings of the connector.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// Where Prometheus listens, for example `http://prometheus:9090`.
    pub(crate) base_url: Endpoint,
    /// What is measured.
    pub(crate) metrics: Vec<Query>,
    /// Targets that Prometheus is expected to scrape; a check looks for them.
    #[serde(default)]
    pub(crate) targets: Vec<Target>,
    /// How objectives end a measurement early.
    #[serde(default)]
    pub(crate) fast_fail: FastFail,
    /// Accepted because files for ServoX have it; it has no effect.
    #[serde(default)]
    #[expect(dead_code, reason = "read for compatibility only")]
    streaming_interval: Option<Duration>,
}

/// A metric and the query that yields it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Query {
    /// Name of the metric, unique within the servo.
    pub(crate) name: String,
    /// Its unit, for example `rps`, `rpm`, `%`, `ms`; empty for plain numbers.
    #[serde(default)]
    pub(crate) unit: String,
    /// The query in PromQL.
    pub(crate) query: String,
    /// Distance between the values.
    #[serde(default = "minute")]
    pub(crate) step: Duration,
    /// What it means when there is no data.
    #[serde(default)]
    pub(crate) absent: Absent,
}

/// What it means when there is no data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Absent {
    /// Nothing: there are no readings.
    #[default]
    Ignore,
    /// The value is zero.
    Zero,
    /// A line in the log.
    Warn,
    /// The measurement fails.
    Fail,
}

/// A target that Prometheus is expected to scrape.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Target {
    /// Labels that the target has, for example `job: web`.
    pub(crate) labels: BTreeMap<String, String>,
}

/// How objectives end a measurement early.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FastFail {
    /// Do not look at the objectives; `true` or 1.
    #[serde(deserialize_with = "switch")]
    #[schemars(schema_with = "switch_schema")]
    pub(crate) disabled: bool,
    /// How often they are checked.
    pub(crate) period: Duration,
    /// How far back a check looks; the period if nothing is said.
    pub(crate) span: Option<Duration>,
    /// How long after the start of the warm-up nothing is checked.
    pub(crate) skip: Duration,
    /// Whether a value of zero counts as no value.
    pub(crate) treat_zero_as_missing: bool,
}

impl Default for FastFail {
    fn default() -> FastFail {
        FastFail {
            disabled: false,
            period: minute(),
            span: None,
            skip: Duration::default(),
            treat_zero_as_missing: false,
        }
    }
}

impl Query {
    /// The metric that the query yields.
    pub(crate) fn metric(&self) -> Metric {
        Metric::new(&self.name, &self.unit)
    }

    /// The query as it is sent.
    pub(crate) fn text(&self) -> String {
        match self.absent {
            Absent::Zero => format!("{} or on() vector(0)", self.query),
            Absent::Ignore | Absent::Warn | Absent::Fail => self.query.clone(),
        }
    }
}

impl Settings {
    /// What neither the schema nor reading can see.
    pub(crate) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        if self.metrics.is_empty() {
            problems.push(Problem::new("/metrics", "no metric is given; add one with `name` and `query`"));
        }
        let mut names = BTreeSet::new();
        for (index, query) in self.metrics.iter().enumerate() {
            let mut wrong = |field, text: String| {
                problems.push(Problem::new(format!("/metrics/{index}/{field}"), text));
            };
            if !names.insert(&query.name) {
                wrong("name", format!("there is another metric `{}`; names are unique", query.name));
            }
            if query.name.is_empty() {
                wrong("name", "the name is empty".to_owned());
            }
            if query.query.trim().is_empty() {
                wrong("query", "the query is empty".to_owned());
            }
            if query.step.millis() == 0 {
                wrong("step", "the step is shorter than a millisecond; write it like `30s`".to_owned());
            }
        }
        if self.fast_fail.period.millis() == 0 {
            let text = "the period is zero; write it like `1m`, or set `disabled: true`";
            problems.push(Problem::new("/fast_fail/period", text));
        }
        problems
    }
}

fn minute() -> Duration {
    Duration::from_secs(60)
}

/// ServoX writes 0 and 1 where others write false and true.
fn switch<'de, D: serde::Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    match Value::deserialize(from)? {
        Value::Bool(on) => Ok(on),
        Value::Number(number) if number.as_u64() == Some(0) => Ok(false),
        Value::Number(number) if number.as_u64() == Some(1) => Ok(true),
        other => Err(serde::de::Error::custom(format!("`{other}` is neither true nor false"))),
    }
}

fn switch_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"enum": [true, false, 0, 1]})
}

#[cfg(test)]
mod tests;
