//! `servo test --record`: a scenario of what happens in the world.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value, json};
use servo_assembly::{Unmet, inspect, is_connector_name, record};
use servo_config::quantity::format_duration;
use servo_config::{Connector, ConnectorRef};

use super::{Subject, TESTS, lines, play, subject};
use crate::args::Test;
use crate::exit::{FAILED, Trouble};
use crate::printer::yaml;
use crate::session::Session;

/// How long is measured when nobody says.
const DURATION: Duration = Duration::from_secs(10);

/// Calls the connector that the configuration of the folder names, writes the scenario and plays it once.
pub(super) async fn run(name: &str, args: &Test, session: &Session) -> Result<(), Trouble> {
    if !is_connector_name(name) {
        return Err(Trouble::Usage(format!(
            "{name:?} is no name for a scenario: lower case letters, digits, `-` and `_`, a letter first"
        )));
    }
    let folder = args.path.strip_prefix(".").unwrap_or(&args.path);
    let file = folder.join(TESTS).join(format!("{name}.yaml"));
    if file.exists() {
        return Err(exists(&file));
    }
    let subject = subject(&args.path)?;
    let programs = session.programs()?;
    let configuration = session.config_file_in(folder);
    let servo = session.configured(&configuration, &programs).await?;
    let connector = servo.connectors.iter().find(|connector| is(connector, &subject)).ok_or_else(|| {
        Trouble::Usage(format!(
            "no connector in {} is {}; name it there: `connectors: {{{}: {{component: ./{1}}}}}`",
            configuration.display(),
            subject.component.file_name().unwrap_or_default().to_string_lossy(),
            subject.name,
        ))
    })?;
    let events = inspect(&subject.component).map_err(Trouble::failed)?.events;
    let calls = calls(args, &events)?;
    session.printer.say(&format!("recording {}", calls.iter().map(called).collect::<Vec<_>>().join(", ")));
    let write = |value: &Value| yaml(value).map_err(|error| format!("{error:?}"));
    let (text, played) =
        record(&programs, &servo, connector, &subject.name, calls, write).await.map_err(Trouble::failed)?;
    for Unmet { what, came, .. } in &played.unmet {
        session.printer.note(&format!("recorded as it was: {what}: {}", came.as_deref().unwrap_or_default()));
    }
    save(&file, &text)?;
    session.printer.say(&format!("written: {}", file.display()));
    let row = play(&file, &subject, &programs).await?;
    if row.passed {
        return Ok(());
    }
    session.printer.data(&lines(1, &row))?;
    session.printer.error(
        "the connector does not do the same again when it is answered the same; mend what was written",
    );
    Err(Trouble::Said(FAILED))
}

/// What is called: whatever the connector handles that changes nothing, and what was asked for.
fn calls(args: &Test, events: &[&'static str]) -> Result<Vec<Value>, Trouble> {
    let handles = |event: &str| events.contains(&event);
    let mut calls: Vec<Value> = ["describe", "check"]
        .iter()
        .filter(|event| handles(event))
        .map(|event| json!({"call": event}))
        .collect();
    if !args.set.is_empty() {
        let set: Map<String, Value> = args
            .set
            .iter()
            .map(|one| (format!("{}.{}", one.component, one.setting), json!(one.value)))
            .collect();
        calls.push(json!({"call": "adjust", "set": set}));
    }
    if handles("measure") {
        let mut call =
            json!({"call": "measure", "duration": format_duration(args.duration.unwrap_or(DURATION))});
        if let Some(warmup) = args.warmup {
            call["warmup"] = json!(format_duration(warmup));
        }
        calls.push(call);
    }
    if calls.is_empty() {
        return Err(Trouble::Usage("the connector handles nothing that could be recorded".to_owned()));
    }
    Ok(calls)
}

fn called(call: &Value) -> &str {
    call["call"].as_str().unwrap_or_default()
}

/// Whether a connector of the configuration is the one that is tested.
fn is(connector: &Connector, subject: &Subject) -> bool {
    match &connector.kind {
        ConnectorRef::File(path) => fs::canonicalize(path).is_ok_and(|path| path == subject.component),
        _ => false,
    }
}

fn save(file: &Path, text: &str) -> Result<(), Trouble> {
    let cannot = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => exists(file),
        _ => Trouble::Failed(format!("{} cannot be written: {error}", file.display())),
    };
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(cannot)?;
    }
    let mut open = OpenOptions::new().write(true).create_new(true).open(file).map_err(cannot)?;
    open.write_all(text.as_bytes()).map_err(cannot)
}

fn exists(file: &Path) -> Trouble {
    Trouble::Usage(format!("{} exists; remove it to record it again", file.display()))
}
