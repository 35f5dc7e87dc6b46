//! The registered handlers, as an immutable snapshot that a dispatch keeps for its whole life.
//!
//! A handler that is replaced in the middle of a call therefore lives until the call has ended.

use std::sync::Arc;

use crate::custom::Defines;
use crate::nearest::hint;
use crate::{CustomEvent, Definition, Event, Events, Handler, Hook, Moment};

/// What a handler said about itself when it was registered.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    /// Its alias.
    pub name: Arc<str>,
    /// The events that it answers.
    pub on: Events,
    /// The events before which it is called.
    pub before: Events,
    /// The events after which it is called.
    pub after: Events,
    /// The events that it defines.
    pub defines: Vec<Definition>,
}

/// Why a handler was not registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// The name is taken.
    #[error("a connector named `{0}` is already registered; give the second one an alias of its own")]
    Duplicate(String),
    /// There is nothing to replace.
    #[error("no connector named `{0}` is registered; register it first")]
    Unknown(String),
    /// The event has no hooks.
    #[error(
        "connector `{connector}` asks for a hook {moment} {event}, which belongs to the servo and has no hooks"
    )]
    Hook {
        /// The handler.
        connector: String,
        /// The side it wants.
        moment: Moment,
        /// The event it wants.
        event: Event,
    },
    /// Two components define one event.
    #[error(
        "the event `{event}` is defined by `{first}` (component `{owner}`) and by `{connector}` (component `{other}`); \
         leave one of them out, or have its author rename the event"
    )]
    DefinedTwice {
        /// The event.
        event: CustomEvent,
        /// The alias that came first.
        first: Arc<str>,
        /// Its component.
        owner: Arc<str>,
        /// The alias that came second.
        connector: Arc<str>,
        /// Its component.
        other: Arc<str>,
    },
    /// Two aliases of one component define one event differently.
    #[error(
        "`{first}` and `{connector}` define the event `{event}` differently, though they are the same component; give \
         them settings with which they define it alike"
    )]
    DefinedOtherwise {
        /// The event.
        event: CustomEvent,
        /// The alias that came first.
        first: Arc<str>,
        /// The alias that came second.
        connector: Arc<str>,
    },
    /// A schema of a definition cannot be used.
    #[error(
        "`{connector}` defines the event `{event}` with `{which}` that are no usable JSON Schema: {problem}"
    )]
    Schema {
        /// Who defines it.
        connector: String,
        /// The event.
        event: CustomEvent,
        /// `parameters` or `returns`.
        which: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// Nobody defines an event.
    #[error(
        "`{connector}` {does} `{event}`, which no connector defines{}",
        otherwise(nearest.as_deref())
    )]
    Undefined {
        /// The handler.
        connector: String,
        /// `handles the event`, for example.
        does: &'static str,
        /// The event.
        event: CustomEvent,
        /// An event with a similar name.
        nearest: Option<String>,
    },
}

/// A handler with what it said about itself.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) registration: Registration,
    pub(crate) handler: Arc<dyn Handler>,
    /// Unique among all registrations of a bus, past ones included.
    pub(crate) node: u64,
}

/// All handlers, in the order of registration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) entries: Vec<Entry>,
    pub(crate) defines: Defines,
}

impl Registration {
    pub(crate) fn of(handler: &dyn Handler) -> Result<Self, RegisterError> {
        let hooks = handler.hooks();
        if let Some(Hook { event, moment }) = hooks.iter().find(|hook| !hook.event.is_shared()) {
            return Err(RegisterError::Hook {
                connector: handler.name().to_owned(),
                moment: *moment,
                event: *event,
            });
        }
        let hooked =
            |moment| hooks.iter().filter(|hook| hook.moment == moment).map(|hook| hook.event).collect();
        let plain = Event::ALL.into_iter().chain([Event::Command]).filter(|event| handler.handles(*event));
        let custom = handler.handled().iter().copied().map(Event::Custom);
        Ok(Self {
            name: handler.name().into(),
            on: plain.chain(custom).collect(),
            before: hooked(Moment::Before),
            after: hooked(Moment::After),
            defines: handler.defines().to_vec(),
        })
    }
}

/// What helps against an event that nobody defines.
fn otherwise(nearest: Option<&str>) -> String {
    match nearest {
        Some(_) => hint(nearest),
        None => "; activate the connector that defines it".to_owned(),
    }
}

impl Snapshot {
    /// Whether every custom event that is handled or hooked is defined.
    pub(crate) fn complete(&self) -> Result<(), RegisterError> {
        for Entry { registration: Registration { name, on, before, after, .. }, .. } in &self.entries {
            let lists =
                [("handles the event", on), ("has a hook before", before), ("has a hook after", after)];
            for (does, events) in lists {
                for event in events.iter() {
                    let Event::Custom(event) = event else { continue };
                    if self.defines.get(event).is_none() {
                        let nearest = self.defines.nearest(event.name());
                        return Err(RegisterError::Undefined {
                            connector: name.to_string(),
                            does,
                            event,
                            nearest,
                        });
                    }
                }
            }
        }
        Ok(())
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.entries.iter().position(|entry| *entry.registration.name == *name)
    }
}
