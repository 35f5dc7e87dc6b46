//! The configuration as it was written: one document per servo, split into servo's own keys and stanzas.

mod connectors;

use std::sync::Arc;

use crate::names::{LATER_KEYS, OWN_KEYS};
use crate::node::{Map, Node, Value};
use crate::origin::{Origin, Place, Span};
use crate::problem::{Problem, Problems};
use crate::source::Source;

pub(crate) use connectors::parse_connectors;
pub use connectors::{RawConnectors, RawInstance};

/// One document before its connectors are known.
#[derive(Debug, Clone)]
pub struct RawServo {
    /// The file it is written in.
    pub source: Arc<Source>,
    /// Servo's own keys, `.env`, environment and flags already over the file.
    pub own: Node,
    /// Everything else, by key, in the order of the file.
    pub stanzas: Map,
    /// What `connectors` says.
    pub connectors: RawConnectors,
}

impl RawServo {
    /// Splits a document.
    pub(crate) fn split(document: Node, source: &Arc<Source>, problems: &mut Problems) -> Self {
        let origin = document.origin.clone();
        let mut own = Map::new();
        let mut stanzas = Map::new();
        match document.value {
            Value::Null => {}
            Value::Map(map) => {
                for (key, entry) in map {
                    if LATER_KEYS.contains(&key.as_str()) {
                        problems.push(
                            Problem::new(
                                entry.key,
                                &key,
                                format!("`{key}` is not available in this version of servo"),
                            )
                            .with_hint("remove the stanza; it comes with a later version"),
                        );
                    } else if OWN_KEYS.contains(&key.as_str()) {
                        own.insert(key, entry);
                    } else {
                        stanzas.insert(key, entry);
                    }
                }
            }
            _ => problems.push(
                Problem::new(
                    origin.clone(),
                    "",
                    format!("the document is {}, not a map", kind_of(&document.value)),
                )
                .with_hint("write `key: value` lines, for example `connectors: [prometheus]`"),
            ),
        }
        let own = Node::new(Value::Map(own), origin);
        RawServo { source: Arc::clone(source), own, stanzas, connectors: RawConnectors::Absent }
    }

    /// The place of the whole document, for what is missing in it.
    pub(crate) fn start(&self) -> Origin {
        let first = self.own.as_map().into_iter().flatten().chain(&self.stanzas).map(|(_, entry)| &entry.key);
        let in_file =
            first.filter(|origin| matches!(origin, Origin::File(_))).min_by_key(|origin| origin.position());
        in_file.cloned().unwrap_or_else(|| {
            let span = Span { line: 1, column: 1, ..Span::default() };
            Origin::File(Place { source: Arc::clone(&self.source), span })
        })
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::Text(_) => "text",
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
    }
}
