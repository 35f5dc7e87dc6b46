//! The standard events, sets of them, and the hooks around them.

use std::fmt;

/// A standard event. The set is closed: a connector handles those whose interface it exports.
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
}

impl Event {
    /// All events, in the order of a servo's life.
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
    pub fn name(self) -> &'static str {
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
        }
    }

    /// The event of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }

    /// Whether connectors may dispatch it and hook into it: all but startup and shutdown, which belong to the
    /// servo.
    pub fn is_shared(self) -> bool {
        !matches!(self, Self::Startup | Self::Shutdown)
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Events(u16);

impl Events {
    /// Adds an event.
    pub fn insert(&mut self, event: Event) {
        self.0 |= 1 << event as u16;
    }

    /// Whether the event is in the set.
    pub fn contains(self, event: Event) -> bool {
        self.0 & (1 << event as u16) != 0
    }

    /// The events of the set, in the order of [`Event::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Event> {
        Event::ALL.into_iter().filter(move |event| self.contains(*event))
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
