//! What the embedded optimizer works towards.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::quantity::{Human, Percent};

/// What the embedded optimizer works towards. Expressions are texts here; the optimizer parses them.
#[derive(Debug, Clone, PartialEq)]
pub struct Objective {
    /// Whether less or more is better.
    pub direction: Direction,
    /// What is optimised, for instance `latency_p99` or `throughput / cost`.
    pub expression: String,
    /// What must hold, for instance `error_rate < 1%`.
    pub subject_to: Vec<String>,
    /// Measurements to spend, at least [`Objective::BUDGET_MIN`].
    pub budget: u32,
    /// How each measurement is made.
    pub measure: MeasureTimes,
    /// Whether the best confirmed setting is promoted.
    pub promote: bool,
    /// Makes decisions repeatable.
    pub seed: Option<u64>,
    /// Confidence with which the best setting must beat the baseline, between 0.5 and 1.
    pub confidence: f64,
}

impl Objective {
    /// Fewer measurements than this find nothing.
    pub const BUDGET_MIN: u32 = 6;
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Less is better.
    Minimize,
    /// More is better.
    Maximize,
}

/// How one measurement is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeasureTimes {
    /// What counts.
    pub duration: Duration,
    /// Load before it counts.
    pub warmup: Duration,
    /// Pause before the measurement.
    pub delay: Duration,
    /// Pause after a change of settings.
    pub settlement: Duration,
}

impl Default for MeasureTimes {
    fn default() -> Self {
        MeasureTimes {
            duration: Duration::from_secs(60),
            warmup: Duration::from_secs(10),
            delay: Duration::ZERO,
            settlement: Duration::ZERO,
        }
    }
}

const BUDGET: u32 = 30;
const CONFIDENCE: f64 = 0.95;

/// What the embedded optimizer works towards; give either `minimize` or `maximize`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Objective")]
pub(crate) struct RawObjective {
    /// Less of this metric or expression is better.
    #[schemars(extend("examples" = ["latency_p99"]))]
    minimize: Option<String>,
    /// More of this metric or expression is better.
    #[schemars(extend("examples" = ["throughput", "throughput / cost"]))]
    maximize: Option<String>,
    /// Conditions that must hold, one or a list. Those that compare a metric with a number can end a trial early.
    #[schemars(extend("examples" = ["error_rate < 1%", "latency_p99 <= 50ms"]))]
    subject_to: Option<OneOrMany>,
    /// Measurements to spend: on the settings found, on others, and on confirming the best of them. 20 to 50 is usual.
    #[schemars(range(min = Objective::BUDGET_MIN, max = 100_000), extend("default" = 30))]
    budget: Option<u32>,
    /// How each measurement is made.
    measure: Option<RawMeasure>,
    /// Promote the best setting when it is confirmed.
    #[schemars(extend("default" = false))]
    promote: Option<bool>,
    /// Makes decisions repeatable.
    seed: Option<u64>,
    /// Confidence with which the best setting must beat the baseline.
    #[schemars(extend("default" = "95%"))]
    confidence: Option<Human<Percent>>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "MeasureTimes")]
struct RawMeasure {
    /// What counts.
    #[schemars(extend("default" = "1m"))]
    duration: Option<Human<Duration>>,
    /// Load before it counts.
    #[schemars(extend("default" = "10s"))]
    warmup: Option<Human<Duration>>,
    /// Pause before the measurement.
    #[schemars(extend("default" = "0s"))]
    delay: Option<Human<Duration>>,
    /// Pause after a change of settings.
    #[schemars(extend("default" = "0s"))]
    settlement: Option<Human<Duration>>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl RawObjective {
    /// The objective, or what is wrong with it: key (empty for the whole), message, hint.
    pub(crate) fn resolve(self) -> Result<Objective, (&'static str, String, &'static str)> {
        let (direction, expression) = match (self.minimize, self.maximize) {
            (Some(expression), None) => (Direction::Minimize, expression),
            (None, Some(expression)) => (Direction::Maximize, expression),
            (Some(_), Some(_)) => {
                let message = "`objective` has both `minimize` and `maximize`".to_owned();
                return Err(("maximize", message, "keep one; write the other as a condition in subject_to"));
            }
            (None, None) => {
                let message = "`objective` needs `minimize` or `maximize`".to_owned();
                return Err(("", message, "for example `minimize: latency_p99`"));
            }
        };
        let confidence = self.confidence.map_or(CONFIDENCE, |confidence| confidence.0.fraction);
        if !(0.5..1.0).contains(&confidence) {
            let message = "`objective.confidence` must be at least 50% and less than 100%".to_owned();
            return Err(("confidence", message, "for example 95%"));
        }
        let times = MeasureTimes::default();
        let raw = self.measure.unwrap_or_default();
        let or = |value: Option<Human<Duration>>, default| value.map_or(default, |value| value.0);
        Ok(Objective {
            direction,
            expression,
            subject_to: match self.subject_to {
                None => Vec::new(),
                Some(OneOrMany::One(condition)) => vec![condition],
                Some(OneOrMany::Many(conditions)) => conditions,
            },
            budget: self.budget.unwrap_or(BUDGET),
            measure: MeasureTimes {
                duration: or(raw.duration, times.duration),
                warmup: or(raw.warmup, times.warmup),
                delay: or(raw.delay, times.delay),
                settlement: or(raw.settlement, times.settlement),
            },
            promote: self.promote.unwrap_or(false),
            seed: self.seed,
            confidence,
        })
    }
}
