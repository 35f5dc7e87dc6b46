//! Origins and files that the operator typed into settings which the schema marks.

use crate::config::{Connector, Endpoint, GrantedEndpoint, NamedFile, folder_of};
use crate::names::display_path;
use crate::node::{Node, Value};
use crate::problem::{Problem, Problems};
use crate::schema::join;
use crate::schema::marks::{Mark, Step};

/// Fills `endpoints` and `files` from the marked settings. Defaults never get here: only what somebody typed
/// is in the tree.
pub(super) fn collect(marks: &[Mark], settings: &Node, connector: &mut Connector, problems: &mut Problems) {
    for mark in marks {
        visit(mark, &mark.path, settings, &mut Vec::new(), connector, problems);
    }
}

fn visit<'a>(
    mark: &'a Mark,
    steps: &'a [Step],
    node: &'a Node,
    path: &mut Vec<String>,
    connector: &mut Connector,
    problems: &mut Problems,
) {
    let Some((step, rest)) = steps.split_first() else {
        return text(mark, node, path, connector, problems);
    };
    let mut child = |name: &str, node: &'a Node| {
        path.push(name.to_owned());
        visit(mark, rest, node, path, connector, problems);
        path.pop();
    };
    match (step, &node.value) {
        (Step::Key(key), Value::Map(map)) => {
            if let Some(entry) = map.get(key) {
                child(key, &entry.node);
            }
        }
        (Step::Others(own), Value::Map(map)) => {
            for (key, entry) in map.iter().filter(|(key, _)| !own.contains(key)) {
                child(key, &entry.node);
            }
        }
        (Step::Items, Value::List(items)) => {
            for (index, item) in items.iter().enumerate() {
                child(&index.to_string(), item);
            }
        }
        _ => {}
    }
}

fn text(mark: &Mark, node: &Node, path: &[String], connector: &mut Connector, problems: &mut Problems) {
    let Some(text) = node.as_text() else { return };
    if let Some(use_for) = mark.grant {
        let steps = path.iter().map(String::as_str);
        let shown = display_path(std::iter::once(connector.alias.as_str()).chain(steps));
        for url in urls(text, mark.is_url) {
            match Endpoint::of_url(url) {
                Ok(endpoint) => connector.endpoints.push(GrantedEndpoint {
                    endpoint,
                    use_for,
                    path: shown.clone(),
                    origin: node.origin.clone(),
                }),
                Err(error) => problems.push(
                    Problem::new(node.origin.clone(), shown.clone(), format!("`{shown}`: {error}"))
                        .with_hint("write for example http://localhost:8080/path"),
                ),
            }
        }
    }
    if mark.is_file {
        let steps: Vec<&str> = path.iter().map(String::as_str).collect();
        connector.files.push(NamedFile {
            file: folder_of(&node.origin).join(text),
            pointer: join("", &steps),
            origin: node.origin.clone(),
        });
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
