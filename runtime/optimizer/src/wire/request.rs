//! What a servo sends: always an event, a parameter, and the identity of the servo.

use indexmap::IndexMap;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::REQUEST_MAX;
use super::descriptor::{Adjusted, Described};
use super::error::WireError;
use super::measured::Measured;
use super::report::Report;

/// What a servo sends.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What it says.
    pub event: Event,
    /// Which of the servos of one application it is, where that matters.
    pub servo_uid: Option<String>,
}

/// What a servo says.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// It begins; without a parameter it only asks whether it may.
    Hello(Option<Hello>),
    /// It asks for a command.
    WhatsNext,
    /// About DESCRIBE.
    Description(Report<Described>),
    /// About MEASURE.
    Measurement(Report<Measured>),
    /// About ADJUST.
    Adjustment(Report<Adjusted>),
    /// It ends.
    Goodbye(Goodbye),
}

/// How a servo begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Name and version of the program.
    #[serde(default)]
    pub agent: String,
    /// What is known about where it runs.
    #[serde(default)]
    pub telemetry: IndexMap<String, String>,
}

/// How a servo ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goodbye {
    /// The signal's name, `shutdown`, `restarting` or `unknown`.
    #[serde(default)]
    pub reason: String,
}

impl Request {
    /// The bytes of the request.
    ///
    /// # Errors
    /// It would be larger than [`REQUEST_MAX`].
    pub fn write(&self) -> Result<Vec<u8>, WireError> {
        let what = || format!("request {}", self.event.name());
        let bytes = serde_json::to_vec(self).map_err(|source| WireError::Form { what: what(), source })?;
        if bytes.len() > REQUEST_MAX {
            return Err(WireError::TooLarge { what: "request", limit: REQUEST_MAX });
        }
        Ok(bytes)
    }

    /// Reads a request.
    ///
    /// # Errors
    /// It is larger than [`REQUEST_MAX`], not JSON, or not a request of the protocol.
    pub fn read(bytes: &[u8]) -> Result<Self, WireError> {
        if bytes.len() > REQUEST_MAX {
            return Err(WireError::TooLarge { what: "request", limit: REQUEST_MAX });
        }
        let form = |source| WireError::Form { what: "request".to_owned(), source };
        let Envelope { event, param, servo_uid } = serde_json::from_slice(bytes).map_err(form)?;
        let form = |source| WireError::Form { what: format!("parameter of {event}"), source };
        let event = match event.as_str() {
            "HELLO" => Event::Hello(Deserialize::deserialize(param).map_err(form)?),
            "WHATS_NEXT" => Event::WhatsNext,
            "DESCRIPTION" => Event::Description(Deserialize::deserialize(param).map_err(form)?),
            "MEASUREMENT" => Event::Measurement(Deserialize::deserialize(param).map_err(form)?),
            "ADJUSTMENT" => Event::Adjustment(Deserialize::deserialize(param).map_err(form)?),
            "GOODBYE" if param.is_null() => Event::Goodbye(Goodbye::default()),
            "GOODBYE" => Event::Goodbye(Deserialize::deserialize(param).map_err(form)?),
            _ => return Err(WireError::UnknownEvent(event)),
        };
        Ok(Self { event, servo_uid })
    }
}

impl Event {
    /// The name of the event.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hello(_) => "HELLO",
            Self::WhatsNext => "WHATS_NEXT",
            Self::Description(_) => "DESCRIPTION",
            Self::Measurement(_) => "MEASUREMENT",
            Self::Adjustment(_) => "ADJUSTMENT",
            Self::Goodbye(_) => "GOODBYE",
        }
    }

    /// The command that it is about, where it is about one that has a name.
    pub fn cmd_uid(&self) -> Option<&str> {
        match self {
            Self::Description(report) => report.cmd_uid.as_deref(),
            Self::Measurement(report) => report.cmd_uid.as_deref(),
            Self::Adjustment(report) => report.cmd_uid.as_deref(),
            Self::Hello(_) | Self::WhatsNext | Self::Goodbye(_) => None,
        }
    }

    /// Whether it only says how far a command is.
    pub fn is_progress(&self) -> bool {
        match self {
            Self::Description(report) => !report.is_final(),
            Self::Measurement(report) => !report.is_final(),
            Self::Adjustment(report) => !report.is_final(),
            Self::Hello(_) | Self::WhatsNext | Self::Goodbye(_) => false,
        }
    }
}

#[derive(Deserialize)]
struct Envelope {
    event: String,
    #[serde(default)]
    param: Value,
    #[serde(default, deserialize_with = "text")]
    servo_uid: Option<String>,
}

/// A text, also where it is written as a number.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    })
}

impl Serialize for Request {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut written = to.serialize_struct("Request", 3)?;
        written.serialize_field("event", self.event.name())?;
        match &self.event {
            Event::Hello(param) => written.serialize_field("param", param)?,
            Event::WhatsNext => written.serialize_field("param", &())?,
            Event::Description(param) => written.serialize_field("param", param)?,
            Event::Measurement(param) => written.serialize_field("param", param)?,
            Event::Adjustment(param) => written.serialize_field("param", param)?,
            Event::Goodbye(param) => written.serialize_field("param", param)?,
        }
        written.serialize_field("servo_uid", &self.servo_uid)?;
        written.end()
    }
}
