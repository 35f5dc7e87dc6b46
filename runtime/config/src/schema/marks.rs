//! Settings that a schema marks: `x-servo-grant` for endpoints, `x-servo-file` for files.

use serde_json::Value;

use super::{View, views};
use crate::config::EndpointUse;

/// Deepest marked setting.
const DEPTH_MAX: usize = 8;
/// Marks of one schema; more than any connector has.
const MARKS_MAX: usize = 1_000;
/// Schemas that are looked at; a circular one has the same ones again and again.
const VISITS_MAX: usize = 10_000;

/// A marked setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    /// How to get there.
    pub(crate) path: Vec<Step>,
    /// What an endpoint in it is for.
    pub(crate) grant: Option<EndpointUse>,
    /// Whether the whole text is one URL.
    pub(crate) is_url: bool,
    /// Whether it names a file that the host reads.
    pub(crate) is_file: bool,
}

/// One step to a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// A key of a map.
    Key(String),
    /// Every item of a list.
    Items,
    /// Every key of a map that has no schema of its own.
    Others(Vec<String>),
}

/// All marked settings of a schema.
pub(crate) fn marks(root: &Value) -> Vec<Mark> {
    // Most schemas mark nothing, and looking for the words costs less than walking.
    let mut found = Vec::new();
    if mentions(root) {
        walk(root, View { pointer: String::new(), schema: root }, &mut Vec::new(), &mut found, &mut 0);
    }
    found
}

fn mentions(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => map.iter().any(|(key, value)| key.starts_with("x-servo-") || mentions(value)),
        Value::Array(items) => items.iter().any(mentions),
        _ => false,
    }
}

fn walk<'a>(
    root: &'a Value,
    view: View<'a>,
    path: &mut Vec<Step>,
    found: &mut Vec<Mark>,
    visits: &mut usize,
) {
    *visits += 1;
    if path.len() > DEPTH_MAX || found.len() >= MARKS_MAX || *visits > VISITS_MAX {
        return;
    }
    let views = views(root, view);
    let word = |key: &str| views.iter().find_map(|view| view.schema.get(key).and_then(Value::as_str));
    let grant = match word("x-servo-grant") {
        Some("http") => Some(EndpointUse::Http),
        Some("load") => Some(EndpointUse::Load),
        _ => None,
    };
    let is_file = views.iter().any(|view| view.schema.get("x-servo-file") == Some(&Value::Bool(true)));
    if grant.is_some() || is_file {
        let mark = Mark { path: path.clone(), grant, is_url: word("format") == Some("uri"), is_file };
        if !found.contains(&mark) {
            found.push(mark);
        }
    }
    let mut below = |step: Step, schema: &'a Value, path: &mut Vec<Step>, found: &mut Vec<Mark>| {
        path.push(step);
        walk(root, View { pointer: String::new(), schema }, path, found, visits);
        path.pop();
    };
    for view in &views {
        let properties = view.schema.get("properties").and_then(Value::as_object);
        for (key, schema) in properties.into_iter().flatten() {
            below(Step::Key(key.clone()), schema, path, found);
        }
        if let Some(schema @ Value::Object(_)) = view.schema.get("items") {
            below(Step::Items, schema, path, found);
        }
        if let Some(schema @ Value::Object(_)) = view.schema.get("additionalProperties") {
            let own = properties.into_iter().flatten().map(|(key, _)| key.clone()).collect();
            below(Step::Others(own), schema, path, found);
        }
    }
}
