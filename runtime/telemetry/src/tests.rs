use std::io;
use std::sync::{Arc, Mutex};

use crate::{Level, Options, subscriber};

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is logged at a level, without the time of the lines.
fn logged(options: Options, work: impl FnOnce()) -> Vec<String> {
    let kept = Kept::default();
    let writer = kept.clone();
    tracing::subscriber::with_default(subscriber(options, move || writer.clone()), work);
    let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    text.lines().map(|line| line.split_once(" | ").map_or(line, |(_, rest)| rest).to_owned()).collect()
}

fn at(level: Level) -> Options {
    Options { level, json: false, color: false }
}

fn speak() {
    tracing::trace!(target: "servo_host", "a step");
    tracing::debug!(target: "servo_host", "a detail");
    tracing::info!(target: "servo_host", "it happens");
    tracing::info!(target: "servo_host", success = true, "it went well");
    tracing::warn!(target: "servo_host", "careful");
    tracing::error!(target: "servo_host", "it went wrong");
    tracing::error!(target: "servo_host", critical = true, "this is the end");
}

#[test]
fn a_level_hides_what_is_milder() {
    let all = logged(at(Level::Trace), speak);
    assert_eq!(
        all,
        [
            "TRACE    | servo - a step",
            "DEBUG    | servo - a detail",
            "INFO     | servo - it happens",
            "SUCCESS  | servo - it went well",
            "WARNING  | servo - careful",
            "ERROR    | servo - it went wrong",
            "CRITICAL | servo - this is the end",
        ]
    );
    for (hidden, level) in Level::ALL.into_iter().enumerate() {
        assert_eq!(logged(at(level), speak), all[hidden..], "{level}");
    }
}

#[test]
fn lines_carry_connector_and_event_from_fields_and_spans() {
    let lines = logged(at(Level::Info), || {
        tracing::info!(target: "connector", connector = "prom", event = "measure", "msg");
        let _span =
            tracing::info_span!(target: "servo_host", "call", connector = "app", event = "adjust").entered();
        tracing::info!(target: "servo_host", tries = 2, "inside");
        tracing::info!(target: "servo_host", connector = "load", "of another one");
    });
    assert_eq!(
        lines,
        [
            "INFO     | prom[measure] - msg",
            "INFO     | app[adjust] - inside tries=2",
            "INFO     | load[adjust] - of another one"
        ]
    );
}

#[test]
fn a_connector_cannot_forge_lines() {
    let lines = logged(at(Level::Info), || {
        tracing::info!(target: "connector", connector = "bad", "one\n2026-01-01 | ERROR    | servo - two\x1b[31m");
    });
    assert_eq!(lines[0], "INFO     | bad - one");
    assert!(lines[1].ends_with("two\\u{1b}[31m"), "{lines:?}");
    assert_eq!(lines.len(), 2);
}

#[test]
fn json_lines_are_objects() {
    let lines = logged(Options { level: Level::Info, json: true, color: true }, || {
        tracing::warn!(target: "connector", connector = "prom", event = "measure", tries = 3, "msg");
    });
    let mut line: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
    let time = line.as_object_mut().unwrap().remove("time").unwrap();
    assert!(time.as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
    assert_eq!(
        line,
        serde_json::json!({"level": "WARNING", "connector": "prom", "event": "measure", "source": "connector", "message": "msg", "tries": 3})
    );
}

#[test]
fn libraries_are_quiet_below_warnings() {
    let lines = logged(at(Level::Debug), || {
        tracing::debug!(target: "rustls::client", "hello");
        tracing::warn!(target: "rustls::client", "odd");
    });
    assert_eq!(lines, ["WARNING  | rustls - odd"]);
}

#[test]
fn levels_are_read_in_any_case() {
    assert_eq!("success".parse(), Ok(Level::Success));
    assert_eq!("Warn".parse(), Ok(Level::Warning));
    let error = "loud".parse::<Level>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`loud` is not a log level; write TRACE, DEBUG, INFO, SUCCESS, WARNING, ERROR or CRITICAL"
    );
}
