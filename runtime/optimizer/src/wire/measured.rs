//! The result of MEASURE: for each metric either series or one value.

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
        let mut by_name: IndexMap<String, Readings> = IndexMap::new();
        for reading in &measurement.readings {
            let name = reading.metric();
            let same = || measurement.readings.iter().filter(|other| other.metric() == name).count();
            let readings = by_name.entry(name.to_owned()).or_insert_with(|| {
                let unit =
                    metrics.iter().find(|metric| metric.name == name).map(|metric| metric.unit.clone());
                Readings { unit: unit.unwrap_or_default(), ..Readings::default() }
            });
            match reading {
                // One value has no place for several sources; they are lines of one point.
                t::Reading::Scalar(scalar) if same() == 1 => readings.value = finite(scalar.value),
                t::Reading::Scalar(t::Scalar { id, at, value, .. }) => {
                    readings.push(id.as_deref(), now, points(&[*at], &[*value]));
                }
                t::Reading::Series(t::Series { id, times, values, .. }) => {
                    readings.push(id.as_deref(), now, points(times, values));
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

impl Readings {
    fn push(&mut self, id: Option<&str>, now: u64, data: Vec<(Number, Option<f64>)>) {
        let lines = self.values.get_or_insert_default();
        let first = id.map_or_else(|| now.to_string(), str::to_owned);
        let mut id = first.clone();
        let mut count = 1;
        while lines.iter().any(|line| line.id == id) {
            count += 1;
            id = format!("{first}-{count}");
        }
        lines.push(Line { id, data });
    }
}

fn points(times: &[f64], values: &[f64]) -> Vec<(Number, Option<f64>)> {
    let pairs = times.iter().zip(values).filter(|(at, value)| at.is_finite() && value.is_finite());
    pairs.map(|(at, value)| (Number::from(*at as i64), Some(*value))).collect()
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}
