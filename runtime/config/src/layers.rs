//! Puts environment variables and flags over what the file says.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use serde_json::Value as Json;

use crate::environment::Variable;
use crate::names::display_path;
use crate::names::variable;
use crate::node::{Node, Value};
use crate::origin::Origin;
use crate::problem::{Notice, Problem, Problems};
use crate::schema::fields::{Field, Types};

/// A setting that a variable sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The keys from the root of the document.
    pub(crate) path: Vec<String>,
    /// What the setting takes.
    pub(crate) types: Types,
}

/// Variables by name; more than one target makes a name ambiguous.
pub(crate) type Table = BTreeMap<String, Vec<Target>>;

/// Adds the variables of a map at `path` (JSON) and of every field in it.
pub(crate) fn add_targets(table: &mut Table, path: &[&str], fields: &[Field]) {
    let nested = Types { nested: true, ..Types::default() };
    if !path.is_empty() {
        add(table, variable(path.iter().copied()), path, nested);
    }
    for field in fields {
        let steps: Vec<&str> = path.iter().copied().chain(field.path.iter().map(String::as_str)).collect();
        add(table, variable(steps.iter().copied()), &steps, field.types);
    }
}

/// Adds one variable.
pub(crate) fn add(table: &mut Table, name: String, path: &[&str], types: Types) {
    let target = Target { path: path.iter().map(|step| (*step).to_owned()).collect(), types };
    let targets = table.entry(name).or_default();
    if !targets.iter().any(|known| known.path == target.path) {
        targets.push(target);
    }
}

/// Puts every variable of `layer` that the table knows into `root`; maps are merged, deeper settings win.
///
/// Ambiguous names are reported and not applied. What the file said and a variable changed becomes a notice,
/// because ServoX preferred the file.
pub(crate) fn apply(
    root: &mut Node,
    layer: &BTreeMap<String, Variable>,
    table: &Table,
    problems: &mut Problems,
    overridden: &mut Vec<Notice>,
) {
    let mut found: Vec<(&String, &Target, &Variable)> = Vec::new();
    for (name, targets) in table {
        let Some(given) = layer.get(name) else { continue };
        match targets.as_slice() {
            [target] => found.push((name, target, given)),
            several => problems.push(ambiguous(name, several, &given.origin)),
        }
    }
    found.sort_by_key(|(_, target, _)| target.path.len());
    let mut set: BTreeMap<&[String], (&str, &str)> = BTreeMap::new();
    for (name, target, given) in found {
        let path = display_path(target.path.iter().map(String::as_str));
        if let Some((first, text)) = set.insert(&target.path, (name, &given.text))
            && text != given.text
        {
            let message = format!("{first} and {name} both set `{path}`, to different values");
            problems.push(Problem::new(given.origin.clone(), path, message).with_hint("unset one of them"));
            continue;
        }
        match convert(&given.text, target.types, &given.origin) {
            Ok(node) => {
                if let Some(before) = root.get(target.path.iter().map(String::as_str)) {
                    note_override(before, &node, &path, overridden);
                }
                root.set(&target.path, node);
            }
            Err(message) => {
                let message = format!("{name} is no valid value for `{path}`: {message}");
                problems.push(Problem::new(given.origin.clone(), path, message));
            }
        }
    }
}

/// Whether a layer has any variable that could be meant for servo; most environments have none.
pub(crate) fn is_servos(layer: &BTreeMap<String, Variable>) -> bool {
    ["APPD_", "OPSANI_", "SERVO_"].iter().any(|prefix| {
        let mut from = layer.range::<str, _>((Bound::Included(*prefix), Bound::Unbounded));
        from.next().is_some_and(|(name, _)| name.starts_with(prefix))
    })
}

/// Variables that begin with `SERVO_` and that the table does not know.
pub(crate) fn unknown<'a>(
    layers: [&'a BTreeMap<String, Variable>; 2],
    table: &Table,
    others: &[&str],
) -> BTreeSet<&'a str> {
    layers
        .into_iter()
        .flat_map(|layer| layer.keys())
        .map(String::as_str)
        .filter(|name| name.starts_with("SERVO_") && !table.contains_key(*name) && !others.contains(name))
        .collect()
}

fn ambiguous(name: &str, targets: &[Target], origin: &Origin) -> Problem {
    let paths: Vec<String> = targets
        .iter()
        .map(|target| format!("`{}`", display_path(target.path.iter().map(String::as_str))))
        .collect();
    let message = format!("{name} is ambiguous: it could set {}", paths.join(" or "));
    Problem::new(origin.clone(), "", message)
        .with_hint("set it in the file, or rename a connector so that the names differ")
}

fn note_override(before: &Node, now: &Node, path: &str, overridden: &mut Vec<Notice>) {
    if !matches!(before.origin, Origin::File(_)) {
        return;
    }
    match (&before.value, &now.value) {
        (Value::Map(old), Value::Map(new)) => {
            for (key, entry) in new {
                if let Some(old) = old.get(key) {
                    note_override(&old.node, &entry.node, &format!("{path}.{key}"), overridden);
                }
            }
        }
        (old, new) if old != new => overridden.push(Notice {
            origin: before.origin.clone(),
            path: path.to_owned(),
            message: format!("`{path}` comes from {} here; ServoX prefers the file", now.origin),
        }),
        _ => {}
    }
}

/// The text of a variable as the type that the schema asks for. A text that does not fit stays a text, so
/// that the check against the schema can say what was expected.
fn convert(text: &str, types: Types, origin: &Origin) -> Result<Node, String> {
    let node = |value| Ok(Node::new(value, origin.clone()));
    let trimmed = text.trim();
    let structured = trimmed.starts_with(['{', '[']);
    if types.nested && (structured || !scalar(types)) {
        return match serde_json::from_str::<Json>(trimmed) {
            Ok(json) => Ok(Node::from_json(json, origin)),
            Err(error) if scalar(types) && types.text => {
                let _ = error;
                node(Value::Text(text.to_owned()))
            }
            Err(error) => Err(format!("not valid JSON (column {})", error.column())),
        };
    }
    if types.any()
        && let Ok(json) = serde_json::from_str::<Json>(trimmed)
    {
        return Ok(Node::from_json(json, origin));
    }
    if types.boolean {
        match trimmed.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => return node(Value::Bool(true)),
            "false" | "no" | "off" | "0" => return node(Value::Bool(false)),
            _ => {}
        }
    }
    if types.integer || types.number {
        if let Ok(whole) = trimmed.parse::<i64>() {
            return node(Value::Number(whole.into()));
        }
        if let Ok(whole) = trimmed.parse::<u64>() {
            return node(Value::Number(whole.into()));
        }
        if types.number
            && let Some(number) = trimmed.parse().ok().and_then(serde_json::Number::from_f64)
        {
            return node(Value::Number(number));
        }
    }
    if types.null && !types.text && matches!(trimmed, "" | "null") {
        return node(Value::Null);
    }
    node(Value::Text(text.to_owned()))
}

fn scalar(types: Types) -> bool {
    types.text || types.boolean || types.integer || types.number
}
