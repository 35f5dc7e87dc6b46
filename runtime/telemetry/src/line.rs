//! One line of the log, before it is text: what an event and the spans around it say.

use std::fmt::{self, Write as _};

use jiff::Zoned;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};

use crate::level::Level;

/// The fields of an event or a span.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    pub(crate) message: String,
    pub(crate) connector: Option<String>,
    pub(crate) event: Option<String>,
    pub(crate) success: bool,
    pub(crate) critical: bool,
    pub(crate) others: Vec<(&'static str, Value)>,
}

/// A line.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    pub(crate) at: &'a Zoned,
    pub(crate) level: Level,
    pub(crate) target: &'a str,
    pub(crate) fields: &'a Fields,
}

impl Fields {
    /// Takes over from the span around it what the event itself does not say.
    pub(crate) fn inherit(&mut self, outer: &Fields) {
        if self.connector.is_none() {
            self.connector.clone_from(&outer.connector);
        }
        if self.event.is_none() {
            self.event.clone_from(&outer.event);
        }
    }

    fn put(&mut self, field: &Field, value: Value) {
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        match (field.name(), value) {
            ("message", value) => self.message = text(value),
            ("connector", value) => self.connector = Some(text(value)),
            ("event", value) => self.event = Some(text(value)),
            ("success", Value::Bool(success)) => self.success = success,
            ("critical", Value::Bool(critical)) => self.critical = critical,
            (name, value) => self.others.push((name, value)),
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

impl Line<'_> {
    /// `2026-11-21 01:34:37.451 | INFO     | prom[measure] - message key=value`, with a line feed at the end.
    pub(crate) fn text(&self, color: bool) -> String {
        let time = self.at.strftime("%Y-%m-%d %H:%M:%S%.3f");
        let (on, off) =
            if color { (format!("\x1b[{}m", self.level.color()), "\x1b[0m") } else { (String::new(), "") };
        let mut line = format!("{time} | {on}{:<8}{off} | ", self.level);
        let (connector, event) = (self.fields.connector.as_deref(), self.fields.event.as_deref());
        // Writing to a String cannot fail.
        let _ = match (connector.filter(|name| !name.is_empty()), event.filter(|name| !name.is_empty())) {
            (Some(connector), Some(event)) => write!(line, "{connector}[{event}]"),
            (Some(connector), None) => write!(line, "{connector}"),
            (None, Some(event)) => write!(line, "servo[{event}]"),
            (None, None) => write!(line, "{}", self.source()),
        };
        line.push_str(" - ");
        // Line feeds would let a connector forge lines.
        for character in self.fields.message.trim_end().chars() {
            match character {
                '\n' => line.push_str("\n    "),
                '\t' => line.push('\t'),
                control if control.is_control() => line.extend(control.escape_default()),
                other => line.push(other),
            }
        }
        for (name, value) in &self.fields.others {
            let _ = write!(line, " {name}={value}");
        }
        line.push('\n');
        line
    }

    /// A JSON object with the same content, and a line feed.
    pub(crate) fn json(&self) -> String {
        let mut object = Map::new();
        let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
        put("time", self.at.timestamp().to_string().into());
        put("level", self.level.name().into());
        if let Some(connector) = &self.fields.connector {
            put("connector", connector.as_str().into());
        }
        if let Some(event) = &self.fields.event {
            put("event", event.as_str().into());
        }
        put("source", self.target.into());
        put("message", self.fields.message.as_str().into());
        for (name, value) in &self.fields.others {
            put(name, value.clone());
        }
        Value::Object(object).to_string() + "\n"
    }

    /// `servo` for our own crates, whose structure is nobody's business, else the name of the foreign crate.
    fn source(&self) -> &str {
        let root = self.target.split("::").next().unwrap_or_default();
        if root.starts_with("servo") { "servo" } else { root }
    }
}
