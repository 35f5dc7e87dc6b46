//! Walking JSON Schema documents: references, alternatives, and the fields they describe.

pub(crate) mod bounds;
pub(crate) mod fields;
pub(crate) mod marks;

use serde_json::Value;

/// References that are followed before a schema counts as circular.
const REFERENCES_MAX: usize = 16;
/// Alternatives of one schema that are looked at.
const VIEWS_MAX: usize = 64;

/// A schema and its JSON pointer in the document.
#[derive(Debug, Clone)]
pub(crate) struct View<'a> {
    pub(crate) pointer: String,
    pub(crate) schema: &'a Value,
}

/// The schema itself and everything that it refers to or offers as an alternative
/// (`$ref`, `allOf`, `anyOf`, `oneOf`).
pub(crate) fn views<'a>(root: &'a Value, start: View<'a>) -> Vec<View<'a>> {
    let mut found: Vec<View<'a>> = Vec::new();
    let mut open = vec![(start, 0)];
    while let Some((view, depth)) = open.pop() {
        if depth > REFERENCES_MAX || found.len() >= VIEWS_MAX {
            continue;
        }
        if let Some(target) = view.schema.get("$ref").and_then(Value::as_str)
            && let Some(pointer) = target.strip_prefix('#')
            && let Some(schema) = root.pointer(pointer)
        {
            open.push((View { pointer: pointer.to_owned(), schema }, depth + 1));
        }
        for keyword in ["allOf", "anyOf", "oneOf"] {
            for (index, schema) in
                view.schema.get(keyword).and_then(Value::as_array).into_iter().flatten().enumerate()
            {
                let pointer = format!("{}/{keyword}/{index}", view.pointer);
                open.push((View { pointer, schema }, depth + 1));
            }
        }
        found.push(view);
    }
    found
}

/// The schemas that may describe the child `step` (a key or an index) of a value described by `view`.
pub(crate) fn children<'a>(root: &'a Value, view: View<'a>, step: &str) -> Vec<View<'a>> {
    let mut found = Vec::new();
    for view in views(root, view) {
        let direct = [("properties", Some(step)), ("items", None)];
        for (keyword, key) in direct {
            let Some(schema) = view.schema.get(keyword) else { continue };
            match key {
                Some(key) => {
                    if let Some(schema) = schema.get(key) {
                        found.push(View { pointer: join(&view.pointer, &[keyword, key]), schema });
                    }
                }
                None if step.bytes().all(|byte| byte.is_ascii_digit()) => {
                    found.push(View { pointer: join(&view.pointer, &[keyword]), schema });
                }
                None => {}
            }
        }
        let named = view.schema.get("properties").and_then(|properties| properties.get(step)).is_some();
        if let (false, Some(schema @ Value::Object(_))) = (named, view.schema.get("additionalProperties")) {
            found.push(View { pointer: join(&view.pointer, &["additionalProperties"]), schema });
        }
    }
    found
}

/// The schemas that may describe the value at `path`.
pub(crate) fn at<'a>(root: &'a Value, path: &[String]) -> Vec<View<'a>> {
    let mut found = vec![View { pointer: String::new(), schema: root }];
    for step in path {
        found = found.into_iter().flat_map(|view| children(root, view, step)).take(VIEWS_MAX).collect();
    }
    found.into_iter().flat_map(|view| views(root, view)).collect()
}

/// The keys that a map at `path` may have, in the order of the schema.
pub(crate) fn keys_at<'a>(root: &'a Value, path: &[String]) -> Vec<&'a str> {
    let mut keys: Vec<&str> = Vec::new();
    for view in at(root, path) {
        for key in
            view.schema.get("properties").and_then(Value::as_object).into_iter().flat_map(|map| map.keys())
        {
            if !keys.contains(&key.as_str()) {
                keys.push(key);
            }
        }
    }
    keys
}

/// Appends steps to a JSON pointer.
pub(crate) fn join(pointer: &str, steps: &[&str]) -> String {
    let mut joined = pointer.to_owned();
    for step in steps {
        joined.push('/');
        joined.push_str(&step.replace('~', "~0").replace('/', "~1"));
    }
    joined
}

/// Whether a schema marks its value as write-only or a password.
pub(crate) fn is_secret(schema: &Value) -> bool {
    schema.get("writeOnly") == Some(&Value::Bool(true))
        || schema.get("format").and_then(Value::as_str) == Some("password")
}
