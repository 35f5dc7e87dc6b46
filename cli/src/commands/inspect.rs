//! `servo inspect`.

use serde_json::Value;
use servo_assembly::Inspection;

use crate::args::Inspect;
use crate::exit::Trouble;
use crate::printer::Printer;
use crate::session::Session;
use crate::table::Table;

/// The deepest that settings are followed through references of their schema.
const REFERENCES_MAX: usize = 16;

/// Shows what a component is: a file, an installed connector, or what is in a registry.
pub(crate) async fn run(args: &Inspect, session: &Session) -> Result<(), Trouble> {
    let Some(name) = args.component.to_str().filter(|_| !args.is_file()) else {
        return file(args, &session.printer);
    };
    let depot = session.depot(&args.registries)?;
    let reference = match depot.installed_as(name)? {
        Some(reference) => reference,
        None if name.starts_with("oci://") => name.parse()?,
        None => return file(args, &session.printer),
    };
    // Only who signed it depends on the configuration, which may be just being written.
    let rules = session.rules().unwrap_or_default();
    let fetched = session.unless_stopped(depot.look(&reference, &rules)).await?;
    session.printer.show(args.output, &fetched, |fetched| {
        let signatures = match (fetched.signatures, fetched.signed_by.as_slice()) {
            (0, _) => "none".to_owned(),
            (count, []) => format!("{count}; `servo verify --key` says whether one is of a key"),
            (count, keys) => format!("{count}, by {}", keys.join(", ")),
        };
        let origin = [("manifest", fetched.manifest.clone()), ("signatures", signatures)];
        text(&fetched.inspection, &origin)
    })
}

/// Shows what a component file is.
pub(crate) fn file(args: &Inspect, printer: &Printer) -> Result<(), Trouble> {
    let inspection = servo_assembly::inspect(&args.component).map_err(Trouble::failed)?;
    printer.show(args.output, &inspection, |inspection| text(inspection, &[]))
}

fn text(inspection: &Inspection, origin: &[(&str, String)]) -> String {
    let mut text = properties(inspection, origin).render();
    match &inspection.schema {
        Value::Null => text += "\nIts settings are not known: it has not been finished with `servo build`.\n",
        schema => {
            let settings = settings(schema);
            if !settings.is_empty() {
                text += &format!("\n{}", settings.render());
            }
        }
    }
    text
}

/// The grants that a component needs, for people.
pub(super) fn needs(inspection: &Inspection) -> String {
    let one = |need: &servo_assembly::GrantNeed| format!("grants.{}: {}", need.grant, need.names);
    inspection.grants.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// A size for people.
pub(super) fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

fn properties(inspection: &Inspection, origin: &[(&str, String)]) -> Table {
    let about = &inspection.metadata;
    let mut table = Table::new(["PROPERTY", "VALUE"]);
    let known = [
        ("name", &about.name),
        ("version", &about.version),
        ("description", &about.description),
        ("maturity", &about.maturity),
        ("license", &about.licenses),
        ("authors", &about.authors),
        ("homepage", &about.homepage),
        ("source", &about.source),
        ("revision", &about.revision),
    ];
    for (what, value) in known {
        if let Some(value) = value {
            table.row([what.to_owned(), value.clone()]);
        }
    }
    let contract = match &inspection.contract {
        Some(version) => format!("servo:connector@{version}"),
        None => "none: it exports no servo:connector/settings and is no connector".to_owned(),
    };
    let list = |texts: &[String]| texts.join("\n");
    let place = if origin.is_empty() { "file" } else { "reference" };
    table.row([place.to_owned(), inspection.file.clone()]);
    for (what, value) in origin {
        table.row([(*what).to_owned(), value.clone()]);
    }
    let rows = [
        ("size", size(inspection.size)),
        ("digest", inspection.digest.clone()),
        ("contract", contract),
        ("events", inspection.events.join(", ")),
        ("needs", needs(inspection)),
        ("exports", list(&inspection.exports)),
        ("imports", list(&inspection.imports)),
    ];
    for (what, value) in rows {
        let value = if value.is_empty() { "none".to_owned() } else { value };
        table.row([what.to_owned(), value]);
    }
    table
}

/// The settings at the top of a schema.
fn settings(schema: &Value) -> Table {
    let mut table = Table::new(["SETTING", "TYPE", "DEFAULT", "DESCRIPTION"]);
    let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let default = match &property["default"] {
            Value::Null if required.iter().any(|one| one == name) => "required".to_owned(),
            Value::Null => String::new(),
            value => value.to_string(),
        };
        let description = property["description"].as_str().unwrap_or_default();
        table.row([name.clone(), kind(property, schema, 0), default, description.to_owned()]);
    }
    table
}

/// The type of a setting in one word or a few.
fn kind(property: &Value, root: &Value, depth: usize) -> String {
    if depth > REFERENCES_MAX {
        return String::new();
    }
    let inner = |value: &Value| kind(value, root, depth + 1);
    if let Some(pointer) = property["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        return root.pointer(pointer).map(inner).unwrap_or_default();
    }
    if let Some(values) = property["enum"].as_array() {
        return values.iter().map(Value::to_string).collect::<Vec<_>>().join(" | ");
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(kinds) = property[key].as_array() {
            return kinds.iter().map(inner).filter(|kind| kind != "null").collect::<Vec<_>>().join(" | ");
        }
    }
    match &property["type"] {
        Value::String(text) => text.clone(),
        Value::Array(kinds) => {
            let kinds = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null");
            kinds.collect::<Vec<_>>().join(" | ")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
