//! Commands that connectors bring.

use serde_json::Value;
use servo_assembly::{Order, ProgressSink};

use super::answers::told;
use super::measure::passing;
use crate::args::Brings;
use crate::exit::Trouble;
use crate::session::Session;
use crate::signals::Stop;
use crate::table::Table;

/// Has the connector run the command and shows what it found.
pub(crate) async fn run(brings: Brings, session: &Session) -> Result<(), Trouble> {
    let wanted = brings.connector.as_ref().map_or(brings.group.aliases.as_slice(), std::slice::from_ref);
    let servo = session.assemble_for(wanted, &brings.components).await?;
    let active = servo.registrations();
    let active = |alias: &&String| active.iter().any(|one| *one.name == ***alias);
    let aliases: Vec<&String> = brings.group.aliases.iter().filter(active).collect();
    let connector = chosen(&brings, &aliases, servo.name())?;
    let stop = Stop::listen(&session.printer)?;
    let bar = session.printer.bar(&brings.command);
    let (sink, reports) = ProgressSink::channel();
    let asked = brings.asked;
    let order = Order { connector, command: brings.command, arguments: brings.arguments.into(), asked };
    let answered = passing(servo.command(order, sink, stop.token.clone()), reports, asked, &bar).await;
    bar.finish_and_clear();
    stop.cut_short()?;
    let answered = answered?;
    if let Some(output) = &answered.value {
        session.printer.show(brings.output, &output.value, |value| text(value, &output.columns))?;
    }
    told(&answered, &session.printer)
}

/// The instance that is meant.
fn chosen(brings: &Brings, aliases: &[&String], servo: &str) -> Result<String, Trouble> {
    let group = &brings.group.name;
    let list = aliases.iter().map(|alias| alias.as_str()).collect::<Vec<_>>().join(", ");
    match (&brings.connector, aliases) {
        (Some(wanted), _) if aliases.contains(&wanted) => Ok(wanted.clone()),
        (Some(wanted), _) => Err(Trouble::Usage(format!(
            "no instance of \"{group}\" is named \"{wanted}\" in servo \"{servo}\"; there is {list}"
        ))),
        (None, [one]) => Ok((*one).clone()),
        (None, []) => {
            Err(Trouble::Usage(format!("no instance of \"{group}\" is active in servo \"{servo}\"")))
        }
        (None, _) => Err(Trouble::Usage(format!(
            "multiple instances of \"{group}\" found in servo \"{servo}\": select one of [{list}] with -c"
        ))),
    }
}

/// A table where there are columns; else the value as it is.
fn text(value: &Value, columns: &[(String, String)]) -> String {
    if columns.is_empty() {
        return match value {
            Value::Null => String::new(),
            Value::String(text) => format!("{}\n", crate::printable::printable(text)),
            other => format!("{other:#}\n"),
        };
    }
    let one = std::slice::from_ref(value);
    let rows = value.as_array().map_or(one, Vec::as_slice);
    let mut table = Table::with(columns.iter().map(|(heading, _)| heading.as_str()));
    for row in rows {
        table.cells(columns.iter().map(|(_, pointer)| row.pointer(pointer).map(cell).unwrap_or_default()));
    }
    table.render()
}

/// A value in a cell: texts as they are, maps and lists one entry after the other.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Object(map) => {
            map.iter().map(|(key, value)| format!("{key}={}", cell(value))).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}
