//! The result of MEASURE: for each metric either series or one value.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Number;
use servo_types as t;

use super::error::WireError;

/// The result of MEASURE.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Measured {
    /// By name of the metric.
    pub metrics: IndexMap<String, Readings>,
    /// Key and text, for example `load_profile`.
    pub annotations: IndexMap<String, String>,
}

/// What was read of one metric: `values` or `value`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Readings {
    /// Empty for plain numbers.
    #[serde(default)]
    pub unit: String,
    /// Values over time, one line for each source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<Line>>,
    /// One value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
}

/// The values of one metric from one source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Different for each line of a metric.
    #[serde(default)]
    pub id: String,
    /// Seconds since the epoch, and the value then.
    pub data: Vec<(Number, Option<f64>)>,
}

impl Measured {
    /// A measurement as ServoX writes it, and every series of a metric instead of the last one. `now`, in seconds
    /// since the epoch, names the series that have no name of their own. Units come from `metrics`. What is not a
    /// finite number cannot be written and is left out.
    ///
    /// # Errors
    /// Series and scalars are mixed, which no optimizer can read.
    pub fn of(measurement: &t::Measurement, metrics: &[t::Metric], now: u64) -> Result<Self, WireError> {
        measurement.check()?;
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for reading in &measurement.readings {
            *counts.entry(reading.metric()).or_default() += 1;
        }
        let mut by_name: IndexMap<String, Readings> = IndexMap::new();
        let mut names: HashMap<&str, Names> = HashMap::new();
        for reading in &measurement.readings {
            let name = reading.metric();
            let readings = by_name.entry(name.to_owned()).or_insert_with(|| {
                let unit =
                    metrics.iter().find(|metric| metric.name == name).map(|metric| metric.unit.clone());
                Readings { unit: unit.unwrap_or_default(), ..Readings::default() }
            });
            let mut push = |id: &Option<String>, data| {
                let id = id.clone().unwrap_or_else(|| now.to_string());
                let id = names.entry(name).or_default().different(id);
                readings.values.get_or_insert_default().push(Line { id, data });
            };
            match reading {
                // One value has no place for several sources; they are lines of one point.
                t::Reading::Scalar(scalar) if counts.get(name) == Some(&1) => {
                    readings.value = finite(scalar.value)
                }
                t::Reading::Scalar(t::Scalar { id, at, value, .. }) => {
                    push(id, points(&[*at], &[*value]));
                }
                t::Reading::Series(t::Series { id, times, values, .. }) => {
                    push(id, points(times, values));
                }
            }
        }
        by_name.retain(|_, readings| readings.value.is_some() || readings.values.is_some());
        Ok(Self { metrics: by_name, annotations: measurement.annotations.iter().cloned().collect() })
    }

    /// The measurement. The time of a scalar is not in it: it counts as read at `now`, in seconds since the epoch.
    pub fn to_types(&self, now: f64) -> t::Measurement {
        let mut readings = Vec::new();
        for (metric, read) in &self.metrics {
            if let Some(value) = read.value {
                let scalar = t::Scalar { metric: metric.clone(), id: None, at: now, value };
                readings.push(t::Reading::Scalar(scalar));
            }
            for line in read.values.iter().flatten() {
                let points = line.data.iter().filter_map(|(at, value)| Some((at.as_f64()?, (*value)?)));
                let (times, values) = points.unzip();
                let (metric, id) = (metric.clone(), Some(line.id.clone()).filter(|id| !id.is_empty()));
                readings.push(t::Reading::Series(t::Series {
                    metric,
                    id,
                    times,
                    values,
                    ..t::Series::default()
                }));
            }
        }
        let annotations = self.annotations.iter().map(|(key, text)| (key.clone(), text.clone())).collect();
        t::Measurement { readings, annotations }
    }
}

/// The names that the lines of one metric have.
#[derive(Default)]
struct Names {
    /// How often each was asked for.
    asked: HashMap<String, u32>,
}

impl Names {
    /// The name, with a number behind it when another line has it. As quick for thousands of lines as for two.
    fn different(&mut self, name: String) -> String {
        let mut number = self.asked.get(&name).copied().unwrap_or_default() + 1;
        let mut own = if number == 1 { name.clone() } else { format!("{name}-{number}") };
        while number > 1 && self.asked.contains_key(&own) {
            number += 1;
            own = format!("{name}-{number}");
        }
        self.asked.insert(name, number);
        self.asked.entry(own.clone()).or_insert(1);
        own
    }
}

fn points(times: &[f64], values: &[f64]) -> Vec<(Number, Option<f64>)> {
    let pairs = times.iter().zip(values).filter(|(at, value)| at.is_finite() && value.is_finite());
    pairs.map(|(at, value)| (Number::from(*at as i64), Some(*value))).collect()
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}
