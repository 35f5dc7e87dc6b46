//! The settings.

use servo_sdk::liveness::Selection;
use servo_sdk::prelude::*;

/// The settings of the connector.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The type of the services.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// Count only those on these hosts.
    #[serde(default)]
    pub(crate) hosts: Vec<String>,
    /// Count only those in these regions.
    #[serde(default)]
    pub(crate) regions: Vec<String>,
    /// How many must be up for the servo to be ready.
    #[serde(default = "one")]
    pub(crate) at_least: u32,
    /// What the names of the metrics begin with: `services` makes `services_up`, `services_down`, `services_suspect`.
    #[serde(default = "services")]
    pub(crate) metrics: String,
    /// Distance between the values; each is the mean over this time.
    #[serde(default = "ten_seconds")]
    pub(crate) step: Duration,
}

impl Settings {
    /// What neither the schema nor reading can see.
    pub(crate) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        if self.kind.is_empty() {
            problems
                .push(Problem::new("/type", "the type is empty; `servo liveness ls` shows which there are"));
        }
        if self.metrics.is_empty() {
            problems.push(Problem::new("/metrics", "the beginning of the metrics' names is empty"));
        }
        if self.step.millis() < 100 {
            problems.push(Problem::new("/step", "the step is shorter than 100ms; write it like `10s`"));
        }
        problems
    }

    /// The services that are counted.
    pub(crate) fn selection(&self) -> Selection {
        Selection {
            hosts: self.hosts.clone(),
            regions: self.regions.clone(),
            ..Selection::of_kind(self.kind.as_str())
        }
    }

    /// The metric that counts services in this state.
    pub(crate) fn metric(&self, state: &str) -> String {
        format!("{}_{state}", self.metrics)
    }
}

fn one() -> u32 {
    1
}

fn services() -> String {
    "services".to_owned()
}

fn ten_seconds() -> Duration {
    Duration::from_secs(10)
}

#[cfg(test)]
mod tests;
