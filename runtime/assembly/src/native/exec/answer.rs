//! What the commands of `exec` print: lines of progress, lines for the log, and in the end one JSON document, in the
//! forms that drivers of ServoX' predecessor have, or those of the optimizer's protocol.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};
use servo_optimizer::wire;
use servo_types::{Description, Failure, Measurement};
use thiserror::Error;

use super::Command;

/// The largest document.
pub(super) const DOCUMENT_MAX: usize = 4 << 20;
/// Of what is no document, so much is shown.
const SHOWN_MAX: usize = 120;

/// What a command printed that cannot be used.
#[derive(Debug, Error)]
pub(super) enum AnswerError {
    /// There is no JSON.
    #[error("`{command}` printed no JSON object{shown}; it must be the last thing that it prints")]
    None {
        /// Which command.
        command: String,
        /// What it printed instead.
        shown: String,
    },
    /// Too much of it.
    #[error("`{command}` printed more than {} MiB", DOCUMENT_MAX >> 20)]
    Long {
        /// Which command.
        command: String,
    },
    /// It is not what it should be.
    #[error("`{command}` printed {what}, which cannot be read: {problem}")]
    Form {
        /// Which command.
        command: String,
        /// What it should be.
        what: &'static str,
        /// What is wrong.
        problem: String,
    },
}

/// A document, and the lines before it.
pub(super) type Document = (Map<String, Value>, Vec<String>);

/// A line of progress.
#[derive(Debug, PartialEq)]
pub(super) struct Progress {
    pub(super) percent: f32,
    pub(super) message: String,
    /// For the log.
    pub(super) log: Vec<String>,
}

/// Collects what a command prints.
#[derive(Debug, Default)]
pub(super) struct Printed(Mutex<String>);

impl Printed {
    /// Takes a line; gives the progress that it tells.
    pub(super) fn line(&self, line: &str) -> Option<Progress> {
        let progress = line.trim_start().starts_with('{').then(|| progress(line)).flatten();
        if progress.is_none() {
            let mut text = self.text();
            // One byte more than there may be says that it was too much.
            if text.len() <= DOCUMENT_MAX {
                text.push_str(line);
                text.push('\n');
            }
        }
        progress
    }

    /// All that was printed and is no progress.
    pub(super) fn lines(&self) -> Vec<String> {
        self.text().lines().map(str::to_owned).collect()
    }

    /// The document, and the lines before it, which are for people; none when nothing was printed.
    ///
    /// # Errors
    /// Something else was printed, or too much.
    pub(super) fn document(&self, command: &str) -> Result<Option<Document>, AnswerError> {
        let text = self.text();
        if text.trim().is_empty() {
            return Ok(None);
        }
        if text.len() > DOCUMENT_MAX {
            return Err(AnswerError::Long { command: command.to_owned() });
        }
        let lines: Vec<&str> = text.lines().collect();
        // A document begins with a line that begins with `{`: the first one from which all the rest is one.
        let starts = lines.iter().enumerate().filter(|(_, line)| line.trim_start().starts_with('{'));
        for (at, _) in starts.take(STARTS_MAX) {
            if let Ok(Value::Object(document)) = serde_json::from_str(&lines[at..].join("\n")) {
                let before = lines[..at].iter().map(|line| (*line).to_owned()).collect();
                return Ok(Some((document, before)));
            }
        }
        let line = lines.iter().rfind(|line| !line.trim().is_empty()).copied().unwrap_or_default();
        let end = line.char_indices().nth(SHOWN_MAX).map_or(line.len(), |(end, _)| end);
        let shown = format!(", but `{}`", &line[..end]);
        Err(AnswerError::None { command: command.to_owned(), shown })
    }

