//! Stanzas of connectors: environment over file, and the defaults of what nobody set.

use super::select::Selected;
use super::{Compiled, Resolver};
use crate::config::Connector;
use crate::layers::{self, Table};
use crate::names::CLI_VARIABLES;
use crate::node::{Entry, Map, Node, Value};
use crate::origin::Origin;
use crate::origins::Leaf;
use crate::own::OWN;
use crate::problem::Notice;
use crate::raw::RawServo;
use crate::schema::fields::{Field, Types};

use std::sync::Arc;

impl Resolver<'_> {
    /// Adds the variables of every active connector.
    pub(super) fn settings_targets(&mut self, selected: &[Selected], table: &mut Table) {
        for one in selected {
            if let Ok(compiled) = self.compiled(&one.connector) {
                let alias = one.alias.as_str();
                layers::add_targets(table, &[alias], &compiled.fields);
                let text = Types { text: true, ..Types::default() };
                let name = crate::names::variable([alias, "description"]);
                layers::add(table, name, &[alias, "description"], text);
            }
        }
        // A variable of the command line means that, too.
        for name in CLI_VARIABLES.iter().filter(|name| table.contains_key(**name)).collect::<Vec<_>>() {
            layers::add(table, (*name).to_owned(), &["the command line"], Types::default());
        }
    }
}

/// The stanza of every active connector with the environment over it, in the same order.
pub(super) fn layered(
    resolver: &mut Resolver<'_>,
    raw: &RawServo,
    selected: &[Selected],
    table: &Table,
    differences: &mut Vec<Notice>,
) -> Vec<Entry> {
    let mut root = Map::new();
    for one in selected {
        let entry = raw.stanzas.get(&one.alias).cloned().unwrap_or_else(|| Entry {
            key: Origin::Default,
            node: Node::new(Value::Null, one.origin.clone()),
        });
        root.insert(one.alias.clone(), entry);
    }
    let aliases: Vec<&str> = selected.iter().map(|one| one.alias.as_str()).collect();
    // Servo's own variables were applied before; an ambiguous name belongs to both and is reported here.
    let mine: Table = table
        .iter()
        .filter(|(_, targets)| {
            targets.iter().any(|target| aliases.contains(&target.path.first().map_or("", String::as_str)))
        })
        .map(|(name, targets)| (name.clone(), targets.clone()))
        .collect();
    let mut root = Node::new(Value::Map(root), raw.own.origin.clone());
    for layer in resolver.loaded.environment.layers() {
        layers::apply(&mut root, layer, &mine, &mut resolver.problems, differences);
    }
    let Value::Map(mut root) = root.value else { return Vec::new() };
    selected
        .iter()
        .map(|one| {
            let entry = root.shift_remove(&one.alias);
            let mut entry = entry.unwrap_or_else(|| Entry {
                key: Origin::Default,
                node: Node::new(Value::Null, one.origin.clone()),
            });
            if entry.node.value == Value::Null {
                entry.node.value = Value::Map(Map::new());
            }
            entry
        })
        .collect()
}

/// What the operator says the instance is for.
pub(super) fn description(stanza: &Node) -> Option<String> {
    stanza.get(["description"]).and_then(Node::as_text).map(str::to_owned)
}

/// The settings that the connector gets to see: every stanza may have a `description`, but only a connector
/// whose schema has one, too, sees it.
pub(super) fn without_description(stanza: &Node, schema: &serde_json::Value) -> Node {
    let mut node = stanza.clone();
    let declared = schema.pointer("/properties/description").is_some();
    if let (false, Value::Map(map)) = (declared, &mut node.value)
        && map.get("description").is_some_and(|entry| entry.node.as_text().is_some())
    {
        map.shift_remove("description");
    }
    node
}

/// The documented defaults of everything that is not set.
pub(super) fn defaults(resolver: &mut Resolver<'_>, document: &Node, connectors: &[Connector]) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    add_defaults(&[], &OWN.servo.fields, document, &mut leaves);
    for connector in connectors {
        let compiled: Result<Arc<Compiled>, String> = resolver.compiled(&connector.connector);
        if let Ok(compiled) = compiled {
            add_defaults(&[connector.alias.as_str()], &compiled.fields, document, &mut leaves);
        }
    }
    leaves
}

/// Paths of the settings that their schemas mark as secret.
pub(super) fn secrets(resolver: &mut Resolver<'_>, connectors: &[Connector]) -> Vec<Vec<String>> {
    let marked = |fields: &[Field]| -> Vec<Vec<String>> {
        fields.iter().filter(|field| field.secret).map(|field| field.path.clone()).collect()
    };
    let mut paths = marked(&OWN.servo.fields);
    for connector in connectors {
        if let Ok(compiled) = resolver.compiled(&connector.connector) {
            for mut path in marked(&compiled.fields) {
                path.insert(0, connector.alias.clone());
                paths.push(path);
            }
        }
    }
    paths
}

fn add_defaults(path: &[&str], fields: &[Field], document: &Node, leaves: &mut Vec<Leaf>) {
    for field in fields {
        let Some(default) = field.default.as_ref().filter(|default| !default.is_null()) else { continue };
        let steps: Vec<&str> = path.iter().copied().chain(field.path.iter().map(String::as_str)).collect();
        // These two sections have no meaning, and so no defaults, while nobody gives them.
        if matches!(steps[0], "optimizer" | "objective") && document.get([steps[0]]).is_none() {
            continue;
        }
        // Below a list or a scalar the field does not exist in this form.
        let parent = document.get(steps[..steps.len() - 1].iter().copied());
        let other_form =
            parent.is_some_and(|parent| parent.as_map().is_none() && parent.value != Value::Null);
        if document.get(steps.iter().copied()).is_none() && !other_form {
            leaves.push(Leaf {
                path: crate::names::display_path(steps.iter().copied()),
                value: default.clone(),
                origin: Origin::Default,
            });
        }
    }
}
