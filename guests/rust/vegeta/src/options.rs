//! The settings, and the attack that they mean.

use std::time::Duration as Time;

use servo_sdk::prelude::*;

use crate::targets;

/// The settings of the connector.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [{"required": ["target"]}, {"required": ["targets"]}]))]
pub(crate) struct Settings {
    /// How many requests are sent in how much time, for example `50/1s`. With 0 each connection sends its next request
    /// as soon as the last one was answered; there are `max_workers` of them, or `workers` when that is not given.
    pub(crate) rate: Rate,
    /// The form of the targets.
    #[serde(default)]
    pub(crate) format: Format,
    /// The targets themselves, for example `GET http://web:8080/`. The origins written here may be loaded.
    #[serde(default)]
    #[schemars(extend("x-servo-grant" = "load"))]
    pub(crate) target: Option<String>,
    /// A file with the targets. Its origins need a grant for `load`.
    #[serde(default)]
    #[schemars(extend("x-servo-file" = true))]
    pub(crate) targets: Option<String>,
    /// Most connections at a time.
    #[serde(default = "connections")]
    #[schemars(range(min = 1))]
    pub(crate) connections: u32,
    /// Connections when the rate is 0.
    #[serde(default = "workers")]
    #[schemars(range(min = 1))]
    pub(crate) workers: u32,
    /// Most requests at a time; as many as connections when nothing is said.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub(crate) max_workers: Option<u64>,
    /// Read no more of a body than so many bytes; -1 reads all.
    #[serde(default = "all")]
    #[schemars(range(min = -1))]
    pub(crate) max_body: i64,
    /// Offer HTTP/2 over TLS.
    #[serde(default = "yes")]
    pub(crate) http2: bool,
    /// Keep connections open between requests.
    #[serde(default = "yes")]
    pub(crate) keepalive: bool,
    /// Do not verify certificates.
    #[serde(default)]
    pub(crate) insecure: bool,
    /// How often there is a value of each metric, and how often objectives are looked at.
    #[serde(default = "interval")]
    pub(crate) reporting_interval: Duration,
}

/// The form of the targets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// `GET http://host/path`, header lines, `@file`; blocks divided by blank lines.
    #[default]
    Http,
    /// One JSON object for each line: method, url, header, body (base64).
    Json,
}

impl Settings {
    /// What neither the schema nor reading can see.
    pub(crate) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        let (place, text) = match (&self.target, &self.targets) {
            (Some(text), None) => ("/target", text),
            (None, Some(text)) => ("/targets", text),
            (None, None) => {
                let text = "neither `target` nor `targets` is given; write `target: GET http://host/`";
                return vec![Problem::new("", text)];
            }
            (Some(_), Some(_)) => {
                return vec![Problem::new(
                    "/targets",
                    "both `target` and `targets` are given; keep one of them",
                )];
            }
        };
        if let Err(why) = targets::check(self.format, text) {
            problems.push(Problem::new(place, why));
        }
        let mut least = |field: &str, fine: bool, text: &str| {
            if !fine {
                problems.push(Problem::new(format!("/{field}"), text));
            }
        };
        least("connections", self.connections > 0, "at least one connection is needed");
        least("workers", self.workers > 0, "at least one worker is needed");
        least("max_workers", self.max_workers != Some(0), "at least one worker is needed");
        least("max_body", self.max_body >= -1, "a size in bytes, or -1 for all");
        least(
            "reporting_interval",
            self.reporting_interval.millis() > 0,
            "longer than zero, for example `15s`",
        );
        problems
    }

    /// The attack of so many milliseconds.
    pub(crate) fn plan(&self, duration: u32, report_every: u32) -> load::Plan {
        let at_once = self.max_workers.map_or(u32::MAX, |workers| u32::try_from(workers).unwrap_or(u32::MAX));
        let connections = self.connections.min(at_once);
        let pace = match self.rate.count {
            0 => load::Pace::Closed(if self.max_workers.is_some() { connections } else { self.workers }),
            count => load::Pace::Rate((count, self.rate.per.millis())),
        };
        load::Plan {
            targets: self.target.clone().or_else(|| self.targets.clone()).unwrap_or_default(),
            format: match self.format {
                Format::Http => load::Format::Http,
                Format::Json => load::Format::Json,
            },
            pace,
            duration,
            connections,
            // Workers of vegeta are not threads: how many of those are worth it, the host knows.
            workers: 0,
            timeout: None,
            http2: self.http2,
            keepalive: self.keepalive,
            insecure: self.insecure,
            max_body: u32::try_from(self.max_body).ok(),
            report_every,
        }
    }

    /// The load in one line, for the optimizer and for people.
    pub(crate) fn profile(&self, duration: Time) -> String {
        let duration = Duration::from(duration);
        match self.plan(0, 0).pace {
            load::Pace::Rate(_) => format!("{} for {duration}", self.rate),
            load::Pace::Closed(connections) => format!("{connections} connections for {duration}"),
        }
    }
}

fn connections() -> u32 {
    10_000
}

fn workers() -> u32 {
    10
}

fn all() -> i64 {
    -1
}

fn yes() -> bool {
    true
}

fn interval() -> Duration {
    Duration::from_secs(15)
}

#[cfg(test)]
mod tests;
