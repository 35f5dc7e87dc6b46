//! What an optimizer answers: a command to WHATS_NEXT, a status to everything else.

use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::REPLY_MAX;
use super::error::{CommandError, WireError};
use super::order::{Adjust, Describe, Measure, Sleep};

/// What an optimizer answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Reply {
    /// What to do next.
    Command(Box<Command>),
    /// Whether what was said is taken.
    Status(Status),
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// What the answer must name.
    pub cmd_uid: Option<String>,
    /// What to do.
    pub order: Order,
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Say what can be changed and measured.
    Describe(Describe),
    /// Measure.
    Measure(Measure),
    /// Change settings.
    Adjust(Adjust),
    /// Ask again later.
    Sleep(Sleep),
}

/// Whether what was said is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// In one word.
    pub status: StatusKind,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Whether what was said is taken, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatusKind {
    /// It is.
    Ok,
    /// It is not right.
    Invalid,
    /// It was not to be said now.
    UnexpectedEvent,
    /// It is, and the command must be ended.
    Cancel,
}

/// What stands in the answer beside an HTTP status of 400 or more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// For people; `unexpected servo_uid` beside 410 means that another servo has taken over.
    #[serde(default)]
    pub detail: String,
}

impl Reply {
    /// Reads a reply.
    ///
    /// # Errors
    /// It is larger than [`REPLY_MAX`], not JSON, neither a command nor a status, or a command that cannot be
    /// carried out.
    pub fn read(bytes: &[u8]) -> Result<Self, WireError> {
        if bytes.len() > REPLY_MAX {
            return Err(WireError::TooLarge { what: "reply", limit: REPLY_MAX });
        }
        let form = |source| WireError::Form { what: "reply".to_owned(), source };
        let value: Value = serde_json::from_slice(bytes).map_err(form)?;
        if !value.is_object() {
            return Err(form(serde::de::Error::custom("it is no JSON object")));
        }
        if value.get("cmd").is_none() {
            return Status::deserialize(value).map(Self::Status).map_err(form);
        }
        let Envelope { cmd, cmd_uid, param } = Envelope::deserialize(value).map_err(form)?;
        match order(&cmd, param) {
            Ok(order) => Ok(Self::Command(Box::new(Command { cmd_uid, order }))),
            Err(problem) => Err(CommandError { cmd, cmd_uid, problem }.into()),
        }
    }

    /// The bytes of the reply.
    ///
    /// # Errors
    /// It would be larger than [`REPLY_MAX`].
    pub fn write(&self) -> Result<Vec<u8>, WireError> {
        let form = |source| WireError::Form { what: "reply".to_owned(), source };
        let bytes = serde_json::to_vec(self).map_err(form)?;
        if bytes.len() > REPLY_MAX {
            return Err(WireError::TooLarge { what: "reply", limit: REPLY_MAX });
        }
        Ok(bytes)
    }
}

impl Order {
    /// The name of the command.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Describe(_) => "DESCRIBE",
            Self::Measure(_) => "MEASURE",
            Self::Adjust(_) => "ADJUST",
            Self::Sleep(_) => "SLEEP",
        }
    }
}

impl Status {
    /// It is taken.
    pub fn ok() -> Self {
        Self { status: StatusKind::Ok, reason: None, message: None }
    }

    /// Another status, with its reason.
    pub fn of(status: StatusKind, reason: impl Into<String>) -> Self {
        Self { status, reason: Some(reason.into()), message: None }
    }

    /// What it says about why, if anything.
    pub fn why(&self) -> Option<&str> {
        self.reason.as_deref().or(self.message.as_deref())
    }
}

#[derive(Deserialize)]
struct Envelope {
    cmd: String,
    #[serde(default, deserialize_with = "uid")]
    cmd_uid: Option<String>,
    #[serde(default)]
    param: Value,
}

/// A number names a command as well as a text does.
fn uid<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.to_string())),
        _ => Err(serde::de::Error::custom("`cmd_uid` is no text")),
    }
}

fn order(cmd: &str, param: Value) -> Result<Order, String> {
    // A command that needs nothing may come without a parameter.
    let param = if param.is_null() { Value::Object(serde_json::Map::new()) } else { param };
    if !param.is_object() {
        return Err("param: it is no JSON object".to_owned());
    }
    let order = match cmd {
        "DESCRIBE" => Deserialize::deserialize(param).map(Order::Describe),
        "MEASURE" => Deserialize::deserialize(param).map(Order::Measure),
        "ADJUST" => Deserialize::deserialize(param).map(Order::Adjust),
        "SLEEP" => Deserialize::deserialize(param).map(Order::Sleep),
        _ => return Err("it is not a command of the protocol".to_owned()),
    };
    order.map_err(|error| format!("param: {error}"))
}

impl Serialize for Command {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut written = to.serialize_struct("Command", 3)?;
        written.serialize_field("cmd", self.order.name())?;
        written.serialize_field("cmd_uid", &self.cmd_uid)?;
        match &self.order {
            Order::Describe(param) => written.serialize_field("param", param)?,
            Order::Measure(param) => written.serialize_field("param", param)?,
            Order::Adjust(param) => written.serialize_field("param", param)?,
            Order::Sleep(param) => written.serialize_field("param", param)?,
        }
        written.end()
    }
}
