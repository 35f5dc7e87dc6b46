//! Every value of a resolved servo with its origin, secrets hidden.

use serde::Serialize;
use serde_json::Value as Json;

use crate::config::Servo;
use crate::names::display_path;
use crate::node::{Node, Value};
use crate::origin::Origin;
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
    collect(&servo.document, &mut Vec::new(), &mut found);
    found.extend(servo.defaults.iter().cloned());
    found
}

/// The value as JSON with every secret replaced.
pub(crate) fn redacted(node: &Node) -> Json {
    match &node.value {
        Value::List(items) => Json::Array(items.iter().map(redacted).collect()),
        Value::Map(map) => Json::Object(
            map.iter()
                .map(|(key, entry)| {
                    let hidden = is_secret_name(key) && entry.node.value != Value::Null;
                    let value = if hidden { Json::from(REDACTED) } else { redacted(&entry.node) };
                    (key.clone(), value)
                })
                .collect(),
        ),
        _ => node.to_json(),
    }
}

fn collect(node: &Node, path: &mut Vec<String>, found: &mut Vec<Leaf>) {
    let secret = path.last().is_some_and(|key| is_secret_name(key));
    match &node.value {
        Value::List(items) if !items.is_empty() && !secret => {
            for (index, item) in items.iter().enumerate() {
                path.push(index.to_string());
                collect(item, path, found);
                path.pop();
            }
        }
        Value::Map(map) if !map.is_empty() && !secret => {
            for (key, entry) in map {
                path.push(key.clone());
                collect(&entry.node, path, found);
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
