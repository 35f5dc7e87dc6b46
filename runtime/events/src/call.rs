//! What is asked of a handler, and what it answers.

use std::time::Duration;

use serde_json::Value;
use servo_types::{Adjustment, Check, Component, Control, Description, Measurement, Metric};

use crate::{CustomEvent, Event};

/// One call of a handler: an event with its arguments, or a hook around one.
///
/// Handlers share it behind an `Arc`, so that an event to a hundred of them copies nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// The servo starts.
    Startup,
    /// The servo ends.
    Shutdown {
        /// `SIGTERM`, `finished`, `failed`.
        reason: String,
    },
    /// What can be measured?
    Metrics,
    /// What can be changed?
    Components,
    /// What is the state of the application?
    Describe {
        /// How to describe.
        control: Control,
    },
    /// Which checks are there?
    CheckList,
    /// Run one check. Ids are unique within a connector, so this is dispatched to one connector only.
    CheckRun {
        /// Which.
        id: String,
    },
    /// Repair what one check found.
    CheckRemedy {
        /// Which.
        id: String,
    },
    /// Measure.
    Measure {
        /// What is wanted; empty means all.
        metrics: Vec<String>,
        /// How to measure.
        control: Control,
    },
    /// Change settings.
    Adjust {
        /// The wanted values.
        adjustments: Vec<Adjustment>,
        /// How to adjust.
        control: Control,
    },
    /// Make the present settings those of the whole application.
    Promote,
    /// Run a command that the connector brings. Dispatched to one connector only.
    Command {
        /// Which.
        name: String,
        /// Its arguments as JSON text, an object.
        arguments: String,
        /// The time that it takes by request: the sum of all durations in its arguments.
        asked: Duration,
    },
    /// An event that a connector defines.
    Custom {
        /// Which.
        event: CustomEvent,
        /// Its arguments as JSON text, an object.
        arguments: String,
    },
    /// The hook before an event.
    Before {
        /// Which event.
        event: Event,
        /// Its arguments as JSON text, see [`Call::arguments`].
        arguments: String,
    },
    /// The hook after an event.
    After {
        /// Which event.
        event: Event,
        /// What all handlers answered, as JSON text, see [`Outcomes::json`](crate::Outcomes::json).
        outcomes: String,
    },
}

/// What a handler answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// To startup, shutdown, promote and hooks: it is done.
    Done,
    /// To metrics.
    Metrics(Vec<Metric>),
    /// To components.
    Components(Vec<Component>),
    /// To describe and adjust.
    Description(Description),
    /// To a call for the list of checks.
    Checks(Vec<Check>),
    /// To the run of one check.
    Checked(Verdict),
    /// To a remedy: what was done.
    Remedied(String),
    /// To measure.
    Measurement(Measurement),
    /// To a command.
    Output(Output),
    /// To an event that a connector defines.
    Custom(Value),
}

/// What a command found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output {
    /// All of it.
    pub value: Value,
    /// The columns of its table: heading, and JSON pointer into an element of the value.
    pub columns: Vec<(String, String)>,
}

/// How one check ended; which one it was, the asker knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Verdict {
    /// Whether all is as it should be.
    pub passed: bool,
    /// What was seen.
    #[serde(default)]
    pub message: String,
    /// What a person can do about a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Call {
    /// The event it belongs to; for hooks the one they are hooked to.
    pub fn event(&self) -> Event {
        match self {
            Self::Startup => Event::Startup,
            Self::Shutdown { .. } => Event::Shutdown,
            Self::Metrics => Event::Metrics,
            Self::Components => Event::Components,
            Self::Describe { .. } => Event::Describe,
            Self::CheckList | Self::CheckRun { .. } | Self::CheckRemedy { .. } => Event::Check,
            Self::Measure { .. } => Event::Measure,
            Self::Adjust { .. } => Event::Adjust,
            Self::Promote => Event::Promote,
            Self::Command { .. } => Event::Command,
            Self::Custom { event, .. } => Event::Custom(*event),
            Self::Before { event, .. } | Self::After { event, .. } => *event,
        }
    }

    /// The time the call takes by request: delay, warm-up, duration and settlement of its control, or what a command
    /// is told. Limits on time
    /// come on top of it.
    pub fn asked(&self) -> Duration {
        match self {
            Self::Describe { control } | Self::Measure { control, .. } | Self::Adjust { control, .. } => {
                control.asked()
            }
            Self::Command { asked, .. } => *asked,
            _ => Duration::ZERO,
        }
    }
}
