//! Compares what came with what was expected, and says where they differ.

use serde_json::Value as Json;

use crate::node::{Node, Value};
use crate::origin::Origin;

/// Numbers may differ by this part of themselves: a mean need not be the same in its last bit.
const TOLERANCE: f64 = 1e-9;
/// Longer values are cut in messages.
const SHOWN_MAX: usize = 300;

/// Something that is not as it was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Where the expectation is written.
    pub origin: Origin,
    /// Which part, for example `result.readings[0].value`.
    pub path: String,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub came: String,
}

/// Compares: maps by the keys that are expected, lists one by one, texts with `*` for any text.
pub fn compare(expected: &Node, came: &Json, path: &str) -> Vec<Mismatch> {
    let mut mismatches = Vec::new();
    walk(expected, came, path, &mut mismatches);
    mismatches
}

/// Whether a text is what a pattern says, in which `*` stands for any text.
pub fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// A value for a message: JSON in one line, not too long.
pub fn short(json: &Json) -> String {
    let mut text = json.to_string();
    if text.len() > SHOWN_MAX {
        let end = (0..=SHOWN_MAX).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        text.truncate(end);
        text.push('…');
    }
    text
}

fn walk(expected: &Node, came: &Json, path: &str, mismatches: &mut Vec<Mismatch>) {
    let mut differ = |expected_text: String, came: String| {
        let (origin, path) = (expected.origin.clone(), path.to_owned());
        mismatches.push(Mismatch { origin, path, expected: expected_text, came });
    };
    match (&expected.value, came) {
        (Value::Map(wanted), Json::Object(object)) => {
            for (key, entry) in wanted {
                let path = format!("{path}.{key}");
                match object.get(key) {
                    Some(came) => walk(&entry.node, came, &path, mismatches),
                    // What is absent in JSON is what YAML writes as nothing.
                    None if entry.node.value == Value::Null => {}
                    None => mismatches.push(Mismatch {
                        origin: entry.key.clone(),
                        path,
                        expected: short(&entry.node.to_json()),
                        came: "nothing".to_owned(),
                    }),
                }
            }
        }
        (Value::List(wanted), Json::Array(items)) if wanted.len() == items.len() => {
            for (index, (wanted, item)) in wanted.iter().zip(items).enumerate() {
                walk(wanted, item, &format!("{path}[{index}]"), mismatches);
            }
        }
        (Value::List(wanted), Json::Array(items)) => {
            let count = |count: usize| format!("{count} {}", if count == 1 { "item" } else { "items" });
            differ(count(wanted.len()), format!("{}: {}", count(items.len()), short(came)));
        }
        (Value::Number(wanted), Json::Number(number)) => {
            let same = wanted == number
                || match (wanted.as_f64(), number.as_f64()) {
                    (Some(a), Some(b)) => (a - b).abs() <= TOLERANCE * a.abs().max(b.abs()),
                    _ => false,
                };
            if !same {
                differ(wanted.to_string(), number.to_string());
            }
        }
        (Value::Text(pattern), Json::String(text)) if glob(pattern, text) => {}
        (Value::Bool(wanted), Json::Bool(flag)) if wanted == flag => {}
        (Value::Null, Json::Null) => {}
        _ => differ(short(&expected.to_json()), short(came)),
    }
}
