//! How an event is to be carried out.

use std::time::Duration;

/// Timing and context of `describe`, `measure` and `adjust`.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct Control {
    /// Wait before anything is done.
    #[cfg_attr(feature = "serde", serde(with = "seconds"))]
    pub delay: Duration,
    /// Run before anything is counted.
    #[cfg_attr(feature = "serde", serde(with = "seconds"))]
    pub warmup: Duration,
    /// How long to measure.
    #[cfg_attr(feature = "serde", serde(with = "seconds"))]
    pub duration: Duration,
    /// How long a change must hold before it counts as made.
    #[cfg_attr(feature = "serde", serde(with = "seconds"))]
    pub settlement: Duration,
    /// Load to be generated, as JSON text; its form belongs to the optimizer and the load connector.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub load: Option<String>,
    /// Conditions that end a measurement early when they are violated.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub slo: Option<Slo>,
    /// Everything else the optimizer sent under `userdata`: key and JSON text.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub userdata: Vec<(String, String)>,
}

impl Control {
    /// The time the event takes by request: delay, warm-up, duration and settlement.
    pub fn asked(&self) -> Duration {
        [self.warmup, self.duration, self.settlement]
            .iter()
            .fold(self.delay, |sum, part| sum.saturating_add(*part))
    }
}

/// Service level objectives to watch while measuring.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Slo {
    /// All must hold.
    pub conditions: Vec<Condition>,
}

/// One objective: `metric` keeps below or above a threshold.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Condition {
    /// Name of the metric.
    pub metric: String,
    /// Which side is good.
    #[cfg_attr(feature = "serde", serde(default))]
    pub keep: Keep,
    /// What it is compared with.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub threshold: Threshold,
    /// Violations within the window that abort the measurement.
    #[cfg_attr(feature = "serde", serde(default = "one"))]
    pub trigger_count: u32,
    /// How many recent checks are looked at; at least `trigger_count`.
    #[cfg_attr(feature = "serde", serde(default = "one"))]
    pub trigger_window: u32,
    /// By what the threshold is multiplied.
    #[cfg_attr(feature = "serde", serde(default = "once", skip_serializing_if = "is_once"))]
    pub threshold_multiplier: f64,
    /// From zero up to this the metric is too small to be compared with another metric.
    #[cfg_attr(feature = "serde", serde(default = "small", skip_serializing_if = "is_small"))]
    pub slo_metric_minimum: f64,
    /// From zero up to this the multiplied threshold metric is too small to be compared with.
    #[cfg_attr(feature = "serde", serde(default = "small", skip_serializing_if = "is_small"))]
    pub slo_threshold_minimum: f64,
    /// What the condition is for.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub description: Option<String>,
}

impl Condition {
    /// Up to this a metric is too small to be compared with another one, if nothing else is said: the ratio of two
    /// values that are nearly zero says nothing.
    pub const SMALL: f64 = 0.25;

    /// A metric that keeps its side of a threshold; the first violation ends the measurement.
    pub fn new(metric: impl Into<String>, keep: Keep, threshold: Threshold) -> Self {
        Self {
            metric: metric.into(),
            keep,
            threshold,
            trigger_count: 1,
            trigger_window: 1,
            threshold_multiplier: 1.0,
            slo_metric_minimum: Self::SMALL,
            slo_threshold_minimum: Self::SMALL,
            description: None,
        }
    }
}

/// Which side of the threshold is good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Keep {
    /// At most the threshold.
    #[default]
    Below,
    /// At least the threshold.
    Above,
}

/// What a condition compares its metric with.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Threshold {
    /// A number in the unit of the metric.
    #[cfg_attr(feature = "serde", serde(rename = "threshold"))]
    Fixed(f64),
    /// Another metric, for example that of the untouched main deployment.
    #[cfg_attr(feature = "serde", serde(rename = "threshold_metric"))]
    Metric(String),
}

#[cfg(feature = "serde")]
fn one() -> u32 {
    1
}

#[cfg(feature = "serde")]
fn once() -> f64 {
    1.0
}

#[cfg(feature = "serde")]
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_once(multiplier: &f64) -> bool {
    *multiplier == once()
}

#[cfg(feature = "serde")]
fn small() -> f64 {
    Condition::SMALL
}

#[cfg(feature = "serde")]
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_small(minimum: &f64) -> bool {
    *minimum == small()
}

#[cfg(feature = "serde")]
mod seconds {
    //! Durations as a number of seconds.

    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(duration.as_secs_f64())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let seconds = f64::deserialize(from)?;
        let duration = Duration::try_from_secs_f64(seconds)
            .map_err(|error| D::Error::custom(format!("{seconds} is not a duration in seconds: {error}")))?;
        if duration.as_millis() > u128::from(u32::MAX) {
            return Err(D::Error::custom(format!(
                "{seconds} seconds are longer than 49 days, the longest that can be asked"
            )));
        }
        Ok(duration)
    }
}
