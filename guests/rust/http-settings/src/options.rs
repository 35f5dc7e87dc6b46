//! The settings of the connector itself.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use servo_sdk::prelude::*;

use crate::domain;

/// The settings of the connector.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// Name of the component that the application is, unique within the servo.
    #[serde(default = "app")]
    pub(crate) component: String,
    /// Where the application listens.
    pub(crate) url: Endpoint,
    /// How its settings are read.
    #[serde(default)]
    pub(crate) get: Get,
    /// How they are changed.
    #[serde(default)]
    pub(crate) set: Set,
    /// How it says that it is ready after a change; it is not asked when this is not given.
    #[serde(default)]
    pub(crate) ready: Option<Ready>,
    /// Its settings, by the names that they are to have.
    pub(crate) settings: IndexMap<String, Offer>,
}

/// How settings are read: `GET`, answered by a JSON document.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Get {
    /// Path and query below the URL.
    pub(crate) path: String,
}

/// How settings are changed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Set {
    /// Path and query below the URL.
    pub(crate) path: String,
    /// `PATCH` sends the changed values only, `PUT` the whole document as it was read with the changed values in it.
    pub(crate) method: Method,
    /// A document into which the changed values are put, instead of what the method says.
    pub(crate) body: Option<Value>,
}

/// The methods that change settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Method {
    #[default]
    Patch,
    Put,
}

/// How the application says that it is ready: `GET`, answered by a status from 200 to 299.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ready {
    /// Path and query below the URL.
    pub(crate) path: String,
    /// How long to wait for it. The `wall` limit of the connector counts, too.
    #[serde(default = "twenty_seconds")]
    pub(crate) timeout: Duration,
    /// How often it is asked.
    #[serde(default = "half_a_second")]
    pub(crate) interval: Duration,
}

/// One setting: a range with `min` and `max`, or a choice with `values`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Offer {
    /// Where the value stands in the document, as a JSON pointer; `/` and the name if nothing is said.
    pub(crate) pointer: Option<String>,
    /// The smallest value.
    pub(crate) min: Option<f64>,
    /// The largest value.
    pub(crate) max: Option<f64>,
    /// Distance between neighbouring values, counted from `min`; 0 allows any number. When nothing is said: 1 between
    /// whole bounds, else 0.
    pub(crate) step: Option<f64>,
    /// How the values relate: `linear` where equal steps matter, `log` where equal ratios do.
    pub(crate) scale: Option<RangeScale>,
    /// The values to choose from.
    pub(crate) values: Option<Vec<Value>>,
    /// For example `threads` or `GiB`.
    pub(crate) unit: Option<String>,
    /// Shown and never changed.
    pub(crate) pinned: bool,
}

/// How the values of a range relate.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RangeScale {
    Linear,
    Log,
}

impl Default for Get {
    fn default() -> Get {
        Get { path: "/settings".to_owned() }
    }
}

impl Default for Set {
    fn default() -> Set {
        Set { path: "/settings".to_owned(), method: Method::Patch, body: None }
    }
}

impl Settings {
    /// What neither the schema nor reading can see.
    pub(crate) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        if self.component.is_empty() {
            problems.push(Problem::new("/component", "the name is empty"));
        }
        let ready = self.ready.iter().map(|ready| ("/ready/path", &ready.path));
        for (place, path) in
            [("/get/path", &self.get.path), ("/set/path", &self.set.path)].into_iter().chain(ready)
        {
            if !path.starts_with('/') || path.contains(char::is_whitespace) {
                problems
                    .push(Problem::new(place, format!("`{path}` is not a path; write it like `/settings`")));
            }
        }
        if self.ready.as_ref().is_some_and(|ready| ready.interval.millis() == 0) {
            problems.push(Problem::new("/ready/interval", "the interval is zero; write it like `500ms`"));
        }
        if self.set.body.as_ref().is_some_and(|body| !body.is_object() && !body.is_array()) {
            problems.push(Problem::new("/set/body", "the body is neither an object nor an array"));
        }
        if self.settings.is_empty() {
            problems.push(Problem::new(
                "/settings",
                "no setting is given; add one like `workers: {min: 1, max: 8}`",
            ));
        }
        let mut places = BTreeMap::new();
        for (name, offer) in &self.settings {
            let at = format!("/settings/{}", servo_sdk::settings::escape(name));
            problems.extend(domain::problems(offer).into_iter().map(|(field, text)| {
                let field = if field.is_empty() { String::new() } else { format!("/{field}") };
                Problem::new(format!("{at}{field}"), text)
            }));
            if let Some(other) = places.insert(self.pointer(name), name) {
                let text = format!("the setting `{other}` stands there; each has a place of its own");
                problems.push(Problem::new(format!("{at}/pointer"), text));
            }
        }
        problems
    }

    /// Where the value of a setting stands in the document.
    pub(crate) fn pointer(&self, name: &str) -> String {
        let given = self.settings.get(name).and_then(|offer| offer.pointer.clone());
        given.unwrap_or_else(|| format!("/{}", servo_sdk::settings::escape(name)))
    }

    /// The component, with the values that the document shows.
    pub(crate) fn component(&self, document: Option<&Value>) -> Component {
        let setting = |(name, offer): (&String, &Offer)| Setting {
            name: name.clone(),
            unit: offer.unit.clone(),
            domain: domain::domain(offer),
            value: document.and_then(|document| domain::shown(offer, document.pointer(&self.pointer(name))?)),
            pinned: offer.pinned,
        };
        Component { name: self.component.clone(), settings: self.settings.iter().map(setting).collect() }
    }
}

fn app() -> String {
    "app".to_owned()
}

fn twenty_seconds() -> Duration {
    Duration::from_secs(20)
}

fn half_a_second() -> Duration {
    Duration::from_millis(500)
}

#[cfg(test)]
pub(crate) mod tests;
