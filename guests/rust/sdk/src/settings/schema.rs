//! The JSON Schema of a settings type, as an operator reads it.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// The JSON Schema of a settings type.
///
/// It has no references, so that every marked property stands where it is used; an optional setting is left out and
/// not written as `null`; words to choose from are one list.
pub fn schema<T: JsonSchema>() -> Value {
    let mut generator =
        SchemaSettings::draft2020_12().with(|options| options.inline_subschemas = true).into_generator();
    let mut schema = generator.root_schema_for::<T>();
    RecursiveTransform(simplify).transform(&mut schema);
    // The name of the Rust type says nothing to an operator.
    schema.remove("title");
    schema.to_value()
}

fn simplify(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    without_null(object);
    list_words(object);
    // Widths of numbers belong to the program; what they allow is said by minimum and maximum.
    let width = |format: &Value| {
        matches!(format.as_str(), Some("double" | "float" | "int32" | "int64" | "uint32" | "uint64"))
    };
    if object.get("format").is_some_and(width) {
        object.remove("format");
    }
    if let Some(Value::String(text)) = object.get_mut("description") {
        // Lines of a comment end where the source is wide enough; paragraphs are meant.
        *text =
            text.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect::<Vec<_>>().join("\n\n");
    }
}

fn without_null(object: &mut Map<String, Value>) {
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    if let Some(Value::Array(types)) = object.get_mut("type") {
        let before = types.len();
        types.retain(|name| name != "null");
        let nullable = types.len() < before;
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
        if nullable && let Some(Value::Array(words)) = object.get_mut("enum") {
            words.retain(|word| !word.is_null());
        }
    }
    let Some(Value::Array(choices)) = object.get_mut("anyOf") else { return };
    choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
    if choices.len() == 1
        && let Some(Value::Object(only)) = choices.pop()
    {
        object.remove("anyOf");
        merge(object, only);
    }
}

/// One list of words instead of a branch for each: a problem then shows what would be right.
fn list_words(object: &mut Map<String, Value>) {
    let Some(Value::Array(branches)) = object.get("oneOf") else { return };
    let mut words = Vec::new();
    let mut meanings = String::new();
    for branch in branches {
        let Some(Value::String(word)) = branch.get("const") else { return };
        if let Some(Value::String(meaning)) = branch.get("description") {
            meanings.push_str(&format!("\n\n`{word}`: {meaning}"));
        }
        words.push(Value::from(word.as_str()));
    }
    object.remove("oneOf");
    if let Some(Value::String(description)) = object.get_mut("description") {
        description.push_str(&meanings);
    }
    if let Value::Object(list) = json!({"type": "string", "enum": words}) {
        merge(object, list);
    }
}

/// What is said about the property counts more than what is said about its type.
fn merge(object: &mut Map<String, Value>, more: Map<String, Value>) {
    for (key, value) in more {
        object.entry(key).or_insert(value);
    }
}
