//! The keys of a scenario.

use std::time::Duration;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::quantity::Human;

/// Names and texts.
pub(super) type Texts = IndexMap<String, String>;

/// A scenario of one connector.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Scenario")]
pub(crate) struct RawScenario {
    /// The settings of the connector, as in its stanza of `servo.yaml`.
    #[schemars(rename = "settings")]
    #[serde(rename = "settings")]
    _settings: Option<Value>,
    /// What it may do, as in `connectors.NAME.grants` of `servo.yaml`.
    #[serde(rename = "grants")]
    _grants: Option<Value>,
    /// What it may use, as in `connectors.NAME.limits` of `servo.yaml`.
    #[serde(rename = "limits")]
    _limits: Option<Value>,
    /// When it begins, in seconds since the epoch.
    pub(super) start: Option<f64>,
    /// The requests that are answered.
    pub(super) exchanges: Option<Vec<RawExchange>>,
    /// What is asked of the connector.
    pub(super) calls: Vec<RawCall>,
}

/// A request and its answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Exchange")]
pub(super) struct RawExchange {
    /// Method and URL; `*` stands for any text.
    #[schemars(extend("examples" = ["GET http://localhost:8080/status"]))]
    pub(super) request: String,
    /// Headers that the request must have; `*` stands for any text.
    pub(super) headers: Option<Texts>,
    /// The body that the request must have: text with `*` for any text, or anything else as JSON.
    pub(super) body: Option<Value>,
    /// How often it must be asked for, or `any`.
    #[schemars(extend("default" = 1))]
    pub(super) times: Option<Times>,
    /// How long the answer takes.
    #[schemars(extend("default" = "0"))]
    pub(super) after: Option<Human<Duration>>,
    /// The answer.
    pub(super) answer: RawAnswer,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub(super) enum Times {
    Exactly(u32),
    Any(Any),
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(super) enum Any {
    Any,
}

/// An answer: a response, or an error.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Answer")]
pub(super) struct RawAnswer {
    /// The status.
    #[schemars(range(min = 100, max = 599), extend("default" = 200))]
    pub(super) status: Option<u16>,
    /// The headers.
    pub(super) headers: Option<Texts>,
    /// The body: text, or anything else as JSON.
    pub(super) body: Option<Value>,
    /// A body that is not text.
    pub(super) base64: Option<String>,
    /// Why there is no response.
    pub(super) error: Option<NoResponse>,
    /// What the connector is told with the error.
    pub(super) message: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub(super) enum NoResponse {
    Unreachable,
    TimedOut,
    Protocol,
}

impl NoResponse {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed-out",
            Self::Protocol => "protocol",
        }
    }
}

/// A call and what must come of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Call")]
pub(super) struct RawCall {
    /// What is called.
    pub(super) call: What,
    /// measure: only these metrics.
    pub(super) metrics: Option<Vec<String>>,
    /// Wait before anything is done.
    pub(super) delay: Option<Human<Duration>>,
    /// measure: run before anything is counted.
    pub(super) warmup: Option<Human<Duration>>,
    /// measure: how long; command: how much longer than `limits.wall` it may take.
    pub(super) duration: Option<Human<Duration>>,
    /// adjust: how long a change must hold.
    pub(super) settlement: Option<Human<Duration>>,
    /// The rest of the control: `load`, `slo`, `userdata`.
    pub(super) control: Option<Map<String, Value>>,
    /// adjust: `component.setting` and value.
    pub(super) set: Option<Map<String, Value>>,
    /// check, remedy: the id; without one all checks run.
    pub(super) check: Option<String>,
    /// dispatch: an event that the connector handles, its own or another connector's.
    pub(super) event: Option<String>,
    /// command: its name.
    pub(super) command: Option<String>,
    /// dispatch, command: the arguments. Durations of a command are milliseconds.
    pub(super) arguments: Option<Map<String, Value>>,
    /// When it is cancelled, if it is.
    pub(super) cancel_after: Option<Human<Duration>>,
    /// The result, as JSON output has it; of maps only what is written is compared, `*` in texts stands for any text.
    pub(super) result: Option<Value>,
    /// The failure: its message, or a map of `code`, `reason` and `message`.
    pub(super) failure: Option<Value>,
    /// Updates that must come in this order: messages, or maps of `percent`, `message` and `readings`.
    #[serde(rename = "progress")]
    _progress: Option<Vec<Value>>,
    /// Lines of the log that must come in this order, with or without their level (`warning: …`).
    #[serde(rename = "log")]
    _log: Option<Vec<String>>,
    /// Origins of requests that are not granted.
    #[serde(rename = "denied")]
    _denied: Option<Vec<String>>,
}

/// What can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(super) enum What {
    Configure,
    Startup,
    Metrics,
    Components,
    Describe,
    Check,
    Remedy,
    Measure,
    Adjust,
    Promote,
    Dispatch,
    Command,
    Shutdown,
}

impl What {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Configure => "configure",
            Self::Startup => "startup",
            Self::Metrics => "metrics",
            Self::Components => "components",
            Self::Describe => "describe",
            Self::Check => "check",
            Self::Remedy => "remedy",
            Self::Measure => "measure",
            Self::Adjust => "adjust",
            Self::Promote => "promote",
            Self::Dispatch => "dispatch",
            Self::Command => "command",
            Self::Shutdown => "shutdown",
        }
    }
}
