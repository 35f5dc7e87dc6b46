//! Events, sets of them, and the hooks around them.

use std::fmt;

use crate::CustomEvent;

/// An event. The set of standard ones is closed: a connector handles those whose interface it exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// The servo starts.
    Startup,
    /// The servo ends.
    Shutdown,
    /// What can be measured?
    Metrics,
    /// What can be changed?
    Components,
    /// What is the state of the application?
    Describe,
    /// Is the servo fit to work?
    Check,
    /// Measure.
    Measure,
    /// Change settings.
    Adjust,
    /// Make the present settings those of the whole application.
    Promote,
    /// A person runs a command that a connector brings. Only servo does that, and it has no hooks.
    Command,
    /// One that a connector defines.
    Custom(CustomEvent),
}

impl Event {
    /// The standard events, in the order of a servo's life.
    pub const ALL: [Self; 9] = [
        Self::Startup,
        Self::Shutdown,
        Self::Metrics,
        Self::Components,
        Self::Describe,
        Self::Check,
        Self::Measure,
        Self::Adjust,
        Self::Promote,
    ];

    /// The name in the contract, for example `measure`.
    pub fn name(&self) -> &str {
        match self {
            Self::Startup => "startup",
            Self::Shutdown => "shutdown",
            Self::Metrics => "metrics",
            Self::Components => "components",
            Self::Describe => "describe",
            Self::Check => "check",
            Self::Measure => "measure",
            Self::Adjust => "adjust",
            Self::Promote => "promote",
            Self::Command => "command",
            Self::Custom(event) => event.name(),
        }
    }

    /// The standard event of this name.
    pub fn standard(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }

    /// The event of this name: a standard one, or one that a connector could define.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::standard(name).or_else(|| CustomEvent::new(name).map(Self::Custom))
    }

    /// Whether connectors may dispatch it and hook into it: all but startup and shutdown, which belong to the
    /// servo, and commands.
    pub fn is_shared(&self) -> bool {
        !matches!(self, Self::Startup | Self::Shutdown | Self::Command)
    }

    /// Its bit in a set; custom events have none.
    fn bit(self) -> Option<u16> {
        Some(match self {
            Self::Startup => 1,
            Self::Shutdown => 1 << 1,
            Self::Metrics => 1 << 2,
            Self::Components => 1 << 3,
            Self::Describe => 1 << 4,
            Self::Check => 1 << 5,
            Self::Measure => 1 << 6,
            Self::Adjust => 1 << 7,
            Self::Promote => 1 << 8,
            Self::Command => 1 << 9,
            Self::Custom(_) => return None,
        })
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    standard: u16,
    custom: Vec<CustomEvent>,
}

impl Events {
    /// Adds an event.
    pub fn insert(&mut self, event: Event) {
        match event {
            Event::Custom(custom) if !self.custom.contains(&custom) => self.custom.push(custom),
            event => self.standard |= event.bit().unwrap_or(0),
        }
    }

    /// Whether the event is in the set.
    pub fn contains(&self, event: Event) -> bool {
        match event {
            Event::Custom(custom) => self.custom.contains(&custom),
            event => event.bit().is_some_and(|bit| self.standard & bit != 0),
        }
    }

    /// The events of the set: standard ones in the order of [`Event::ALL`], then custom ones.
    pub fn iter(&self) -> impl Iterator<Item = Event> {
        let standard = Event::ALL.into_iter().filter(|event| self.contains(*event));
        standard.chain(self.custom.iter().copied().map(Event::Custom))
    }
}

impl FromIterator<Event> for Events {
    fn from_iter<I: IntoIterator<Item = Event>>(events: I) -> Self {
        let mut set = Self::default();
        events.into_iter().for_each(|event| set.insert(event));
        set
    }
}

/// When a hook is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Moment {
    /// Before the event, with its arguments; can cancel it.
    Before,
    /// After the event, with its outcomes.
    After,
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "before",
            Self::After => "after",
        })
    }
}

/// A wish to be called around an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hook {
    /// Around which event.
    pub event: Event,
    /// On which side.
    pub moment: Moment,
}
