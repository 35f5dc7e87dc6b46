//! One line of the log, before it is text: what an event and the spans around it say.

use std::fmt::{self, Write as _};

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};

use crate::level::Level;

/// A line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When.
    pub time: Timestamp,
    /// How much it matters.
    pub level: Level,
    /// Which servo, where the process has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub servo: Option<String>,
    /// Which connector, if it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connector: Option<String>,
    /// Which event was handled, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The part of the program that wrote it; `connector` for what a connector wrote itself.
    pub source: String,
    /// The text.
    pub message: String,
    /// Everything else, by name.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// The fields of an event or a span.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    pub(crate) message: String,
    pub(crate) servo: Option<String>,
    pub(crate) connector: Option<String>,
    pub(crate) event: Option<String>,
    pub(crate) success: bool,
    pub(crate) critical: bool,
    pub(crate) others: Map<String, Value>,
}

impl Fields {
    /// Takes over from the span around it what the event itself does not say.
    pub(crate) fn inherit(&mut self, outer: &Fields) {
        let own = [&mut self.servo, &mut self.connector, &mut self.event];
        for (own, outer) in own.into_iter().zip([&outer.servo, &outer.connector, &outer.event]) {
            if own.is_none() {
                own.clone_from(outer);
            }
        }
    }

    fn put(&mut self, field: &Field, value: Value) {
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        match (field.name(), value) {
            ("message", value) => self.message = text(value),
            ("servo", value) => self.servo = Some(text(value)),
            ("connector", value) => self.connector = Some(text(value)),
            ("event", value) => self.event = Some(text(value)),
            ("success", Value::Bool(success)) => self.success = success,
            ("critical", Value::Bool(critical)) => self.critical = critical,
            (name, value) => drop(self.others.insert(name.to_owned(), value)),
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, Value::String(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, Value::String(value.to_owned()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, Value::Bool(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }
}

impl Record {
    /// What the fields say, of the level that they make of the event's own one.
    pub(crate) fn new(fields: Fields, level: Level, source: &str) -> Self {
        Self {
            time: Timestamp::now(),
            level,
            servo: fields.servo,
            connector: fields.connector,
            event: fields.event,
            source: source.to_owned(),
            message: fields.message,
            others: fields.others,
        }
    }

    /// `2026-11-21 01:34:37.451 | INFO     | prom[measure] - message key=value`, with a line feed at the end; with the
    /// servo `shop(prom[measure])`.
    pub fn text(&self, color: bool) -> String {
        let time = self.time.to_zoned(TimeZone::system());
        let time = time.strftime("%Y-%m-%d %H:%M:%S%.3f");
        let (on, off) =
            if color { (format!("\x1b[{}m", self.level.color()), "\x1b[0m") } else { (String::new(), "") };
        let mut line = format!("{time} | {on}{:<8}{off} | ", self.level);
        let named = |name: &'_ Option<String>| name.clone().filter(|name| !name.is_empty());
        let part = match (named(&self.connector), named(&self.event)) {
            (Some(connector), Some(event)) => Some(format!("{connector}[{event}]")),
            (Some(connector), None) => Some(connector),
            (None, Some(event)) => Some(format!("servo[{event}]")),
            (None, None) => None,
        };
        // Writing to a String cannot fail.
        let _ = match (named(&self.servo), part) {
            (Some(servo), Some(part)) => write!(line, "{servo}({part})"),
            (Some(servo), None) => write!(line, "{servo}"),
            (None, Some(part)) => write!(line, "{part}"),
            (None, None) => write!(line, "{}", self.root()),
        };
        line.push_str(" - ");
        // Line feeds would let a connector forge lines.
        for character in self.message.trim_end().chars() {
            match character {
                '\n' => line.push_str("\n    "),
                '\t' => line.push('\t'),
                control if control.is_control() => line.extend(control.escape_default()),
                other => line.push(other),
            }
        }
        for (name, value) in &self.others {
            let _ = write!(line, " {name}={value}");
        }
        line.push('\n');
        line
    }

    /// A JSON object with the same content, and a line feed.
    pub fn json(&self) -> String {
        // Maps with texts as keys can always be written.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }

    /// About how many bytes it takes.
    pub(crate) fn size(&self) -> usize {
        const REST: usize = 160;
        REST + self.message.len()
            + self.others.iter().map(|(name, value)| name.len() + weight(value)).sum::<usize>()
    }

    /// `servo` for our own crates, whose structure is nobody's business, else the name of the foreign crate.
    fn root(&self) -> &str {
        let root = self.source.split("::").next().unwrap_or_default();
        if root.starts_with("servo") { "servo" } else { root }
    }
}

fn weight(value: &Value) -> usize {
    const NUMBER: usize = 32;
    value.as_str().map_or(NUMBER, |text| NUMBER + text.len())
}
