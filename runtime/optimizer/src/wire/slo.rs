//! Conditions that a measurement must keep, as the optimizer writes them under `userdata.slo`.

use serde::{Deserialize, Serialize};
use servo_types as t;

use super::error::WireError;
use super::scalar::Scalar;

/// What a measurement must keep, else it is ended early.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Slo {
    /// All must hold.
    pub conditions: Vec<Condition>,
}

/// One condition: exactly one of `threshold` and `threshold_metric` is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Name of the metric.
    pub metric: String,
    /// A number in the unit of the metric.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Scalar>,
    /// The name of a metric to compare with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold_metric: Option<String>,
    /// By what the threshold is multiplied; 1 when it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold_multiplier: Option<Scalar>,
    /// Which side of the threshold is good; below when it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<t::Keep>,
    /// Violations within the window that end the measurement; 1 when it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger_count: Option<u32>,
    /// How many recent checks are looked at; as many as `trigger_count` when it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger_window: Option<u32>,
    /// A metric below this is too small to be compared with another; 0.25 when it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slo_metric_minimum: Option<Scalar>,
    /// A threshold metric below this is too small to be compared with; 0.25 when it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slo_threshold_minimum: Option<Scalar>,
}

impl Slo {
    /// Conditions as an optimizer writes them.
    pub fn of(slo: &t::Slo) -> Self {
        Self { conditions: slo.conditions.iter().map(Condition::of).collect() }
    }

    /// The conditions.
    ///
    /// # Errors
    /// A condition has no threshold, two, or one that is no number; or it asks for more violations than checks.
    pub fn to_types(&self) -> Result<t::Slo, WireError> {
        let conditions = self.conditions.iter().enumerate().map(|(at, condition)| {
            condition
                .to_types()
                .map_err(|problem| WireError::value(format!("userdata.slo.conditions[{at}]"), problem))
        });
        Ok(t::Slo { conditions: conditions.collect::<Result<_, _>>()? })
    }

    /// Whether the conditions say more than `servo-types` can hold: then they are also passed on as they are.
    pub(super) fn says_more(&self) -> bool {
        self.conditions.iter().any(|condition| {
            let multiplied = condition.threshold_multiplier.as_ref().and_then(Scalar::number);
            (condition.threshold_metric.is_some() && multiplied.is_some_and(|by| by != 1.0))
                || condition.description.is_some()
                || condition.slo_metric_minimum.is_some()
                || condition.slo_threshold_minimum.is_some()
        })
    }
}

impl Condition {
    fn of(condition: &t::Condition) -> Self {
        let (threshold, threshold_metric) = match &condition.threshold {
            t::Threshold::Fixed(number) => (Some(Scalar::of(&t::Value::Number(*number), false)), None),
            t::Threshold::Metric(metric) => (None, Some(metric.clone())),
        };
        Self {
            metric: condition.metric.clone(),
            threshold,
            threshold_metric,
            keep: Some(condition.keep),
            trigger_count: Some(condition.trigger_count),
            trigger_window: Some(condition.trigger_window),
            ..Self::default()
        }
    }

    fn to_types(&self) -> Result<t::Condition, String> {
        let name = &self.metric;
        let number = |scalar: &Scalar| {
            scalar.number().ok_or_else(|| format!("the threshold of `{name}` is not a number"))
        };
        let multiplier = self.threshold_multiplier.as_ref().map_or(Ok(1.0), number)?;
        let threshold = match (&self.threshold, &self.threshold_metric) {
            (Some(fixed), None) => t::Threshold::Fixed(number(fixed)? * multiplier),
            (None, Some(metric)) => t::Threshold::Metric(metric.clone()),
            _ => return Err(format!("`{name}` needs exactly one of threshold and threshold_metric")),
        };
        let trigger_count = self.trigger_count.unwrap_or(1);
        let trigger_window = self.trigger_window.unwrap_or(trigger_count);
        if trigger_count == 0 || trigger_count > trigger_window {
            return Err(format!(
                "`{name}` asks for {trigger_count} violations among {trigger_window} checks, which cannot be"
            ));
        }
        let keep = self.keep.unwrap_or_default();
        Ok(t::Condition { metric: name.clone(), keep, threshold, trigger_count, trigger_window })
    }
}
