//! Origins and files that the operator typed into settings which the schema marks.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::config::{Connector, Endpoint, EndpointUse, GrantedEndpoint, NamedFile, folder_of};
use crate::names::display_path;
use crate::node::{Node, Value};
use crate::problem::{Problem, Problems};
use crate::schema::{View, children, join, views};

/// Fills `endpoints` and `files` from everything in `settings`. Defaults never get here: only what somebody
/// typed is in the tree.
pub(super) fn collect(schema: &Json, settings: &Node, connector: &mut Connector, problems: &mut Problems) {
    let start = vec![View { pointer: String::new(), schema }];
    let mut walk = Walk { schema, connector, problems };
    walk.visit(settings, start, &mut Vec::new());
}

struct Walk<'a> {
    schema: &'a Json,
    connector: &'a mut Connector,
    problems: &'a mut Problems,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, node: &Node, described: Vec<View<'a>>, path: &mut Vec<String>) {
        if described.is_empty() {
            return;
        }
        match &node.value {
            Value::Text(text) => self.text(node, text, described, path),
            Value::Map(map) => {
                for (key, entry) in map {
                    self.child(&entry.node, &described, key, path);
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.child(item, &described, &index.to_string(), path);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn child(&mut self, node: &Node, described: &[View<'a>], step: &str, path: &mut Vec<String>) {
        let mut seen = BTreeSet::new();
        let below: Vec<View<'a>> = described
            .iter()
            .flat_map(|view| children(self.schema, view.clone(), step))
            .filter(|view| seen.insert(view.pointer.clone()))
            .collect();
        path.push(step.to_owned());
        self.visit(node, below, path);
        path.pop();
    }

    fn text(&mut self, node: &Node, text: &str, described: Vec<View<'a>>, path: &[String]) {
        let all: Vec<&Json> =
            described.into_iter().flat_map(|view| views(self.schema, view)).map(|view| view.schema).collect();
        let word = |key: &str| all.iter().find_map(|schema| schema.get(key).and_then(Json::as_str));
        let shown = || {
            let steps = path.iter().map(String::as_str);
            display_path(std::iter::once(self.connector.alias.as_str()).chain(steps))
        };
        let use_for = match word("x-servo-grant") {
            Some("http") => Some(EndpointUse::Http),
            Some("load") => Some(EndpointUse::Load),
            _ => None,
        };
        if let Some(use_for) = use_for {
            let shown = shown();
            let is_url = word("format") == Some("uri");
            for url in urls(text, is_url) {
                match Endpoint::of_url(url) {
                    Ok(endpoint) => self.connector.endpoints.push(GrantedEndpoint {
                        endpoint,
                        use_for,
                        path: shown.clone(),
                        origin: node.origin.clone(),
                    }),
                    Err(error) => self.problems.push(
                        Problem::new(node.origin.clone(), shown.clone(), format!("`{shown}`: {error}"))
                            .with_hint("write for example http://localhost:8080/path"),
                    ),
                }
            }
        }
        if all.iter().any(|schema| schema.get("x-servo-file") == Some(&Json::Bool(true))) {
            let steps: Vec<&str> = path.iter().map(String::as_str).collect();
            self.connector.files.push(NamedFile {
                file: folder_of(&node.origin).join(text),
                pointer: join("", &steps),
                origin: node.origin.clone(),
            });
        }
    }
}

/// The whole text when it is a URL, else every word of it that is one (`GET http://app/ …`).
fn urls(text: &str, is_url: bool) -> Vec<&str> {
    if is_url {
        return vec![text.trim()];
    }
    text.split_whitespace()
        .filter(|word| word.starts_with("http://") || word.starts_with("https://"))
        .collect()
}
