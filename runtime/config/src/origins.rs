//! Every value of a resolved servo with its origin, secrets hidden.

use serde::Serialize;
use serde_json::Value as Json;

use crate::config::Servo;
use crate::names::display_path;
use crate::node::{Node, Value};
use crate::origin::Origin;
use crate::own::OWN;
use crate::schema::fields::Field;
use crate::secret::{REDACTED, is_secret_name};

/// A value that is neither list nor map, or an empty one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Leaf {
    /// The setting, for instance `prom.metrics[0].name`.
    pub path: String,
    /// The value; `[secret]` in the place of a secret.
    pub value: Json,
    /// Where it came from.
    pub origin: Origin,
}

pub(crate) fn leaves(servo: &Servo) -> Vec<Leaf> {
    let mut found = Vec::new();
    collect(&servo.document, &secrets(servo), &mut Vec::new(), &mut found);
    add_defaults(&[], OWN.servo.fields(), &servo.document, &mut found);
    for (alias, compiled) in &servo.described {
        add_defaults(&[alias.as_str()], compiled.fields(), &servo.document, &mut found);
    }
    found
}

/// The document as JSON with every secret replaced: what a schema marks, and what is named like a secret.
pub(crate) fn redacted(servo: &Servo) -> Json {
    hide(&servo.document, &secrets(servo), &mut Vec::new())
}

/// Paths of the settings that their schemas mark as secret.
fn secrets(servo: &Servo) -> Vec<Vec<String>> {
    let own = OWN.servo.fields().iter().filter(|field| field.secret).map(|field| field.path.clone());
    let stanzas = servo.described.iter().flat_map(|(alias, compiled)| {
        let marked = compiled.fields().iter().filter(|field| field.secret);
        marked.map(move |field| std::iter::once(alias).chain(&field.path).cloned().collect())
    });
    own.chain(stanzas).collect()
}

/// The documented defaults of everything that is not set.
fn add_defaults(path: &[&str], fields: &[Field], document: &Node, leaves: &mut Vec<Leaf>) {
    for field in fields {
        let Some(default) = field.default.as_ref().filter(|default| !default.is_null()) else { continue };
        let steps: Vec<&str> = path.iter().copied().chain(field.path.iter().map(String::as_str)).collect();
        // These sections have no meaning, and so no defaults, while nobody gives them.
        if matches!(steps[0], "optimizer" | "objective" | "liveness") && document.get([steps[0]]).is_none() {
            continue;
        }
        // Below a list or a scalar the field does not exist in this form.
        let parent = document.get(steps[..steps.len() - 1].iter().copied());
        let other_form =
            parent.is_some_and(|parent| parent.as_map().is_none() && parent.value != Value::Null);
        if document.get(steps.iter().copied()).is_none() && !other_form {
            leaves.push(Leaf {
                path: display_path(steps.iter().copied()),
                value: default.clone(),
                origin: Origin::Default,
            });
        }
    }
}

fn hide(node: &Node, secrets: &[Vec<String>], path: &mut Vec<String>) -> Json {
    if node.value != Value::Null && is_secret(path, secrets) {
        return Json::from(REDACTED);
    }
    let mut child = |step: String, node: &Node| {
        path.push(step);
        let value = hide(node, secrets, path);
        path.pop();
        value
    };
    match &node.value {
        Value::List(items) => Json::Array(
            items.iter().enumerate().map(|(index, item)| child(index.to_string(), item)).collect(),
        ),
        Value::Map(map) => Json::Object(
            map.iter().map(|(key, entry)| (key.clone(), child(key.clone(), &entry.node))).collect(),
        ),
        _ => node.to_json(),
    }
}

fn is_secret(path: &[String], secrets: &[Vec<String>]) -> bool {
    path.last().is_some_and(|key| is_secret_name(key)) || secrets.iter().any(|secret| secret == path)
}

fn collect(node: &Node, secrets: &[Vec<String>], path: &mut Vec<String>, found: &mut Vec<Leaf>) {
    let secret = is_secret(path, secrets);
    match &node.value {
        Value::List(items) if !items.is_empty() && !secret => {
            for (index, item) in items.iter().enumerate() {
                path.push(index.to_string());
                collect(item, secrets, path, found);
                path.pop();
            }
        }
        Value::Map(map) if !map.is_empty() && !secret => {
            for (key, entry) in map {
                path.push(key.clone());
                collect(&entry.node, secrets, path, found);
                path.pop();
            }
        }
        _ if path.is_empty() => {}
        value => found.push(Leaf {
            path: display_path(path.iter().map(String::as_str)),
            value: match value {
                Value::Null => Json::Null,
                _ if secret => Json::from(REDACTED),
                _ => node.to_json(),
            },
            origin: node.origin.clone(),
        }),
    }
}

#[cfg(test)]
mod tests;
