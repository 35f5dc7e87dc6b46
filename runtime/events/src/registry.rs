//! The registered handlers, as an immutable snapshot that a dispatch keeps for its whole life.
//!
//! A handler that is replaced in the middle of a call therefore lives until the call has ended.

use std::sync::Arc;

use crate::{Event, Events, Handler, Hook, Moment};

/// What a handler said about itself when it was registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Its alias.
    pub name: Arc<str>,
    /// The events that it answers.
    pub on: Events,
    /// The events before which it is called.
    pub before: Events,
    /// The events after which it is called.
    pub after: Events,
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
        Ok(Self {
            name: handler.name().into(),
            on: Event::ALL.into_iter().filter(|event| handler.handles(*event)).collect(),
            before: hooked(Moment::Before),
            after: hooked(Moment::After),
        })
    }
}

impl Snapshot {
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.entries.iter().position(|entry| *entry.registration.name == *name)
    }
}
