//! A service and what it says of itself, as os-lively writes it: the message `oslively.Service` of protobuf.

use std::fmt;
use std::sync::Arc;

use prost::Message as _;
use thiserror::Error;

/// The longest uuid, type, host or region, in bytes.
pub const NAME_MAX: usize = 255;
/// The longest note, in bytes.
pub const NOTE_MAX: usize = 1024;

/// One running program that others want to know of.
///
/// Texts are shared: cloning one copies no text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// Its name for ever; a random one has 32 hexadecimal digits.
    pub uuid: Arc<str>,
    /// What it is, such as `nova-compute`; `type` on the wire.
    pub kind: Arc<str>,
    /// Where it runs.
    pub host: Arc<str>,
    /// What it, or an operator, says that it is.
    pub status: Status,
    /// Where that is; may be empty.
    pub region: Arc<str>,
    /// Why it is down, and until when.
    pub maintenance: Maintenance,
}

/// What is said of a service. Whether it also runs is another question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It serves.
    #[default]
    Up,
    /// It does not, or is not to.
    Down,
}

/// The time in which a service is not expected to serve.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maintenance {
    /// Unix seconds; 0 is none.
    pub start: u64,
    /// Unix seconds; 0 is an open end.
    pub end: u64,
    /// For people; at most [`NOTE_MAX`] bytes.
    pub note: Arc<str>,
}

/// A service that cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Invalid {
    /// Without it there is no key.
    #[error("a service needs a {0}")]
    Empty(&'static str),
    /// It would make keys and messages without bound.
    #[error("the {name} is {bytes} bytes long; at most {most} are allowed")]
    Long {
        /// Which text.
        name: &'static str,
        /// Its length.
        bytes: usize,
        /// The most that is allowed.
        most: usize,
    },
    /// It could not be told from the key of another service.
    #[error("the {name} `{text}` has a `/` in it, which separates the parts of a key in etcd")]
    Slash {
        /// Which text.
        name: &'static str,
        /// The text.
        text: Arc<str>,
    },
    /// It would do to a terminal what it likes.
    #[error("the {0} has a control character in it")]
    Control(&'static str),
    /// It would never begin.
    #[error("the maintenance ends (at {end}) before it starts (at {start}); both are Unix seconds")]
    Window {
        /// Its start.
        start: u64,
        /// Its end.
        end: u64,
    },
}

/// Bytes that are not the record of a service.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("it is not a record of a service: {0}")]
pub struct NotARecord(String);

impl Service {
    /// Whether it may be written.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(&self) -> Result<(), Invalid> {
        let Maintenance { start, end, note } = &self.maintenance;
        for (name, text, needed, slash) in [
            ("uuid", &self.uuid, true, false),
            ("type", &self.kind, true, false),
            ("host", &self.host, true, true),
            ("region", &self.region, false, false),
        ] {
            if needed && text.is_empty() {
                return Err(Invalid::Empty(name));
            }
            if !slash && text.contains('/') {
                return Err(Invalid::Slash { name, text: Arc::clone(text) });
            }
            bounded(name, text, NAME_MAX)?;
        }
        bounded("note", note, NOTE_MAX)?;
        if *end != 0 && end < start {
            return Err(Invalid::Window { start: *start, end: *end });
        }
        Ok(())
    }

    /// The bytes that os-lively would write: fields in ascending order, none that is empty or zero.
    pub fn encode(&self) -> Vec<u8> {
        let Maintenance { start, end, note } = &self.maintenance;
        let wire = Wire {
            uuid: self.uuid.as_ref().into(),
            kind: self.kind.as_ref().into(),
            host: self.host.as_ref().into(),
            status: i32::from(self.status == Status::Down),
            region: self.region.as_ref().into(),
            maintenance_start: *start,
            maintenance_end: *end,
            maintenance_note: note.as_ref().into(),
        };
        wire.encode_to_vec()
    }

    /// What somebody wrote. A status that is not known counts as down: what its writer meant by it is not `up`.
    ///
    /// # Errors
    /// When the bytes are not such a message, or one without a uuid (that is what a deleted record looks like).
    pub fn decode(bytes: &[u8]) -> Result<Self, NotARecord> {
        let wire = Wire::decode(bytes).map_err(|error| NotARecord(error.to_string()))?;
        if wire.uuid.is_empty() {
            return Err(NotARecord("it has no uuid".into()));
        }
        Ok(Self {
            uuid: wire.uuid.into(),
            kind: wire.kind.into(),
            host: wire.host.into(),
            status: if wire.status == 0 { Status::Up } else { Status::Down },
            region: wire.region.into(),
            maintenance: Maintenance {
                start: wire.maintenance_start,
                end: wire.maintenance_end,
                note: wire.maintenance_note.into(),
            },
        })
    }
}

fn bounded(name: &'static str, text: &str, most: usize) -> Result<(), Invalid> {
    if text.len() > most {
        return Err(Invalid::Long { name, bytes: text.len(), most });
    }
    if text.chars().any(char::is_control) { Err(Invalid::Control(name)) } else { Ok(()) }
}

impl Maintenance {
    /// Whether `now`, in Unix seconds, lies in it.
    pub fn covers(&self, now: u64) -> bool {
        self.start != 0 && self.start <= now && (self.end == 0 || now < self.end)
    }
}

impl Status {
    /// As it stands in keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "UP",
            Self::Down => "DOWN",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[derive(prost::Message)]
struct Wire {
    #[prost(string, tag = "1")]
    uuid: String,
    #[prost(string, tag = "2")]
    kind: String,
    #[prost(string, tag = "3")]
    host: String,
    /// UP is 0, DOWN is 1.
    #[prost(int32, tag = "4")]
    status: i32,
    #[prost(string, tag = "10")]
    region: String,
    #[prost(uint64, tag = "20")]
    maintenance_start: u64,
    #[prost(uint64, tag = "21")]
    maintenance_end: u64,
    #[prost(string, tag = "22")]
    maintenance_note: String,
}

#[cfg(test)]
mod tests;
