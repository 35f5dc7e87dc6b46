//! JSON Schema of a whole configuration file.

use serde_json::{Map, Value, json};

use crate::catalogue::{Catalogue, ConnectorType};
use crate::config::Servo;
use crate::load::{own_table, variables_of_os_lively};
use crate::names::variable;
use crate::own::OWN;
use crate::schema::fields::{Field, fields};
use crate::schema::join;

/// JSON Schema of the configuration of one servo, or of any servo with these connectors under their own names.
///
/// Every property that a variable can set carries `env_names`.
pub fn document_schema(catalogue: &Catalogue, servo: Option<&Servo>) -> Value {
    let mut root = Value::clone(OWN.servo.schema());
    set(&mut root, "title", json!("Servo Configuration Schema"));
    let instances: Vec<(&str, &ConnectorType)> = match servo {
        Some(servo) => servo.connectors.iter().map(|one| (one.alias.as_str(), &*one.connector)).collect(),
        None => catalogue.types().map(|one| (one.name.as_str(), &**one)).collect(),
    };
    let mut names: Vec<&str> = instances.iter().map(|(_, connector)| connector.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let with = if names.is_empty() { String::new() } else { format!(" with {}", names.join(", ")) };
    set(&mut root, "description", json!(format!("Schema for configuration of servo{with}")));
    add_env_names(&mut root, "", OWN.servo.fields(), |path| {
        let steps: Vec<&str> = path.iter().map(String::as_str).collect();
        own_variables(&steps)
    });
    describe_connectors(&mut root);
    for (alias, connector) in &instances {
        add_connector(&mut root, alias, connector);
    }
    // Aliases can have any name, so without a servo a stanza of an unknown name is only known to be a map.
    let other = if servo.is_some() { json!(false) } else { json!({"type": ["object", "null"]}) };
    set(&mut root, "additionalProperties", other);
    root
}

/// JSON Schema of one connector's stanza under a name, with `env_names`.
pub fn connector_schema(alias: &str, connector: &ConnectorType) -> Value {
    let mut schema = connector.schema.clone();
    let all = fields(&schema);
    add_env_names(&mut schema, "", &all, |path| vec![stanza_variable(alias, path)]);
    schema
}

fn own_variables(path: &[&str]) -> Vec<String> {
    let table = own_table(false);
    let mine = table.iter().filter(|(_, targets)| targets.iter().any(|target| target.path == path));
    mine.map(|(name, _)| name.clone()).chain(variables_of_os_lively(path)).collect()
}

fn stanza_variable(alias: &str, path: &[String]) -> String {
    variable(std::iter::once(alias).chain(path.iter().map(String::as_str)))
}

fn set(object: &mut Value, key: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}

fn add_env_names(root: &mut Value, prefix: &str, fields: &[Field], names: impl Fn(&[String]) -> Vec<String>) {
    for field in fields {
        let names = names(&field.path);
        for pointer in &field.pointers {
            let Some(Value::Object(property)) = root.pointer_mut(&format!("{prefix}{pointer}")) else {
                continue;
            };
            let listed = property.entry("env_names").or_insert_with(|| json!([]));
            if let Value::Array(listed) = listed {
                // A definition that several settings share lists the variables of all of them.
                for name in &names {
                    if !listed.iter().any(|known| known == name) {
                        listed.push(json!(name));
                    }
                }
            }
        }
    }
}

fn add_connector(root: &mut Value, alias: &str, connector: &ConnectorType) {
    let key = format!("connector-{alias}");
    let place = join("#/$defs", &[&key]);
    let mut schema = connector.schema.clone();
    let all = fields(&schema);
    move_references(&mut schema, &place);
    if let Some(object) = schema.as_object_mut() {
        object.shift_remove("$schema");
        object.shift_remove("$id");
        if let Some(Value::Object(properties)) = object.get_mut("properties") {
            properties.entry("description").or_insert_with(|| {
                json!({"description": "What this instance is for.", "type": ["string", "null"],
                       "env_names": [variable([alias, "description"])]})
            });
        }
    }
    add_env_names(&mut schema, "", &all, |path| vec![stanza_variable(alias, path)]);
    let property = json!({
        "description": connector.description,
        "anyOf": [{"$ref": place}, {"type": "null"}],
        "env_names": [variable([alias])],
    });
    insert_below(root, "$defs", &key, schema);
    insert_below(root, "properties", alias, property);
}

fn insert_below(root: &mut Value, parent: &str, key: &str, value: Value) {
    if let Some(root) = root.as_object_mut()
        && let Value::Object(map) = root.entry(parent).or_insert_with(|| Value::Object(Map::new()))
    {
        map.insert(key.to_owned(), value);
    }
}

/// `connectors` in both forms, with limits and grants in the table.
fn describe_connectors(root: &mut Value) {
    let mut grants = Value::clone(OWN.grants.schema());
    if let Some(object) = grants.as_object_mut() {
        object.shift_remove("$schema");
        if let Some(Value::Object(definitions)) = object.shift_remove("$defs") {
            for (name, definition) in definitions {
                insert_below(root, "$defs", &name, definition);
            }
        }
    }
    insert_below(root, "$defs", "Grants", grants);
    let component = json!({
        "type": "string",
        "description": "A bundled or installed connector by name or class, ./file.wasm, or oci://reference.",
        "examples": ["prometheus", "./my-connector.wasm"],
    });
    let property = json!({
        "description": "The active connectors: a list of names, or a map from alias to connector. Without it \
                        a connector is active when its stanza is present.",
        "env_names": ["SERVO_CONNECTORS"],
        "examples": [["prometheus", "vegeta"]],
        "anyOf": [
            {"type": "null"},
            {"type": "array", "items": component.clone()},
            {
                "type": "object",
                "propertyNames": {"pattern": "^[0-9a-zA-Z_/.-]{3,128}$"},
                "additionalProperties": {"anyOf": [
                    component.clone(),
                    {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["component"],
                        "properties": {
                            "component": component,
                            "limits": {"$ref": "#/$defs/Limits"},
                            "grants": {"$ref": "#/$defs/Grants"},
                        },
                    },
                ]},
            },
        ],
    });
    insert_below(root, "properties", "connectors", property);
}

/// Lets references inside a schema that moved to `place` follow it.
fn move_references(schema: &mut Value, place: &str) {
    match schema {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(target) if key == "$ref" => {
                        if let Some(pointer) = target.strip_prefix('#') {
                            *target = format!("{place}{pointer}");
                        }
                    }
                    other => move_references(other, place),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| move_references(item, place)),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
