//! How a command is to be carried out.

use std::time::Duration;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use servo_types as t;

use super::error::WireError;
use super::slo::Slo;
use super::time::{ASKED_MAX, Time};

/// Timing and context of a command; everything may be missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "an object for `control`")]
pub struct Control {
    /// Wait before anything is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Time>,
    /// An older name of `delay`; when both are given they must agree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub past: Option<Time>,
    /// Run before anything is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warmup: Option<Time>,
    /// How long to measure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Time>,
    /// How long a change must hold before it counts as made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settlement: Option<Time>,
    /// Load to be generated; its form belongs to the optimizer and the load connector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<Value>,
    /// Conditions to keep, and whatever else the optimizer tells connectors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userdata: Option<UserData>,
    /// Where the command is to be carried out; its form belongs to the optimizer and the connector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Value>,
}

/// Conditions to keep, and whatever else the optimizer tells connectors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UserData {
    /// Conditions that end a measurement early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slo: Option<Slo>,
    /// Every other key, in its order.
    #[serde(flatten)]
    pub other: IndexMap<String, Value>,
}

impl Control {
    /// What an optimizer writes to have a command carried out like this; lengths of zero are left out.
    ///
    /// # Errors
    /// The load or user data are not JSON.
    pub fn of(control: &t::Control) -> Result<Self, WireError> {
        let time = |duration: Duration| (!duration.is_zero()).then(|| Time::of(duration));
        let json = |path: String, text: &str| {
            serde_json::from_str(text).map_err(|source| WireError::Form { what: path, source })
        };
        let mut other = IndexMap::new();
        for (key, text) in &control.userdata {
            other.insert(key.clone(), json(format!("userdata.{key}"), text)?);
        }
        let slo = control.slo.as_ref().map(Slo::of);
        let userdata = (slo.is_some() || !other.is_empty()).then_some(UserData { slo, other });
        Ok(Self {
            delay: time(control.delay),
            warmup: time(control.warmup),
            duration: time(control.duration),
            settlement: time(control.settlement),
            load: control.load.as_deref().map(|load| json("load".to_owned(), load)).transpose()?,
            userdata,
            ..Self::default()
        })
    }

    /// How the command is to be carried out.
    ///
    /// # Errors
    /// A length of time or a condition means nothing, or `delay` and `past` differ.
    pub fn to_types(&self) -> Result<t::Control, WireError> {
        let time = |name: &str, time: &Option<Time>| {
            let path = format!("control.{name}");
            time.as_ref().map(|time| time.to_duration(&path, ASKED_MAX)).transpose()
        };
        let (delay, past) = (time("delay", &self.delay)?, time("past", &self.past)?);
        if delay.is_some() && past.is_some() && delay != past {
            return Err(WireError::value(
                "control",
                "`delay` and its older name `past` differ; send one of them",
            ));
        }
        let empty = UserData::default();
        let data = self.userdata.as_ref().unwrap_or(&empty);
        let mut userdata: Vec<(String, String)> =
            data.other.iter().map(|(key, value)| (key.clone(), value.to_string())).collect();
        if let Some(environment) = &self.environment
            && !data.other.contains_key("environment")
        {
            userdata.push(("environment".to_owned(), environment.to_string()));
        }
        Ok(t::Control {
            delay: delay.or(past).unwrap_or_default(),
            warmup: time("warmup", &self.warmup)?.unwrap_or_default(),
            duration: time("duration", &self.duration)?.unwrap_or_default(),
            settlement: time("settlement", &self.settlement)?.unwrap_or_default(),
            load: self.load.as_ref().filter(|load| !load.is_null()).map(Value::to_string),
            slo: data.slo.as_ref().map(Slo::to_types).transpose()?,
            userdata,
        })
    }
}
