//! The forms of `connectors`: absent, a list, a map from alias to connector, or either of them as JSON text.

use crate::catalogue::ConnectorRef;
use crate::config::folder_of;
use crate::names::{check_alias, is_reserved, suggest};
use crate::node::{Node, Value};
use crate::origin::Origin;
use crate::problem::{Problem, Problems};

/// What `connectors` says.
#[derive(Debug, Clone, Default)]
pub enum RawConnectors {
    /// Nothing: a connector is active when its stanza is present.
    #[default]
    Absent,
    /// Identifiers whose aliases are the connectors' own names.
    List(Vec<(String, Origin)>),
    /// Named instances.
    Map(Vec<RawInstance>),
}

/// One entry of the map form.
#[derive(Debug, Clone)]
pub struct RawInstance {
    /// The alias.
    pub alias: String,
    /// Where the alias is written.
    pub key: Origin,
    /// The connector, as text.
    pub component: String,
    /// Where it is written.
    pub origin: Origin,
    /// The `limits` table.
    pub limits: Option<Node>,
    /// The `grants` table.
    pub grants: Option<Node>,
}

impl RawInstance {
    /// The component that is meant.
    pub fn reference(&self) -> ConnectorRef {
        ConnectorRef::parse(&self.component, folder_of(&self.origin))
    }
}

const FORMS: &str = "write a list `[prometheus, vegeta]` or a map `prom1: prometheus`";

/// Reads any form; what is wrong is left out and reported.
pub(crate) fn parse_connectors(node: Option<&Node>, problems: &mut Problems) -> RawConnectors {
    let Some(node) = node else { return RawConnectors::Absent };
    match &node.value {
        Value::Null => RawConnectors::Absent,
        Value::List(items) => {
            RawConnectors::List(items.iter().filter_map(|item| list_item(item, problems)).collect())
        }
        Value::Map(map) => RawConnectors::Map(
            map.iter()
                .filter_map(|(alias, entry)| instance(alias, &entry.key, &entry.node, problems))
                .collect(),
        ),
        Value::Text(text) => match serde_json::from_str(text) {
            Ok(json @ (serde_json::Value::Array(_) | serde_json::Value::Object(_))) => {
                parse_connectors(Some(&Node::from_json(json, &node.origin)), problems)
            }
            _ => {
                let message = format!("`connectors` is the text `{text}`, which is no JSON list or map");
                problems.push(
                    Problem::new(node.origin.clone(), "connectors", message)
                        .with_hint("write [\"prometheus\", \"vegeta\"] or {\"prom1\": \"prometheus\"}"),
                );
                RawConnectors::List(Vec::new())
            }
        },
        Value::Bool(_) | Value::Number(_) => {
            let message = format!("`connectors` must be a list or a map, found {}", node.kind());
            problems.push(Problem::new(node.origin.clone(), "connectors", message).with_hint(FORMS));
            RawConnectors::List(Vec::new())
        }
    }
}

fn list_item(item: &Node, problems: &mut Problems) -> Option<(String, Origin)> {
    let Some(text) = item.as_text() else {
        let message = format!("a connector in the list must be a name, found {}", item.kind());
        problems.push(Problem::new(item.origin.clone(), "connectors", message).with_hint(FORMS));
        return None;
    };
    if !matches!(ConnectorRef::parse(text, folder_of(&item.origin)), ConnectorRef::Named(_)) {
        problems.push(
            Problem::new(item.origin.clone(), "connectors", format!("`{text}` needs a name of its own"))
                .with_hint(format!("write the map form: `connectors: {{my-name: \"{text}\"}}`")),
        );
        return None;
    }
    Some((text.to_owned(), item.origin.clone()))
}

fn instance(alias: &str, key: &Origin, node: &Node, problems: &mut Problems) -> Option<RawInstance> {
    let path = format!("connectors.{alias}");
    if let Err(problem) = check_alias(alias, key) {
        problems.push(problem);
    }
    let (component, limits, grants) = match &node.value {
        Value::Text(_) => (node, None, None),
        Value::Map(map) => {
            const KEYS: [&str; 3] = ["component", "limits", "grants"];
            for (name, entry) in map.iter().filter(|(name, _)| !KEYS.contains(&name.as_str())) {
                let mut problem = Problem::new(
                    entry.key.clone(),
                    format!("{path}.{name}"),
                    format!("unknown key `{name}` in `{path}`"),
                );
                problem.hint = suggest(name, &KEYS).map(|hint| {
                    format!("{hint} (settings of the connector go into a stanza `{alias}:` of their own)")
                });
                problems.push(problem);
            }
            let get = |name: &str| map.get(name).map(|entry| entry.node.clone());
            let Some(component) = map.get("component") else {
                problems.push(
                    Problem::new(key.clone(), &path, format!("`{path}` does not say which connector it is"))
                        .with_hint("add `component:` with a name, ./file.wasm or oci://reference"),
                );
                return None;
            };
            (&component.node, get("limits"), get("grants"))
        }
        _ => {
            let message = format!("`{path}` must be a connector or a table, found {}", node.kind());
            let origin = if node.value == Value::Null { key } else { &node.origin };
            problems.push(Problem::new(origin.clone(), &path, message).with_hint(format!(
                "write `{alias}: prometheus` or `{alias}: {{component: prometheus, limits: {{…}}}}`"
            )));
            return None;
        }
    };
    let Some(text) = component.as_text() else {
        let message = format!("`{path}.component` must be text, found {}", component.kind());
        problems.push(
            Problem::new(component.origin.clone(), format!("{path}.component"), message)
                .with_hint("write a name, ./file.wasm or oci://reference"),
        );
        return None;
    };
    // Under a name that is only badly chosen, what else is wrong can be found all the same.
    (!is_reserved(alias)).then(|| RawInstance {
        alias: alias.to_owned(),
        key: key.clone(),
        component: text.to_owned(),
        origin: component.origin.clone(),
        limits,
        grants,
    })
}
