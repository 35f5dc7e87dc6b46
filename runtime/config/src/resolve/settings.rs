//! Stanzas of connectors: environment over file.

use std::borrow::Cow;

use super::Resolver;
use super::select::Selected;
use crate::layers::{self, Table};
use crate::load::own_table;
use crate::names::{CLI_VARIABLES, variable};
use crate::node::{Entry, Map, Node, Value};
use crate::origin::Origin;
use crate::problem::Notice;
use crate::raw::RawServo;
use crate::schema::fields::Types;

impl Resolver<'_> {
    /// The variables of the active connectors that the environment sets; those that servo or the command line
    /// reads, too, have more than one target.
    pub(super) fn set_variables(&mut self, selected: &[Selected]) -> Table {
        let mut table = Table::new();
        for one in selected {
            let prefix = variable([one.alias.as_str()]);
            let given = self.loaded.environment.layers().iter().any(|layer| {
                layer.range(prefix.clone()..).next().is_some_and(|(name, _)| name.starts_with(&prefix))
            });
            if given {
                self.add_variables(one, &mut table);
            }
        }
        let several = self.loaded.servos.len() > 1;
        for (name, targets) in &mut table {
            let own = own_table(several).get(name).into_iter().flatten();
            targets.extend(own.cloned());
            if CLI_VARIABLES.contains(&name.as_str()) {
                targets.push(layers::Target {
                    path: vec!["the command line".to_owned()],
                    types: Types::default(),
                });
            }
        }
        table
    }

    /// Adds all variables of a connector.
    pub(super) fn add_variables(&mut self, one: &Selected, table: &mut Table) {
        if let Ok(compiled) = self.compiled(&one.connector) {
            let alias = one.alias.as_str();
            layers::add_targets(table, &[alias], compiled.fields());
            let text = Types { text: true, ..Types::default() };
            layers::add(table, variable([alias, "description"]), &[alias, "description"], text);
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
    let entries = selected.iter().map(|one| {
        let entry = raw.stanzas.get(&one.alias).cloned();
        (one.alias.clone(), entry.unwrap_or_else(|| absent(one)))
    });
    let mut root = Node::new(Value::Map(entries.collect()), raw.own.origin.clone());
    for layer in resolver.loaded.environment.layers() {
        layers::apply(&mut root, layer, table, &mut resolver.problems, differences);
    }
    let Value::Map(mut root) = root.value else { return Vec::new() };
    selected
        .iter()
        .map(|one| {
            let mut entry = root.swap_remove(&one.alias).unwrap_or_else(|| absent(one));
            if entry.node.value == Value::Null {
                entry.node.value = Value::Map(Map::new());
            }
            entry
        })
        .collect()
}

fn absent(one: &Selected) -> Entry {
    Entry { key: Origin::Default, node: Node::new(Value::Null, one.origin.clone()) }
}

/// What the operator says the instance is for.
pub(super) fn description(stanza: &Node) -> Option<String> {
    stanza.get(["description"]).and_then(Node::as_text).map(str::to_owned)
}

/// The settings that the connector gets to see: every stanza may have a `description`, but only a connector
/// whose schema has one, too, sees it.
pub(super) fn without_description<'a>(stanza: &'a Node, schema: &serde_json::Value) -> Cow<'a, Node> {
    let declared = schema.pointer("/properties/description").is_some();
    let given = stanza.get(["description"]).is_some_and(|node| node.as_text().is_some());
    if declared || !given {
        return Cow::Borrowed(stanza);
    }
    let mut node = stanza.clone();
    if let Value::Map(map) = &mut node.value {
        map.shift_remove("description");
    }
    Cow::Owned(node)
}
