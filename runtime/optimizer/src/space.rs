//! The settings that may be changed, their domains, and the point the service starts from.

mod axis;
mod check;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use check::SpaceError;

pub(crate) use axis::{Axes, Axis, same_point};

/// Values by `component.setting`; a full one names every setting of the space, pinned ones too.
pub type Settings = BTreeMap<String, Value>;

/// A value of a setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Bool(bool),
    Integer(i64),
    Number(f64),
    Text(String),
}

impl Value {
    /// The value as a number; text and booleans are none.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Value::Integer(v) => Some(*v as f64),
            Value::Number(v) => Some(*v),
            Value::Bool(_) | Value::Text(_) => None,
        }
    }

    /// Equal in meaning: `2` and `2.0` are the same value.
    pub fn same(&self, other: &Value) -> bool {
        match (self.as_number(), other.as_number()) {
            (Some(a), Some(b)) => a == b,
            _ => self == other,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(v) => write!(f, "{v}"),
            Value::Integer(v) => write!(f, "{v}"),
            Value::Number(v) => write!(f, "{v}"),
            Value::Text(v) => f.write_str(v),
        }
    }
}

/// What a setting may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Domain {
    /// Numbers from `min` to `max`, both included.
    Range {
        min: f64,
        max: f64,
        /// Values are `min + k × step`; without one an integer range has step 1 and a real range is rounded
        /// to about a thousandth of its width.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<f64>,
        integer: bool,
        /// Distances are judged by ratio instead of difference; `min` may be 0, not below.
        log: bool,
    },
    /// One of the listed values. If all are numbers, their order means something to the model.
    Enum(Vec<Value>),
}

impl Domain {
    /// A range on a logarithmic axis when its ends are more than a factor of ten apart (1 to 16 workers: what 2
    /// are beside 1, 16 are beside 8), or, for those that start at 0, when it has more than 300 values.
    pub fn range(min: f64, max: f64, step: Option<f64>, integer: bool) -> Self {
        let log = if min > 0.0 {
            max / min > 10.0
        } else {
            min == 0.0 && max / axis::resolution(min, max, step, integer) >= 300.0
        };
        Domain::Range { min, max, step, integer, log }
    }
}

/// One setting of one component.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    pub component: String,
    pub name: String,
    pub domain: Domain,
    /// What it is now: the value the baseline is measured with.
    pub value: Value,
    /// Never changed.
    #[serde(default)]
    pub pinned: bool,
}

impl Setting {
    /// `component.setting`, the name used in objectives, journals and [`Settings`].
    pub fn id(&self) -> String {
        format!("{}.{}", self.component, self.name)
    }
}

/// A checked set of settings.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Space {
    settings: Vec<Setting>,
}

impl Space {
    /// Checks the settings: names unique, domains not empty, values inside their domains.
    ///
    /// # Errors
    /// The first problem, naming `component.setting`. A space without any setting that can move is valid:
    /// deciding over it ends at once on the baseline.
    pub fn new(settings: Vec<Setting>) -> Result<Self, SpaceError> {
        check::check(&settings)?;
        Ok(Self { settings })
    }

    /// All settings in the order given.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// The current value of every setting.
    pub fn baseline(&self) -> Settings {
        self.settings.iter().map(|s| (s.id(), s.value.clone())).collect()
    }

    /// How many settings can move.
    pub fn free(&self) -> usize {
        Axes::new(self).len()
    }

    /// Identifies what is tuned: names, domains and pinned values, not the current values of the others.
    /// A service that was left on a trial's settings by a killed run therefore still has its fingerprint.
    pub fn fingerprint(&self) -> String {
        let mut text = String::new();
        for setting in &self.settings {
            let pinned = if setting.pinned { Some(&setting.value) } else { None };
            text.push_str(&format!("{}|{:?}|{pinned:?}\n", setting.id(), setting.domain));
        }
        // FNV-1a: the fingerprint only guards against mistakes.
        let hash = text
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        format!("{hash:016x}")
    }
}

impl<'de> Deserialize<'de> for Space {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let settings = Vec::<Setting>::deserialize(deserializer)?;
        Space::new(settings).map_err(serde::de::Error::custom)
    }
}

/// Whether two sets of settings mean the same.
pub fn same_settings(a: &Settings, b: &Settings) -> bool {
    a.len() == b.len() && a.iter().all(|(id, value)| b.get(id).is_some_and(|other| value.same(other)))
}

#[cfg(test)]
mod tests;