    fn text(&self) -> MutexGuard<'_, String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lines that are tried as the first one of the document.
const STARTS_MAX: usize = 64;

fn progress(line: &str) -> Option<Progress> {
    let Value::Object(said) = serde_json::from_str(line).ok()? else { return None };
    if said.contains_key("status") {
        return None;
    }
    let percent = said.get("progress")?.as_f64()?.clamp(0.0, 100.0) as f32;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let message = said.get("message").and_then(text).unwrap_or_default();
    let log = said.get("log").and_then(Value::as_array).into_iter().flatten().filter_map(text).collect();
    Some(Progress { percent, message, log })
}

impl AnswerError {
    /// Nothing at all was printed.
    pub(super) fn nothing(command: &Command) -> AnswerError {
        AnswerError::None { command: command.to_string(), shown: String::new() }
    }
}

/// What a command says that it failed in, whatever its exit status: its `status`, which is `ok` where it succeeded, or
/// the `error` that older drivers print instead of one.
pub(super) fn failure(command: &str, document: &Map<String, Value>) -> Option<Failure> {
    let status = match (document.get("status"), document.get("error")) {
        (None | Some(Value::Null), None | Some(Value::Null | Value::Bool(false))) => return None,
        (None | Some(Value::Null), Some(error)) => error,
        (Some(status), _) => status,
    };
    let message = match document.get("message") {
        Some(Value::String(message)) => message.clone(),
        _ => format!("`{command}` says {status}, and nothing more"),
    };
    let reason = document.get("reason").filter(|reason| reason.is_string());
    let said = json!({"status": document.get("status"), "message": message, "reason": reason});
    match serde_json::from_value::<wire::Failed>(said) {
        Ok(failed) if failed.status == wire::ResultStatus::Ok => None,
        Ok(failed) => Some(failed.to_types()),
        // What nobody knows is no success.
        Err(_) => Some(match reason.and_then(Value::as_str) {
            Some(reason) => Failure::failed(message).because(reason),
            None => Failure::failed(message),
        }),
    }
}

/// What can be changed and measured, as it was printed.
#[derive(Debug)]
pub(super) struct State {
    /// Components by name, each with `settings` by name.
    pub(super) components: Map<String, Value>,
    metrics: Value,
}

impl State {
    /// Finds it in a document: what older drivers print, a DESCRIPTION, or an ADJUSTMENT.
    pub(super) fn of(mut document: Map<String, Value>) -> State {
        for key in ["descriptor", "state"] {
            if let Some(Value::Object(inner)) = document.remove(key) {
                document = inner;
            }
        }
        let metrics = match document.remove("measurement") {
            Some(Value::Object(mut measurement)) => measurement.remove("metrics"),
            _ => document.remove("metrics"),
        };
        let components = match document.remove("application") {
            Some(Value::Object(mut application)) => application.remove("components"),
            _ => document.remove("components"),
        };
        let components = match components {
            Some(Value::Object(components)) => components,
            _ => Map::new(),
        };
        State { components, metrics: metrics.unwrap_or_else(|| json!({})) }
    }

    /// The settings of a component.
    pub(super) fn settings(&mut self, component: &str) -> Option<&mut Map<String, Value>> {
        self.components.get_mut(component)?.get_mut("settings")?.as_object_mut()
    }

    /// The description.
    ///
    /// # Errors
    /// It is none.
    pub(super) fn description(mut self, command: &str) -> Result<Description, AnswerError> {
        let wrong = |problem: String| AnswerError::Form {
            command: command.to_owned(),
            what: "a description",
            problem,
        };
        let components = self.components.values_mut();
        let settings = components
            .filter_map(|component| component.get_mut("settings")?.as_object_mut())
            .flat_map(|settings| settings.values_mut());
        for setting in settings {
            // Older drivers name no type.
            if let Value::Object(setting) = setting
                && !setting.contains_key("type")
            {
                let kind = if setting.contains_key("values") { "enum" } else { "range" };
                setting.insert("type".to_owned(), kind.into());
            }
        }
        let State { components, metrics } = self;
        let whole = json!({"application": {"components": components}, "measurement": {"metrics": metrics}});
        let descriptor: wire::Descriptor =
            serde_json::from_value(whole).map_err(|error| wrong(error.to_string()))?;
        descriptor.to_types().map_err(|error| wrong(error.to_string()))
    }
}

/// What was measured; scalars count as read at `now`, in seconds since the epoch.
pub(super) fn measurement(
    command: &str,
    document: Map<String, Value>,
    now: f64,
) -> Result<Measurement, AnswerError> {
    let wrong =
        |problem: String| AnswerError::Form { command: command.to_owned(), what: "a measurement", problem };
    if !document.contains_key("metrics") {
        return Err(wrong("it has no `metrics`".to_owned()));
    }
    let measured: wire::Measured =
        serde_json::from_value(Value::Object(document)).map_err(|error| wrong(error.to_string()))?;
    let measurement = measured.to_types(now);
    measurement.check().map_err(|error| wrong(error.to_string()))?;
    Ok(measurement)
}

#[cfg(test)]
mod tests;
