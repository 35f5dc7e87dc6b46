//! Stanzas out of the connectors' examples.
//!
//! An origin in a marked setting counts as granted when the operator typed it, so those of examples are written
//! commented out.

use serde_json::{Map, Value};
use servo_assembly::ConnectorInfo;

use crate::exit::Trouble;
use crate::printer::yaml;

/// References that are followed before a schema counts as circular.
const REFERENCES_MAX: usize = 16;

/// A stanza, ready to be written.
#[derive(Debug)]
pub(super) struct Stanza {
    /// Its lines, the key included.
    pub(super) text: String,
    /// Settings that are commented out because they name origins or commands.
    pub(super) endpoints: Vec<String>,
}

/// The stanza of a connector under an alias, made of its example; with `defaults` the other settings, too.
pub(super) fn stanza(alias: &str, info: &ConnectorInfo, defaults: bool) -> Result<Stanza, Trouble> {
    let mut settings = info.example.as_object().cloned().unwrap_or_default();
    if defaults {
        fill(&mut settings, &info.schema, &info.schema);
    }
    let mut text = String::new();
    let mut endpoints = Vec::new();
    for (key, value) in settings {
        let lines = yaml(&Value::Object(Map::from_iter([(key.clone(), value)])))?;
        let marked = info
            .schema
            .pointer(&format!("/properties/{key}"))
            .is_some_and(|schema| names_origin(schema, &info.schema, 0));
        let prefix = if marked { "  # " } else { "  " };
        lines.lines().for_each(|line| text += &format!("{prefix}{line}\n"));
        if marked {
            endpoints.push(format!("{alias}.{key}"));
        }
    }
    let empty = text.lines().all(|line| line.trim_start().starts_with('#'));
    let head = if empty { format!("{alias}: {{}}\n") } else { format!("{alias}:\n") };
    // A map that is commented out as a whole needs a value of its own, and its comments go below it.
    Ok(Stanza { text: head + &text, endpoints })
}

/// The same lines, switched off: without the space that a sentence has after its `#`.
pub(super) fn commented(text: &str) -> String {
    text.lines().map(|line| format!("#{line}\n")).collect()
}

/// Adds what a schema has a default for.
pub(super) fn fill(settings: &mut Map<String, Value>, schema: &Value, root: &Value) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    for (key, property) in properties {
        if settings.contains_key(key) {
            continue;
        }
        if let Some(default) = property.get("default").filter(|default| !default.is_null()) {
            settings.insert(key.clone(), default.clone());
        } else if let Some(target) = resolve(property, root) {
            let mut inner = Map::new();
            fill(&mut inner, target, root);
            if !inner.is_empty() {
                settings.insert(key.clone(), Value::Object(inner));
            }
        }
    }
}

/// The object schema that a property refers to, when it is optional.
fn resolve<'a>(property: &'a Value, root: &'a Value) -> Option<&'a Value> {
    let alternatives = property.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    let references =
        std::iter::once(property).chain(alternatives).filter_map(|one| one.get("$ref")?.as_str());
    references.filter_map(|reference| root.pointer(reference.strip_prefix('#')?)).next()
}

/// Whether a setting, or one inside it, names an origin that counts as granted, or a command that is run.
fn names_origin(schema: &Value, root: &Value, depth: usize) -> bool {
    if depth > REFERENCES_MAX {
        return false;
    }
    match schema {
        Value::Object(map) => {
            let target = map
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|target| root.pointer(target.strip_prefix('#')?));
            map.contains_key("x-servo-grant")
                || map.contains_key("x-servo-command")
                || target.is_some_and(|target| names_origin(target, root, depth + 1))
                || map.values().any(|value| names_origin(value, root, depth + 1))
        }
        Value::Array(items) => items.iter().any(|item| names_origin(item, root, depth + 1)),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
