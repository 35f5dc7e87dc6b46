//! What the optimizer's commands ask for.

use std::time::Duration;

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use servo_types as t;

use super::control::Control;
use super::error::WireError;
use super::scalar::Scalar;
use super::time::Time;

/// The parameter of DESCRIBE.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Describe {
    /// How.
    pub control: Control,
}

/// The parameter of MEASURE.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// What.
    pub metrics: AskedMetrics,
    /// How.
    pub control: Control,
}

/// The metrics that are asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "`metrics` is neither a list of names nor an object of metrics by name")]
pub enum AskedMetrics {
    /// Only their names.
    Names(Vec<String>),
    /// With their units.
    Map(IndexMap<String, Asked>),
}

/// What is said about a metric that is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// As the servo described it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// The parameter of ADJUST.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Adjust {
    /// The wanted values.
    pub state: Target,
    /// How.
    #[serde(default)]
    pub control: Control,
}

/// Wanted values by component and setting.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "an object with `application`")]
pub struct Target {
    application: TargetApplication,
}

/// The parameter of SLEEP.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sleep {
    /// How long; two minutes when it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Time>,
    /// Why; what is written in another way says nothing.
    #[serde(default, deserialize_with = "reason", skip_serializing_if = "Option::is_none")]
    pub data: Option<Reason>,
}

/// Why a servo is to sleep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// For people, for example that there is nothing to be optimized.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "an object with `components`")]
struct TargetApplication {
    components: IndexMap<String, TargetSettings>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "an object with `settings`")]
struct TargetSettings {
    settings: IndexMap<String, TargetValue>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "an object with `value`")]
struct TargetValue {
    value: Scalar,
}

/// How long a servo measures when it is not said.
const MEASURED: Duration = Duration::from_secs(1);
/// How long a servo sleeps when it is not said.
const SLEPT: Duration = Duration::from_secs(120);
/// A servo that sleeps longer has been forgotten.
const SLEEP_MAX: Duration = Duration::from_secs(366 * 86_400);

impl Measure {
    /// Asks for metrics with their units.
    ///
    /// # Errors
    /// The load or user data are not JSON.
    pub fn of(metrics: &[t::Metric], control: &t::Control) -> Result<Self, WireError> {
        let metrics = metrics.iter().map(|metric| {
            let unit = Some(metric.unit.clone());
            (metric.name.clone(), Asked { unit })
        });
        Ok(Self { metrics: AskedMetrics::Map(metrics.collect()), control: Control::of(control)? })
    }

    /// How to measure: for one second when no duration is given.
    ///
    /// # Errors
    /// As [`Control::to_types`].
    pub fn control(&self) -> Result<t::Control, WireError> {
        let mut control = self.control.to_types()?;
        if self.control.duration.is_none() {
            control.duration = MEASURED;
        }
        Ok(control)
    }
}

impl AskedMetrics {
    /// What is asked for; a metric without a unit has an empty one.
    pub fn to_types(&self) -> Vec<t::Metric> {
        let metric = |name: &String, unit: Option<&String>| t::Metric {
            name: name.clone(),
            unit: unit.cloned().unwrap_or_default(),
        };
        match self {
            Self::Names(names) => names.iter().map(|name| metric(name, None)).collect(),
            Self::Map(map) => map.iter().map(|(name, asked)| metric(name, asked.unit.as_ref())).collect(),
        }
    }
}

impl Adjust {
    /// Asks for settings to be changed.
    ///
    /// # Errors
    /// The load or user data are not JSON.
    pub fn of(adjustments: &[t::Adjustment], control: &t::Control) -> Result<Self, WireError> {
        let mut state = Target::default();
        for adjustment in adjustments {
            let component = state.application.components.entry(adjustment.component.clone()).or_default();
            let value = TargetValue { value: Scalar::of(&adjustment.value, false) };
            component.settings.insert(adjustment.setting.clone(), value);
        }
        Ok(Self { state, control: Control::of(control)? })
    }
}

impl Target {
    /// The wanted changes, in the order in which they stand.
    ///
    /// # Errors
    /// A setting has no value.
    pub fn to_types(&self) -> Result<Vec<t::Adjustment>, WireError> {
        let mut adjustments = Vec::new();
        for (component, settings) in &self.application.components {
            for (setting, target) in &settings.settings {
                let value = target.value.value().ok_or_else(|| {
                    WireError::value(
                        format!("state.application.components.{component}.settings.{setting}"),
                        "no value",
                    )
                })?;
                let (component, setting) = (component.clone(), setting.clone());
                adjustments.push(t::Adjustment { component, setting, value });
            }
        }
        Ok(adjustments)
    }
}

impl Sleep {
    /// Asks to sleep, and says why.
    pub fn of(duration: Duration, reason: &str) -> Self {
        let data = Reason { reason: Some(reason.to_owned()), status: None };
        Self { duration: Some(Time::of(duration)), data: Some(data) }
    }

    /// How long to sleep.
    ///
    /// # Errors
    /// It is not a length of time, or longer than a year.
    pub fn duration(&self) -> Result<Duration, WireError> {
        self.duration.as_ref().map_or(Ok(SLEPT), |time| time.to_duration("duration", SLEEP_MAX))
    }

    /// Why, if it was said.
    pub fn reason(&self) -> Option<&str> {
        self.data.as_ref()?.reason.as_deref()
    }
}

/// How long to sleep counts, however the reason is written.
fn reason<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Reason>, D::Error> {
    let Value::Object(map) = Value::deserialize(from)? else { return Ok(None) };
    let text = |key: &str| map.get(key).and_then(Value::as_str).map(str::to_owned);
    Ok(Some(Reason { reason: text("reason"), status: text("status") }))
}
