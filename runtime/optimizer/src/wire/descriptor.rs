//! The state of an application: what can be changed, what it is now, and what can be measured.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Number;
use servo_types as t;

use super::error::WireError;
use super::scalar::{Scalar, is_whole, number};

/// The result of DESCRIBE.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Described {
    /// The application.
    pub descriptor: Descriptor,
}

/// The result of ADJUST.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Adjusted {
    /// The application as it is after the change.
    pub state: Descriptor,
}

/// What can be changed and measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Descriptor {
    /// What can be changed.
    pub application: Application,
    /// What can be measured.
    pub measurement: Measurable,
}

/// The components by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Application {
    /// In the order in which connectors reported them.
    pub components: IndexMap<String, Settings>,
}

/// The settings of a component by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// In the order in which the connector lists them.
    pub settings: IndexMap<String, Setting>,
}

/// One setting: bounds for a range, values for an enum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// Which of both.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// It is shown and never changed.
    #[serde(default)]
    pub pinned: bool,
    /// For example `cores`, `GiB`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Scalar>,
    /// The smallest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Number>,
    /// The largest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Number>,
    /// Distance between neighbouring values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Number>,
    /// Whether equal ratios matter rather than equal steps. Not in ServoX: written only where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<t::Scale>,
    /// The values of an enum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<Scalar>>,
}

/// Which values a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Numbers between two bounds.
    Range,
    /// One of the listed values.
    Enum,
}

/// The metrics by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Measurable {
    /// In the order in which connectors list them.
    pub metrics: IndexMap<String, Unit>,
}

/// What a metric is counted in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unit {
    /// Empty for plain numbers.
    pub unit: String,
}

impl Descriptor {
    /// The whole description, as DESCRIBE is answered.
    pub fn of(description: &t::Description) -> Self {
        let metrics = description.metrics.iter();
        let metrics =
            metrics.map(|metric| (metric.name.clone(), Unit { unit: metric.unit.clone() })).collect();
        Self { measurement: Measurable { metrics }, ..Self::state_of(description) }
    }

    /// Only what can be changed, as ADJUST is answered.
    pub fn state_of(description: &t::Description) -> Self {
        let components = description.components.iter().map(|component| {
            let settings = component.settings.iter();
            let settings = settings.map(|setting| (setting.name.clone(), Setting::of(setting))).collect();
            (component.name.clone(), Settings { settings })
        });
        Self { application: Application { components: components.collect() }, ..Self::default() }
    }

    /// The description.
    ///
    /// # Errors
    /// A range lacks a bound, or an enum its values.
    pub fn to_types(&self) -> Result<t::Description, WireError> {
        let mut description = t::Description::default();
        for (name, component) in &self.application.components {
            let settings = component.settings.iter().map(|(setting, of)| {
                of.to_types(setting).map_err(|problem| {
                    WireError::value(format!("components.{name}.settings.{setting}"), problem)
                })
            });
            let settings = settings.collect::<Result<_, _>>()?;
            description.components.push(t::Component { name: name.clone(), settings });
        }
        for (name, metric) in &self.measurement.metrics {
            description.metrics.push(t::Metric { name: name.clone(), unit: metric.unit.clone() });
        }
        Ok(description)
    }
}

impl Setting {
    fn of(setting: &t::Setting) -> Self {
        // These two are fractions whatever they are set to, and ServoX says `null` where it knows no value.
        let resource = matches!(
            (setting.name.as_str(), setting.unit.as_deref()),
            ("cpu", Some("cores")) | ("mem", Some("GiB"))
        );
        let unknown = resource.then_some(Scalar::Unknown);
        let empty = Self {
            kind: Kind::Enum,
            pinned: setting.pinned,
            unit: setting.unit.clone(),
            value: unknown,
            min: None,
            max: None,
            step: None,
            scale: None,
            values: None,
        };
        let value = |fractions| setting.value.as_ref().map(|value| Scalar::of(value, fractions));
        match &setting.domain {
            t::Domain::Range(range) => {
                let now = setting.value.as_ref().and_then(t::Value::number).unwrap_or(range.min);
                let fractions =
                    resource || ![range.min, range.max, range.step, now].into_iter().all(is_whole);
                Self {
                    kind: Kind::Range,
                    value: value(fractions).or(empty.value),
                    min: number(range.min, fractions),
                    max: number(range.max, fractions),
                    step: number(range.step, fractions),
                    scale: (!range.scale.is_linear()).then_some(range.scale),
                    ..empty
                }
            }
            t::Domain::Enum { values } => Self {
                value: value(false).or(empty.value),
                values: Some(values.iter().map(|value| Scalar::of(value, false)).collect()),
                ..empty
            },
        }
    }

    fn to_types(&self, name: &str) -> Result<t::Setting, &'static str> {
        let domain = match self.kind {
            Kind::Range => {
                let number = |number: &Option<Number>| number.as_ref().and_then(Number::as_f64);
                let (Some(min), Some(max)) = (number(&self.min), number(&self.max)) else {
                    return Err("a range needs `min` and `max`");
                };
                let step = number(&self.step).unwrap_or_default();
                t::Domain::Range(t::Range { min, max, step, scale: self.scale.unwrap_or_default() })
            }
            Kind::Enum => {
                let values = self.values.iter().flatten().filter_map(Scalar::value).collect::<Vec<_>>();
                if values.is_empty() {
                    return Err("an enum needs `values`");
                }
                t::Domain::Enum { values }
            }
        };
        Ok(t::Setting {
            name: name.to_owned(),
            unit: self.unit.clone(),
            domain,
            value: self.value.as_ref().and_then(Scalar::value),
            pinned: self.pinned,
        })
    }
}
