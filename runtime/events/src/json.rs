//! The JSON forms of calls, replies and outcomes: what hooks see and what connectors dispatch.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use servo_types::{Adjustment, Control};

use crate::nearest::{hint, nearest};
use crate::{Call, Event, Outcomes, Reply};

/// A call that cannot be made from a name and JSON arguments.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// There is no such event.
    #[error("there is no event `{name}`{}", hint(nearest.as_ref().map(Event::name)))]
    UnknownEvent {
        /// The name.
        name: String,
        /// An event with a similar name.
        nearest: Option<Event>,
    },
    /// The event belongs to the servo.
    #[error("{0} belongs to the servo and cannot be dispatched")]
    NotShared(String),
    /// The arguments are not what the event takes.
    #[error("invalid arguments of {event}: {problem}; expected {expected}")]
    Arguments {
        /// The event.
        event: Event,
        /// What is wrong.
        problem: String,
        /// What it takes.
        expected: &'static str,
    },
}

/// The fields of a [`Control`]; serde would pass over others.
const CONTROL: [&str; 7] = ["delay", "warmup", "duration", "settlement", "load", "slo", "userdata"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shutdown {
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Describe {
    #[serde(default)]
    control: Control,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneCheck {
    id: Option<String>,
    #[serde(default)]
    remedy: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Measure {
    #[serde(default)]
    metrics: Vec<String>,
    #[serde(default)]
    control: Control,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Adjust {
    adjustments: Vec<Adjustment>,
    #[serde(default)]
    control: Control,
}

impl Call {
    /// The call that a connector dispatches: a shared event by name, its arguments as JSON text. Whether somebody defines
    /// an event that is no standard one, and what it takes, the bus knows. A check without
    /// `id` asks for the list; remedies are the operator's to allow and cannot be dispatched.
    ///
    /// # Errors
    /// If there is no such event, it is not for connectors, or it does not take these arguments.
    pub fn dispatched(name: &str, arguments: &str) -> Result<Self, CallError> {
        let event = Event::from_name(name).ok_or_else(|| CallError::UnknownEvent {
            name: name.to_owned(),
            nearest: nearest(name, Event::ALL.iter().map(Event::name)).and_then(Event::standard),
        })?;
        if !event.is_shared() {
            return Err(CallError::NotShared(event.name().to_owned()));
        }
        match Self::parse(event, arguments)? {
            Self::CheckRemedy { .. } => Err(CallError::NotShared("a remedy".to_owned())),
            call => Ok(call),
        }
    }

    /// The call of an event with these arguments; the inverse of [`Call::arguments`].
    ///
    /// # Errors
    /// If the event does not take these arguments.
    pub fn parse(event: Event, arguments: &str) -> Result<Self, CallError> {
        match event {
            Event::Startup => read(event, arguments).map(|Nothing {}| Self::Startup),
            Event::Shutdown => read(event, arguments).map(|Shutdown { reason }| Self::Shutdown { reason }),
            Event::Metrics => read(event, arguments).map(|Nothing {}| Self::Metrics),
            Event::Components => read(event, arguments).map(|Nothing {}| Self::Components),
            Event::Describe => read(event, arguments).map(|Describe { control }| Self::Describe { control }),
            Event::Check => match read(event, arguments)? {
                OneCheck { id: None, remedy: false } => Ok(Self::CheckList),
                OneCheck { id: Some(id), remedy: false } => Ok(Self::CheckRun { id }),
                OneCheck { id: Some(id), remedy: true } => Ok(Self::CheckRemedy { id }),
                OneCheck { id: None, remedy: true } => {
                    Err(invalid(event, "a remedy needs the `id` of its check"))
                }
            },
            Event::Measure => {
                read(event, arguments).map(|Measure { metrics, control }| Self::Measure { metrics, control })
            }
            Event::Adjust => read(event, arguments)
                .map(|Adjust { adjustments, control }| Self::Adjust { adjustments, control }),
            Event::Promote => read(event, arguments).map(|Nothing {}| Self::Promote),
            Event::Command => Err(CallError::NotShared("a command".to_owned())),
            Event::Custom(custom) => read::<Value>(event, arguments)
                .map(|_| Self::Custom { event: custom, arguments: arguments.to_owned() }),
        }
    }

    /// The arguments as JSON text. Those of a hook are the document that it was given.
    pub fn arguments(&self) -> String {
        let arguments = match self {
            Self::Startup | Self::Metrics | Self::Components | Self::CheckList | Self::Promote => json!({}),
            Self::Shutdown { reason } => json!({"reason": reason}),
            Self::Describe { control } => json!({"control": control}),
            Self::CheckRun { id } => json!({"id": id}),
            Self::CheckRemedy { id } => json!({"id": id, "remedy": true}),
            Self::Measure { metrics, control } => json!({"metrics": metrics, "control": control}),
            Self::Adjust { adjustments, control } => json!({"adjustments": adjustments, "control": control}),
            Self::Command { arguments, .. } | Self::Custom { arguments, .. } => return arguments.clone(),
            Self::Before { arguments, .. } => return arguments.clone(),
            Self::After { outcomes, .. } => return outcomes.clone(),
        };
        arguments.to_string()
    }
}

impl Reply {
    /// The reply as JSON; `null` when there is nothing to say.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Done => Value::Null,
            Self::Metrics(metrics) => json!(metrics),
            Self::Components(components) => json!(components),
            Self::Description(description) => json!(description),
            Self::Checks(checks) => json!(checks),
            Self::Checked(verdict) => json!(verdict),
            Self::Remedied(text) => json!(text),
            Self::Measurement(measurement) => json!(measurement),
            Self::Output(output) => output.value.clone(),
            Self::Custom(value) => value.clone(),
        }
    }
}

impl Outcomes {
    /// All answers as JSON text, the form that after hooks get:
    /// `[{"connector": "prom", "ok": …}, {"connector": "load", "error": {"code": …, "message": …}}]`.
    pub fn json(&self) -> String {
        let answers = self.answers.iter().map(|answer| match &answer.result {
            Ok(reply) => json!({"connector": &*answer.connector, "ok": reply.to_json()}),
            Err(failure) => json!({"connector": &*answer.connector, "error": failure}),
        });
        Value::Array(answers.collect()).to_string()
    }
}

fn read<T: DeserializeOwned>(event: Event, arguments: &str) -> Result<T, CallError> {
    let value: Value = serde_json::from_str(arguments).map_err(|error| invalid(event, error))?;
    if !value.is_object() {
        return Err(invalid(event, "not a JSON object"));
    }
    let control = value.get("control").filter(|_| !matches!(event, Event::Custom(_)));
    for key in control.and_then(Value::as_object).into_iter().flat_map(|control| control.keys()) {
        if !CONTROL.contains(&key.as_str()) {
            let hint = hint(nearest(key, CONTROL));
            return Err(invalid(event, format!("unknown field `control.{key}`{hint}")));
        }
    }
    serde_json::from_value(value).map_err(|error| invalid(event, error))
}

fn invalid(event: Event, problem: impl ToString) -> CallError {
    let expected = match event {
        Event::Startup | Event::Metrics | Event::Components | Event::Promote => "{}",
        Event::Shutdown => r#"{"reason": "…"}"#,
        Event::Describe => r#"{"control": {…}}"#,
        Event::Command | Event::Custom(_) => "a JSON object",
        Event::Check => r#"{} or {"id": "…"}"#,
        Event::Measure => r#"{"metrics": ["…"], "control": {…}}"#,
        Event::Adjust => {
            r#"{"adjustments": [{"component": "…", "setting": "…", "value": …}], "control": {…}}"#
        }
    };
    CallError::Arguments { event, problem: problem.to_string(), expected }
}

#[cfg(test)]
mod tests;
