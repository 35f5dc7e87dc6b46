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
}

impl Condition {
    fn of(condition: &t::Condition) -> Self {
        let (threshold, threshold_metric) = match &condition.threshold {
            t::Threshold::Fixed(number) => (Some(Scalar::of(&t::Value::Number(*number), false)), None),
            t::Threshold::Metric(metric) => (None, Some(metric.clone())),
        };
        // Only what is unusual is said.
        let unless =
            |usual: f64, number: f64| (number != usual).then(|| Scalar::of(&t::Value::Number(number), false));
        Self {
            description: condition.description.clone(),
            metric: condition.metric.clone(),
            threshold,
            threshold_metric,
            threshold_multiplier: unless(1.0, condition.threshold_multiplier),
            keep: Some(condition.keep),
            trigger_count: Some(condition.trigger_count),
            trigger_window: Some(condition.trigger_window),
            slo_metric_minimum: unless(t::Condition::SMALL, condition.slo_metric_minimum),
            slo_threshold_minimum: unless(t::Condition::SMALL, condition.slo_threshold_minimum),
        }
    }

    fn to_types(&self) -> Result<t::Condition, String> {
        let name = &self.metric;
        let number = |key: &str, scalar: &Scalar| {
            let number = scalar.number().filter(|number| number.is_finite());
            number.ok_or_else(|| format!("the {key} of `{name}` is not a number"))
        };
        let or = |usual: f64, key: &str, scalar: &Option<Scalar>| {
            scalar.as_ref().map_or(Ok(usual), |scalar| number(key, scalar))
        };
        let threshold = match (&self.threshold, &self.threshold_metric) {
            (Some(fixed), None) => t::Threshold::Fixed(number("threshold", fixed)?),
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
        Ok(t::Condition {
            metric: name.clone(),
            keep: self.keep.unwrap_or_default(),
            threshold,
            trigger_count,
            trigger_window,
            threshold_multiplier: or(1.0, "threshold_multiplier", &self.threshold_multiplier)?,
            slo_metric_minimum: or(t::Condition::SMALL, "slo_metric_minimum", &self.slo_metric_minimum)?,
            slo_threshold_minimum: or(
                t::Condition::SMALL,
                "slo_threshold_minimum",
                &self.slo_threshold_minimum,
            )?,
            description: self.description.clone(),
        })
    }
}
