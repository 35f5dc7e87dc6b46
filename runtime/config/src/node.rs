//! A configuration value that remembers where it was written.

use std::fmt;

use indexmap::IndexMap;
use serde_json::{Number, Value as Json};

use crate::origin::Origin;

/// A value with its origin.
#[derive(Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it was written.
    pub origin: Origin,
}

/// What YAML and JSON can express.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer or a decimal number.
    Number(Number),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// Keys and values in the order of the file.
    Map(Map),
}

/// Keys and values in the order of the file.
pub type Map = IndexMap<String, Entry>;

/// A value in a map and where its key was written.
#[derive(Clone, PartialEq)]
pub struct Entry {
    /// Where the key was written.
    pub key: Origin,
    /// The value.
    pub node: Node,
}

impl Node {
    /// A value at a place.
    pub fn new(value: Value, origin: Origin) -> Self {
        Node { value, origin }
    }

    /// A tree whose every value has the same origin.
    pub fn from_json(json: Json, origin: &Origin) -> Self {
        let value = match json {
            Json::Null => Value::Null,
            Json::Bool(flag) => Value::Bool(flag),
            Json::Number(number) => Value::Number(number),
            Json::String(text) => Value::Text(text),
            Json::Array(items) => {
                Value::List(items.into_iter().map(|item| Node::from_json(item, origin)).collect())
            }
            Json::Object(object) => Value::Map(
                object
                    .into_iter()
                    .map(|(key, item)| {
                        (key, Entry { key: origin.clone(), node: Node::from_json(item, origin) })
                    })
                    .collect(),
            ),
        };
        Node::new(value, origin.clone())
    }

    /// The value without its places.
    pub fn to_json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(flag) => Json::Bool(*flag),
            Value::Number(number) => Json::Number(number.clone()),
            Value::Text(text) => Json::String(text.clone()),
            Value::List(items) => Json::Array(items.iter().map(Node::to_json).collect()),
            Value::Map(map) => {
                Json::Object(map.iter().map(|(key, entry)| (key.clone(), entry.node.to_json())).collect())
            }
        }
    }

    /// The map, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What kind of value it is, for messages.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    /// The value at a path of keys and indices.
    pub fn get<'a>(&self, path: impl IntoIterator<Item = &'a str>) -> Option<&Node> {
        path.into_iter().try_fold(self, |node, step| match &node.value {
            Value::Map(map) => map.get(step).map(|entry| &entry.node),
            Value::List(items) => step.parse::<usize>().ok().and_then(|index| items.get(index)),
            _ => None,
        })
    }

    /// The entry (key and value) at a path that ends with a key.
    pub fn entry(&self, path: &[&str]) -> Option<&Entry> {
        let (last, parents) = path.split_last()?;
        self.get(parents.iter().copied())?.as_map()?.get(*last)
    }

    /// Puts `other` over this value: maps are merged key by key, anything else is replaced.
    pub fn merge(&mut self, other: Node) {
        match (&mut self.value, other.value) {
            (Value::Map(mine), Value::Map(theirs)) => {
                for (key, entry) in theirs {
                    match mine.get_mut(&key) {
                        Some(known) => known.node.merge(entry.node),
                        None => {
                            mine.insert(key, entry);
                        }
                    }
                }
            }
            (_, value) => *self = Node::new(value, other.origin),
        }
    }

    /// Puts `node` at a path of keys; what is not a map on the way becomes one.
    pub fn set(&mut self, path: &[String], node: Node) {
        let Some((first, rest)) = path.split_first() else {
            self.merge(node);
            return;
        };
        if !matches!(self.value, Value::Map(_)) {
            *self = Node::new(Value::Map(Map::new()), node.origin.clone());
        }
        if let Value::Map(map) = &mut self.value {
            let origin = node.origin.clone();
            map.entry(first.clone())
                .or_insert_with(|| Entry { key: origin.clone(), node: Node::new(Value::Null, origin) })
                .node
                .set(rest, node);
        }
    }
}

impl fmt::Debug for Node {
    /// Kind and place only: the value may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({} at {})", self.kind(), self.origin)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value(..)")
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({:?})", self.node)
    }
}

#[cfg(test)]
mod tests;
