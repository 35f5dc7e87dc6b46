//! Makes a scenario of what a connector did in the world.

use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use servo_config::quantity::format_duration;
use servo_config::scenario::{SCENARIO_BYTES_MAX, Scenario};
use servo_config::{Connector, Servo, Source};
use servo_host::{Reaction, Sent};
use thiserror::Error;

use super::{Came, PlayError, Played};
use crate::programs::Programs;

/// Lines of the log, and updates, that a recording expects of one call.
const NOTES_MAX: usize = 20;

/// Nothing was recorded.
#[derive(Debug, Error)]
pub enum RecordError {
    /// It cannot be played.
    #[error(transparent)]
    Play(#[from] PlayError),
    /// It is too long to be read again.
    #[error("the recording has {0} bytes, more than a scenario may have; measure for a shorter time")]
    TooLong(usize),
    /// It cannot be written.
    #[error("the recording cannot be written as YAML: {0}")]
    Write(String),
}

/// Has a connector of `servo` called in the world and returns the scenario in which the same happens without it; `name`
/// is the connector's own name. `calls` are written as in a scenario, without what is expected; `write` makes
/// YAML.
pub async fn record(
    programs: &Programs,
    servo: &Servo,
    connector: &Connector,
    name: &str,
    calls: Vec<Value>,
    write: impl Fn(&Value) -> Result<String, String>,
) -> Result<(String, Played), RecordError> {
    let component = match &connector.kind {
        servo_config::ConnectorRef::File(path) => path.clone(),
        _ => return Err(PlayError::Machine("its connector is no file".to_owned()).into()),
    };
    let mut scenario = Map::new();
    // As it is in force, without secrets.
    let mut settings = servo.effective().get(&connector.alias).cloned().unwrap_or_else(|| json!({}));
    for file in &connector.files {
        // The scenario lies in a folder beside the configuration.
        if let Some(Value::String(path)) = settings.pointer_mut(&file.pointer)
            && Path::new(path).is_relative()
        {
            *path = format!("../{path}");
        }
    }
    scenario.insert("settings".to_owned(), settings);
    let http: Vec<_> = connector.grants.http.iter().map(|grant| json!(grant.to.to_string())).collect();
    let mut grants = Map::new();
    for (key, list) in [
        ("http", http),
        ("dispatch", connector.grants.dispatch.iter().map(|grant| json!(grant.event)).collect()),
    ] {
        if !list.is_empty() {
            grants.insert(key.to_owned(), Value::Array(list));
        }
    }
    if connector.grants.state.is_some() {
        grants.insert("state".to_owned(), json!(true));
    }
    // Which is asked in vain: a scenario has no etcd.
    if let Some(grant) = &connector.grants.liveness {
        grants.insert("liveness".to_owned(), json!(grant.access.name()));
    }
    if !grants.is_empty() {
        scenario.insert("grants".to_owned(), Value::Object(grants));
    }
    // Whole milliseconds, which every number keeps.
    scenario.insert("start".to_owned(), json!(Timestamp::now().as_millisecond() as f64 / 1e3));
    scenario.insert("calls".to_owned(), Value::Array(calls.clone()));
    let write = |scenario: Map<String, Value>| write(&Value::Object(scenario)).map_err(RecordError::Write);
    let text = write(scenario.clone())?;
    let read = parse(&text, name, &component)?;
    let played = programs.stage(connector, name.to_owned(), read, true).await?;
    let exchanges: Vec<_> = played.exchanges.iter().map(exchange).collect();
    let calls = scenario.remove("calls");
    if !exchanges.is_empty() {
        scenario.insert("exchanges".to_owned(), Value::Array(exchanges));
    }
    let mut expected = Vec::new();
    // The first is `configure`, which is not written.
    for (call, came) in
        calls.iter().flat_map(|calls| calls.as_array()).flatten().zip(played.calls.iter().skip(1))
    {
        expected.push(with_expectations(call, came));
    }
    scenario.insert("calls".to_owned(), Value::Array(expected));
    let text = write(scenario)?;
    if text.len() as u64 > SCENARIO_BYTES_MAX {
        return Err(RecordError::TooLong(text.len()));
    }
    Ok((text, played))
}

fn parse(text: &str, alias: &str, component: &Path) -> Result<Scenario, PlayError> {
    let source = Source::from_text("recording", text);
    Ok(servo_config::scenario::scenario(&source, alias, component)?)
}

fn exchange((sent, Reaction { after, answer }): &(Sent, Reaction)) -> Value {
    let mut exchange = json!({"request": format!("{} {}", sent.method, sent.url)});
    if let (Ok(body), false) = (std::str::from_utf8(&sent.body), sent.body.is_empty()) {
        exchange["body"] = json!(body);
    }
    if !after.is_zero() {
        exchange["after"] = json!(format_duration(*after));
    }
    exchange["answer"] = match answer {
        Err((unanswered, message)) => json!({"error": unanswered.name(), "message": message}),
        Ok(received) => {
            let headers: Map<_, _> =
                received.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            let mut answer = json!({"status": received.status, "headers": headers});
            match std::str::from_utf8(&received.body) {
                Ok(body) => answer["body"] = json!(body),
                Err(_) => answer["base64"] = json!(BASE64_STANDARD.encode(&received.body)),
            }
            answer
        }
    };
    exchange
}

fn with_expectations(call: &Value, came: &Came) -> Value {
    let mut call = call.clone();
    match &came.result {
        Some(Ok(Value::Null)) | None => {}
        Some(Ok(result)) => call["result"] = result.clone(),
        Some(Err(failure)) => call["failure"] = failure.clone(),
    }
    let told = |line: &&String| !line.starts_with("trace: ") && !line.starts_with("debug: ");
    let log: Vec<_> = came.log.iter().filter(told).take(NOTES_MAX).collect();
    if !log.is_empty() {
        call["log"] = json!(log);
    }
    let messages: Vec<_> = came.progress.iter().take(NOTES_MAX).map(|update| &update["message"]).collect();
    if !messages.is_empty() {
        call["progress"] = json!(messages);
    }
    if !came.denied.is_empty() {
        call["denied"] = json!(came.denied);
    }
    call
}
