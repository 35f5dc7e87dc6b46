//! `servo show events`.

use serde::Serialize;
use serde_json::Value;
use servo_assembly::Servo;

use crate::args::{Components, Events};
use crate::exit::Trouble;
use crate::session::Session;
use crate::table::Table;

#[derive(Serialize)]
struct Row {
    /// `measure`, `before measure`, `after measure`.
    event: String,
    connectors: Vec<String>,
    /// What it is; only of events that connectors define.
    #[serde(skip_serializing_if = "Option::is_none")]
    definition: Option<Shown>,
}

/// What an event is that a connector defines.
#[derive(Serialize, Clone)]
struct Shown {
    /// The first connector whose component defines it.
    connector: String,
    description: String,
    /// JSON Schema of the arguments.
    parameters: Value,
    /// JSON Schema of what a handler returns.
    returns: Value,
}

/// Which moments of events are shown.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Moments {
    before: bool,
    on: bool,
    after: bool,
}

/// Shows who handles and hooks what.
pub(super) async fn run(args: &Events, session: &Session) -> Result<(), Trouble> {
    let servo = session.assemble(&Components::default()).await?;
    let rows = rows(&servo, moments(args), args.all);
    session.printer.show(args.output, &rows, |rows| {
        if args.by_connector { by_connector(rows) } else { by_event(rows, args.verbose) }
    })
}

fn moments(args: &Events) -> Moments {
    let any = args.before || args.on || args.after;
    Moments {
        before: (args.before || !any) && !args.no_before,
        on: (args.on || !any) && !args.no_on,
        after: (args.after || !any) && !args.no_after,
    }
}

/// Standard events in the order of a servo's life.
const EVENTS: [&str; 9] =
    ["startup", "shutdown", "metrics", "components", "describe", "check", "measure", "adjust", "promote"];

fn rows(servo: &Servo, moments: Moments, all: bool) -> Vec<Row> {
    let registrations = servo.registrations();
    let defined = servo.definitions();
    let what = |event: &str| {
        let (definition, connector) = defined.iter().find(|(known, _)| known.event.name() == event)?;
        Some(Shown {
            connector: connector.to_string(),
            description: definition.description.clone(),
            parameters: definition.parameters.clone(),
            returns: definition.returns.clone(),
        })
    };
    let defined = defined.iter().map(|(definition, _)| definition.event.name());
    let mut rows = Vec::new();
    for event in EVENTS.into_iter().chain(defined) {
        let mut add = |prefix: &str, handlers: Vec<String>, always: bool| {
            if always || !handlers.is_empty() {
                let definition = what(event);
                rows.push(Row { event: format!("{prefix}{event}"), connectors: handlers, definition });
            }
        };
        let mut handlers = [Vec::new(), Vec::new(), Vec::new()];
        for one in &registrations {
            for (list, events) in handlers.iter_mut().zip([&one.before, &one.on, &one.after]) {
                if events.iter().any(|known| known.name() == event) {
                    list.push(one.name.to_string());
                }
            }
        }
        let [before, on, after] = handlers;
        if moments.before {
            add("before ", before, false);
        }
        if moments.on {
            add("", on, all);
        }
        if moments.after {
            add("after ", after, false);
        }
    }
    rows
}

fn by_event(rows: &[Row], verbose: bool) -> String {
    if verbose {
        let mut table = Table::new(["EVENT", "CONNECTORS", "DEFINED BY", "DESCRIPTION", "TAKES"]);
        for Row { event, connectors, definition } in rows {
            let [by, description, takes] = definition.as_ref().map_or_else(Default::default, |one| {
                [one.connector.clone(), one.description.clone(), takes(&one.parameters)]
            });
            table.row([event.clone(), connectors.join("\n"), by, description, takes]);
        }
        return table.render();
    }
    let mut table = Table::new(["EVENT", "CONNECTORS"]);
    for row in rows {
        table.row([row.event.clone(), row.connectors.join("\n")]);
    }
    table.render()
}

/// The arguments that a schema names, each with its type; those that are not required in brackets.
fn takes(parameters: &Value) -> String {
    let Some(properties) = parameters["properties"].as_object() else { return String::new() };
    let required = |name: &str| {
        parameters["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name))
    };
    let one = |(name, schema): (&String, &Value)| {
        let kind = schema["type"].as_str().map(|kind| format!(": {kind}")).unwrap_or_default();
        if required(name) { format!("{name}{kind}") } else { format!("[{name}{kind}]") }
    };
    properties.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn by_connector(rows: &[Row]) -> String {
    let mut connectors: Vec<&str> = Vec::new();
    for name in rows.iter().flat_map(|row| &row.connectors) {
        if !connectors.contains(&name.as_str()) {
            connectors.push(name);
        }
    }
    let mut table = Table::new(["CONNECTOR", "EVENTS"]);
    for connector in connectors {
        let mine = rows.iter().filter(|row| row.connectors.iter().any(|name| name == connector));
        let events: Vec<&str> = mine.map(|row| row.event.as_str()).collect();
        table.row([connector.to_owned(), events.join("\n")]);
    }
    table.render()
}
