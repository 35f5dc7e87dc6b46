//! What can be changed: components and their settings.

use std::fmt;

use crate::{Metric, Value};

/// A part of the application with settings, for example `web`.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Component {
    /// Unique within a servo.
    pub name: String,
    /// In the order in which the connector lists them.
    #[cfg_attr(feature = "serde", serde(default))]
    pub settings: Vec<Setting>,
}

/// One setting of a component.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Setting {
    /// Unique within its component.
    pub name: String,
    /// For example `cores`, `GiB`.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub unit: Option<String>,
    /// Which values it can take.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub domain: Domain,
    /// What it is now; absent when the connector cannot know.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub value: Option<Value>,
    /// A pinned setting is shown and never changed.
    #[cfg_attr(feature = "serde", serde(default))]
    pub pinned: bool,
}

/// The values that a setting can take.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "type", rename_all = "lowercase"))]
pub enum Domain {
    /// Numbers between two bounds.
    Range(Range),
    /// One of the listed values.
    Enum {
        /// At least one.
        values: Vec<Value>,
    },
}

/// A range of numbers, both bounds included.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Range {
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
    /// Distance between neighbouring values, counted from `min`; 0 means any number between the bounds.
    #[cfg_attr(feature = "serde", serde(default))]
    pub step: f64,
    /// Whether equal steps or equal ratios matter.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Scale::is_linear"))]
    pub scale: Scale,
}

/// How the values of a range relate to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Scale {
    /// 1 to 2 is as far as 9 to 10: worker counts, percentages.
    #[default]
    Linear,
    /// 1 to 10 is as far as 10 to 100: cache sizes, buffer sizes.
    Log,
}

impl Scale {
    /// Whether it is the default.
    pub fn is_linear(&self) -> bool {
        *self == Self::Linear
    }
}

/// The state of an application as connectors report it: the answer to `describe` and `adjust`.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct Description {
    /// What can be changed, with current values.
    pub components: Vec<Component>,
    /// What can be measured.
    pub metrics: Vec<Metric>,
}

impl Description {
    /// Takes over what another connector reported: the later component or metric of the same name wins,
    /// setting by setting.
    pub fn merge(&mut self, other: Self) {
        for component in other.components {
            match self.components.iter_mut().find(|known| known.name == component.name) {
                None => self.components.push(component),
                Some(known) => {
                    for setting in component.settings {
                        match known.settings.iter_mut().find(|old| old.name == setting.name) {
                            None => known.settings.push(setting),
                            Some(old) => *old = setting,
                        }
                    }
                }
            }
        }
        for metric in other.metrics {
            if !self.metrics.iter().any(|known| known.name == metric.name) {
                self.metrics.push(metric);
            }
        }
    }

    /// The setting `component.name`, if it is there.
    pub fn setting(&self, component: &str, name: &str) -> Option<&Setting> {
        self.components.iter().find(|c| c.name == component)?.settings.iter().find(|s| s.name == name)
    }
}

impl fmt::Display for Setting {
    /// ServoX's form: `cpu=0.5 (range=[0.25..4], step=0.125, unit=cores)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(value) = &self.value {
            write!(f, "={value}")?;
        }
        match &self.domain {
            Domain::Range(range) => write!(f, " (range=[{}..{}], step={}", range.min, range.max, range.step)?,
            Domain::Enum { values } => {
                let values: Vec<_> = values.iter().map(ToString::to_string).collect();
                write!(f, " (values=[{}]", values.join(", "))?;
            }
        }
        if let Some(unit) = &self.unit {
            write!(f, ", unit={unit}")?;
        }
        f.write_str(if self.pinned { ", pinned)" } else { ")" })
    }
}
