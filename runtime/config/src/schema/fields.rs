//! Every field that a settings schema describes: its path, its types, its default.

use serde_json::Value;

use super::{View, is_secret, join, views};

/// Fields of one schema that are listed; a schema that describes more is cut, never followed for ever.
const FIELDS_MAX: usize = 2_000;
/// Properties that are looked at; a circular schema has the same ones again and again.
const VISITS_MAX: usize = 10_000;
/// Deepest field.
const DEPTH_MAX: usize = 8;

/// A field of a settings schema.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// Keys from the root of the settings.
    pub(crate) path: Vec<String>,
    /// JSON pointers to the schemas of the field in the document.
    pub(crate) pointers: Vec<String>,
    /// What the field takes.
    pub(crate) types: Types,
    /// The documented default.
    pub(crate) default: Option<Value>,
    /// Whether the schema marks it as write-only or a password.
    pub(crate) secret: bool,
}

/// The JSON types that a field takes; all false means any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Types {
    pub(crate) boolean: bool,
    pub(crate) integer: bool,
    pub(crate) number: bool,
    pub(crate) text: bool,
    pub(crate) null: bool,
    pub(crate) nested: bool,
}

/// All fields of maps in `root`, parents before children, in the order of the schema.
pub(crate) fn fields(root: &Value) -> Vec<Field> {
    let mut found = Vec::new();
    let start = View { pointer: String::new(), schema: root };
    walk(root, start, &[], &mut found, &mut 0);
    found
}

fn walk<'a>(root: &'a Value, view: View<'a>, path: &[String], found: &mut Vec<Field>, visits: &mut usize) {
    if path.len() >= DEPTH_MAX {
        return;
    }
    for view in views(root, view).into_iter().rev() {
        let Some(properties) = view.schema.get("properties").and_then(Value::as_object) else { continue };
        for (name, schema) in properties {
            *visits += 1;
            if found.len() >= FIELDS_MAX || *visits > VISITS_MAX {
                return;
            }
            let pointer = join(&view.pointer, &["properties", name]);
            let mut below = path.to_vec();
            below.push(name.clone());
            let property = View { pointer: pointer.clone(), schema };
            let alternatives = views(root, property.clone());
            match found.iter_mut().find(|field| field.path == below) {
                Some(known) => known.pointers.push(pointer),
                None => found.push(Field {
                    types: types(&alternatives),
                    default: alternatives.iter().find_map(|view| view.schema.get("default").cloned()),
                    secret: alternatives.iter().any(|view| is_secret(view.schema)),
                    path: below.clone(),
                    pointers: vec![pointer],
                }),
            }
            walk(root, property, &below, found, visits);
        }
    }
}

fn types(alternatives: &[View<'_>]) -> Types {
    let mut types = Types::default();
    for view in alternatives {
        match view.schema.get("type") {
            Some(Value::String(name)) => types.add(name),
            Some(Value::Array(names)) => {
                names.iter().filter_map(Value::as_str).for_each(|name| types.add(name))
            }
            _ => {
                let listed = view.schema.get("enum").and_then(Value::as_array).into_iter().flatten();
                listed.chain(view.schema.get("const")).for_each(|value| types.add(type_name(value)));
            }
        }
    }
    types
}

impl Types {
    /// Whether nothing is known.
    pub(crate) fn any(self) -> bool {
        self == Types::default()
    }

    fn add(&mut self, name: &str) {
        match name {
            "boolean" => self.boolean = true,
            "integer" => self.integer = true,
            "number" => self.number = true,
            "string" => self.text = true,
            "null" => self.null = true,
            "object" | "array" => self.nested = true,
            _ => {}
        }
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
