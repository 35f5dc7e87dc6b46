//! The vocabulary of the contract, with constructors.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use crate::bindings;
pub use crate::bindings::check::exports::servo::connector::check::{
    Info as CheckInfo, Outcome as CheckOutcome, Severity,
};
pub use crate::bindings::commands::exports::servo::connector::commands::{
    Answer, Argument, Column, Command, Kind as ArgumentKind,
};
pub use crate::bindings::declarations::exports::servo::connector::declarations::{
    Declaration, Definition, Hook, Moment,
};
use crate::settings;
pub use bindings::imports::servo::connector::contract::{
    Adjustment, Code, Component, Condition, Control, Description, Domain, Failure, Keep, Measurement, Metric,
    Range, Reading, Scalar, Scale, Series, Setting, Threshold, Value,
};

impl Control {
    /// Nothing asked: all times zero.
    pub fn none() -> Control {
        Control {
            delay: 0,
            warmup: 0,
            duration: 0,
            settlement: 0,
            load: None,
            slo: Vec::new(),
            userdata: Vec::new(),
        }
    }

    /// Delay, warm-up and duration together: how long a measurement takes.
    pub fn asked(&self) -> Duration {
        [self.delay, self.warmup, self.duration].into_iter().map(millis).sum()
    }

    /// Wait before anything is done.
    pub fn delay(&self) -> Duration {
        millis(self.delay)
    }

    /// Run before anything is counted.
    pub fn warmup(&self) -> Duration {
        millis(self.warmup)
    }

    /// How long to measure.
    pub fn duration(&self) -> Duration {
        millis(self.duration)
    }

    /// How long a change must hold before it counts as made.
    pub fn settlement(&self) -> Duration {
        millis(self.settlement)
    }

    /// What the optimizer sent under `key`; `None` when it sent nothing or nothing readable.
    pub fn userdata(&self, key: &str) -> Option<Json> {
        let (_, text) = self.userdata.iter().find(|(name, _)| name == key)?;
        serde_json::from_str(text).ok()
    }
}

impl Condition {
    /// A metric that keeps its side of a threshold; the first violation ends the measurement.
    pub fn new(metric: impl Into<String>, keep: Keep, threshold: Threshold) -> Condition {
        Condition {
            metric: metric.into(),
            keep,
            threshold,
            trigger_count: 1,
            trigger_window: 1,
            threshold_multiplier: 1.0,
            metric_minimum: 0.25,
            threshold_minimum: 0.25,
            description: None,
        }
    }
}

impl Metric {
    /// A metric and its unit; the unit is empty for plain numbers.
    pub fn new(name: impl Into<String>, unit: impl Into<String>) -> Metric {
        Metric { name: name.into(), unit: unit.into() }
    }
}

#[expect(clippy::derivable_impls, reason = "the type is generated")]
impl Default for Measurement {
    fn default() -> Measurement {
        Measurement { readings: Vec::new(), annotations: Vec::new() }
    }
}

#[expect(clippy::derivable_impls, reason = "the type is generated")]
impl Default for Description {
    fn default() -> Description {
        Description { components: Vec::new(), metrics: Vec::new() }
    }
}

#[expect(clippy::derivable_impls, reason = "the type is generated")]
impl Default for Declaration {
    fn default() -> Declaration {
        Declaration { hooks: Vec::new(), events: Vec::new(), handles: Vec::new() }
    }
}

impl Definition {
    /// An event and the types of its arguments, which must be a struct, and of its result.
    pub fn new<P: JsonSchema, R: JsonSchema>(
        name: impl Into<String>,
        description: impl Into<String>,
    ) -> Definition {
        Definition {
            name: name.into(),
            description: description.into(),
            parameters: settings::schema::<P>().to_string(),
            returns: settings::schema::<R>().to_string(),
        }
    }
}

impl Command {
    /// A command without arguments.
    pub fn new(name: impl Into<String>, description: impl Into<String>) -> Command {
        Command { name: name.into(), description: description.into(), arguments: Vec::new() }
    }

    /// With one more argument.
    pub fn with(mut self, argument: Argument) -> Command {
        self.arguments.push(argument);
        self
    }
}

impl Argument {
    /// An argument that may be given by its name.
    pub fn new(name: impl Into<String>, kind: ArgumentKind, description: impl Into<String>) -> Argument {
        Argument {
            name: name.into(),
            description: description.into(),
            kind,
            positional: false,
            required: false,
            repeated: false,
        }
    }

    /// Given by its place.
    pub fn positional(self) -> Argument {
        Argument { positional: true, ..self }
    }

    /// Must be given.
    pub fn required(self) -> Argument {
        Argument { required: true, ..self }
    }

    /// May be given several times.
    pub fn repeated(self) -> Argument {
        Argument { repeated: true, ..self }
    }
}

impl Answer {
    /// What was found, with the columns of its table: heading, and JSON pointer into a row.
    ///
    /// # Errors
    /// When it has no JSON form.
    pub fn new(value: &impl Serialize, columns: &[(&str, &str)]) -> Result<Answer, Failure> {
        let value = serde_json::to_string(value)
            .map_err(|error| Failure::failed(format!("the answer has no JSON form: {error}")))?;
        let column = |(heading, pointer): &(&str, &str)| Column {
            heading: (*heading).to_owned(),
            pointer: (*pointer).to_owned(),
        };
        Ok(Answer { value, columns: columns.iter().map(column).collect() })
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Value {
        Value::Number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Number(number) => write!(to, "{number}"),
            Value::Text(text) => write!(to, "{text}"),
        }
    }
}

impl CheckInfo {
    /// A check that makes the servo not ready when it fails.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> CheckInfo {
        CheckInfo {
            id: id.into(),
            name: name.into(),
            description: String::new(),
            severity: Severity::Common,
            tags: Vec::new(),
            remedy: false,
        }
    }

    /// The checks after this one make no sense when it fails.
    pub fn critical(self) -> CheckInfo {
        CheckInfo { severity: Severity::Critical, ..self }
    }

    /// The servo is ready even when it fails.
    pub fn warning(self) -> CheckInfo {
        CheckInfo { severity: Severity::Warning, ..self }
    }

    /// More about the check.
    pub fn describe(self, description: impl Into<String>) -> CheckInfo {
        CheckInfo { description: description.into(), ..self }
    }
}

impl CheckOutcome {
    /// All is as it should be.
    pub fn passed(message: impl Into<String>) -> CheckOutcome {
        CheckOutcome { passed: true, message: message.into(), hint: None }
    }

    /// Something is wrong, and this is what a person can do about it.
    pub fn failed(message: impl Into<String>, hint: impl Into<String>) -> CheckOutcome {
        CheckOutcome { passed: false, message: message.into(), hint: Some(hint.into()) }
    }
}

fn millis(milliseconds: u32) -> Duration {
    Duration::from_millis(milliseconds.into())
}
