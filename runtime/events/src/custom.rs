//! Events that connectors define: their names, their definitions, and what a bus knows of them.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::nearest::nearest;
use crate::registry::Entry;
use crate::{Event, RegisterError};

/// Bytes of a name.
const NAME_MAX: usize = 47;

/// The name of an event that a connector defines. As small as a few words, so that an [`Event`] is copied and not
/// counted.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CustomEvent {
    length: u8,
    bytes: [u8; NAME_MAX],
}

/// What an event is that a connector defines.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// Its name.
    pub event: CustomEvent,
    /// The component that defines it. Aliases of one component share their definitions.
    pub owner: Arc<str>,
    /// One line for people.
    pub description: String,
    /// JSON Schema of the arguments.
    pub parameters: Value,
    /// JSON Schema of what a handler returns.
    pub returns: Value,
}

/// Checks values against one schema; the error says what is wrong.
pub type Checker = Arc<dyn Fn(&Value) -> Result<(), String> + Send + Sync>;

/// Makes the checker of a schema; the error says what is wrong with the schema.
pub type Compile = fn(&Value) -> Result<Checker, String>;

/// A definition in force.
#[derive(Clone)]
pub(crate) struct Defined {
    pub(crate) definition: Definition,
    /// The first alias that defines it.
    pub(crate) by: Arc<str>,
    pub(crate) parameters: Option<Checker>,
    pub(crate) returns: Option<Checker>,
}

/// All definitions in force.
#[derive(Clone, Debug, Default)]
pub(crate) struct Defines(BTreeMap<CustomEvent, Arc<Defined>>);

impl CustomEvent {
    /// The event of this name; none when it cannot be one, or is that of a standard event.
    pub fn new(name: &str) -> Option<Self> {
        let letter = |byte: &u8| byte.is_ascii_lowercase();
        let follows = |byte: &u8| letter(byte) || byte.is_ascii_digit() || b"-_.".contains(byte);
        let valid = name.as_bytes().first().is_some_and(letter) && name.as_bytes().iter().all(follows);
        if !valid || name.len() > NAME_MAX || Event::standard(name).is_some() {
            return None;
        }
        let mut bytes = [0; NAME_MAX];
        bytes[..name.len()].copy_from_slice(name.as_bytes());
        Some(Self { length: u8::try_from(name.len()).ok()?, bytes })
    }

    /// The name.
    pub fn name(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl Defines {
    /// The definitions of these handlers. Those that were compiled for `before` are not compiled again.
    ///
    /// # Errors
    /// When two components define one event, when one defines it in two ways, or a schema is none.
    pub(crate) fn of(
        entries: &[Entry],
        before: &Self,
        compile: Option<Compile>,
    ) -> Result<Self, RegisterError> {
        let mut all = Self::default();
        for Entry { registration, .. } in entries {
            for definition in &registration.defines {
                let event = definition.event;
                if let Some(first) = all.0.get(&event) {
                    agree(first, &registration.name, definition)?;
                    continue;
                }
                let known = before.0.get(&event).filter(|known| known.definition == *definition);
                let defined = match known {
                    Some(known) => Defined { by: Arc::clone(&registration.name), ..Defined::clone(known) },
                    None => Defined::new(definition, &registration.name, compile)?,
                };
                all.0.insert(event, Arc::new(defined));
            }
        }
        Ok(all)
    }

    pub(crate) fn get(&self, event: CustomEvent) -> Option<&Arc<Defined>> {
        self.0.get(&event)
    }

    /// In the order of their names.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Defined>> {
        self.0.values()
    }

    /// The event, standard ones included, that somebody probably meant.
    pub(crate) fn nearest(&self, name: &str) -> Option<String> {
        let standard = Event::ALL.iter().filter(|event| event.is_shared()).map(Event::name);
        nearest(name, standard.chain(self.0.keys().map(CustomEvent::name))).map(str::to_owned)
    }
}

impl Defined {
    fn new(definition: &Definition, by: &Arc<str>, compile: Option<Compile>) -> Result<Self, RegisterError> {
        let checker = |which: &'static str, schema: &Value| {
            compile.map(|compile| compile(schema)).transpose().map_err(|problem| RegisterError::Schema {
                connector: by.to_string(),
                event: definition.event,
                which,
                problem,
            })
        };
        Ok(Self {
            by: Arc::clone(by),
            parameters: checker("parameters", &definition.parameters)?,
            returns: checker("returns", &definition.returns)?,
            definition: definition.clone(),
        })
    }
}

/// Whether a second definition says the same as the first.
fn agree(first: &Defined, connector: &Arc<str>, second: &Definition) -> Result<(), RegisterError> {
    let (event, by, connector) = (second.event, Arc::clone(&first.by), Arc::clone(connector));
    let first = &first.definition;
    if first.owner != second.owner {
        let (owner, other) = (Arc::clone(&first.owner), Arc::clone(&second.owner));
        return Err(RegisterError::DefinedTwice { event, first: by, owner, connector, other });
    }
    if (&first.parameters, &first.returns) != (&second.parameters, &second.returns) {
        return Err(RegisterError::DefinedOtherwise { event, first: by, connector });
    }
    Ok(())
}

impl Ord for CustomEvent {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name().cmp(other.name())
    }
}

impl PartialOrd for CustomEvent {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for CustomEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.name(), f)
    }
}

impl fmt::Display for CustomEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Defined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Defined").field("definition", &self.definition).field("by", &self.by).finish()
    }
}

#[cfg(test)]
mod tests;
