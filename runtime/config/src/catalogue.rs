//! The connectors that the caller knows, as plain data.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

/// What the configuration needs to know of a connector type.
#[derive(Debug, Clone)]
pub struct ConnectorType {
    /// The default name, for instance `prometheus`.
    pub name: String,
    /// ServoX's class name, for instance `PrometheusConnector`.
    pub class: String,
    /// JSON Schema of its settings.
    pub schema: Value,
    /// One sentence.
    pub description: String,
}

/// How a configuration names a connector.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConnectorRef {
    /// A bundled or installed connector by its default name.
    Named(String),
    /// A component file.
    File(PathBuf),
    /// An artifact in a registry, the text after `oci://` included.
    Oci(String),
}

/// What other parts of the program will read, so that mistakes in it are reported with all others.
#[derive(Debug, Clone, Copy)]
pub struct Language {
    /// What is wrong with the expression of an objective, and how it is mended.
    pub expression: fn(&str) -> Option<String>,
    /// What is wrong with one of its conditions.
    pub condition: fn(&str) -> Option<String>,
    /// The events that a connector can be allowed to dispatch.
    pub events: fn() -> Vec<&'static str>,
    /// What is wrong with the places that a rule of `trust` is about.
    pub places: fn(&str) -> Option<String>,
}

/// The connectors that can be configured.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// Without it, what it knows is not checked.
    pub language: Option<Language>,
    named: BTreeMap<String, Arc<ConnectorType>>,
    components: BTreeMap<ConnectorRef, Result<Arc<ConnectorType>, String>>,
}

/// Two connectors of one name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("two connectors are named `{name}`; remove the installed one or give it another name")]
pub struct DuplicateConnector {
    /// The name.
    pub name: String,
}

impl Catalogue {
    /// An empty catalogue.
    pub fn new() -> Self {
        Catalogue::default()
    }

    /// Adds a bundled or installed connector.
    ///
    /// # Errors
    /// When its name is taken; one never shadows the other.
    pub fn insert(&mut self, connector: ConnectorType) -> Result<(), DuplicateConnector> {
        if self.named.contains_key(&connector.name) {
            return Err(DuplicateConnector { name: connector.name });
        }
        self.named.insert(connector.name.clone(), Arc::new(connector));
        Ok(())
    }

    /// Puts a connector in the place of the one of the same name: another version of what is installed is to be run.
    pub fn replace(&mut self, connector: ConnectorType) {
        self.named.insert(connector.name.clone(), Arc::new(connector));
    }

    /// Adds a component that the configuration refers to by file or registry.
    pub fn insert_component(&mut self, reference: ConnectorRef, connector: ConnectorType) {
        self.components.insert(reference, Ok(Arc::new(connector)));
    }

    /// Says why a component cannot be had; the reason is shown where the configuration names it.
    pub fn insert_failure(&mut self, reference: ConnectorRef, reason: impl Into<String>) {
        self.components.insert(reference, Err(reason.into()));
    }

    /// The connector that a reference means.
    ///
    /// # Errors
    /// The reason why there is none.
    pub fn get(&self, reference: &ConnectorRef) -> Result<&Arc<ConnectorType>, String> {
        match reference {
            ConnectorRef::Named(name) => {
                self.named.get(name).ok_or_else(|| format!("there is no connector named `{name}`"))
            }
            ConnectorRef::File(_) | ConnectorRef::Oci(_) => match self.components.get(reference) {
                Some(found) => found.as_ref().map_err(Clone::clone),
                None => Err(format!("the component `{reference}` was not loaded")),
            },
        }
    }

    /// Why an installed connector that is known cannot be used.
    pub(crate) fn failure(&self, reference: &ConnectorRef) -> Option<&str> {
        self.components.get(reference)?.as_ref().err().map(String::as_str)
    }

    /// A bundled or installed connector by default name, class name or dotted path of the class.
    pub fn find(&self, identifier: &str) -> Option<&Arc<ConnectorType>> {
        let class = crate::names::last_part(identifier);
        self.named.get(identifier).or_else(|| self.named.values().find(|known| known.class == class))
    }

    /// The names of the bundled and installed connectors, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.named.keys().map(String::as_str)
    }

    /// The bundled and installed connectors, sorted by name.
    pub fn types(&self) -> impl Iterator<Item = &Arc<ConnectorType>> {
        self.named.values()
    }
}

impl ConnectorRef {
    /// Reads `name`, `./file.wasm` (relative to `folder`) or `oci://…`.
    pub fn parse(text: &str, folder: &Path) -> Self {
        let path = text.starts_with("./") || text.starts_with("../") || text.starts_with('/');
        if text.starts_with("oci://") {
            ConnectorRef::Oci(text.to_owned())
        } else if path || text.ends_with(".wasm") {
            ConnectorRef::File(folder.join(text.strip_prefix("./").unwrap_or(text)))
        } else {
            ConnectorRef::Named(text.to_owned())
        }
    }
}

impl fmt::Display for ConnectorRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConnectorRef::Named(name) => f.write_str(name),
            ConnectorRef::File(path) => write!(f, "{}", path.display()),
            ConnectorRef::Oci(text) => f.write_str(text),
        }
    }
}
