//! The lines of a journal.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::decide::Outcome;
use crate::options::Options;
use crate::space::{Settings, Space};
use crate::trial::{TrialResult, Why};

/// What a run is about; its first line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// With the values found when the run began: the baseline.
    pub space: Space,
    /// The objective with its constraints, as text.
    pub objective: String,
    pub options: Options,
    /// Units of the names that the objective may use, where the run must be understood without its connectors.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub units: BTreeMap<String, String>,
    /// Tells this run from others over the same settings; empty where nothing outside the process names it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub run: String,
}

/// What differs between two headers so that a history does not carry over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    Objective {
        recorded: String,
        wanted: String,
    },
    /// `component.setting` names whose domain, presence or pinned value differ.
    Settings(Vec<String>),
}

impl Header {
    /// A run that nothing outside the process names.
    pub fn new(space: Space, objective: String, options: Options) -> Self {
        Self { space, objective, options, units: BTreeMap::new(), run: String::new() }
    }

    /// The difference that forbids to continue the run of `self` as `wanted`. Options may change: a larger
    /// budget prolongs a run.
    pub(crate) fn changed(&self, wanted: &Header) -> Option<Changed> {
        if self.objective != wanted.objective {
            let (recorded, wanted) = (self.objective.clone(), wanted.objective.clone());
            return Some(Changed::Objective { recorded, wanted });
        }
        if self.space.fingerprint() == wanted.space.fingerprint() {
            return None;
        }
        let (old, new) = (self.space.settings(), wanted.space.settings());
        let same = |a: &crate::space::Setting, b: &crate::space::Setting| {
            let pins = !a.pinned || a.value.same(&b.value);
            a.id() == b.id() && a.domain == b.domain && a.pinned == b.pinned && pins
        };
        let gone = old.iter().filter(|a| !new.iter().any(|b| same(a, b)));
        let added = new.iter().filter(|b| !old.iter().any(|a| same(a, b)));
        let mut names: Vec<String> = gone.chain(added).map(crate::space::Setting::id).collect();
        names.sort();
        names.dedup();
        Some(Changed::Settings(names))
    }
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Changed::Objective { recorded, wanted } => {
                write!(f, "its objective is \"{recorded}\" and now it is \"{wanted}\"")
            }
            Changed::Settings(names) if names.is_empty() => f.write_str("the order of the settings changed"),
            Changed::Settings(names) => write!(f, "the definition of {} changed", names.join(", ")),
        }
    }
}

/// One line. Trials count from 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub(crate) enum Record {
    Header(Box<Header>),
    Planned { trial: usize, settings: Settings, why: Why },
    AdjustSent { trial: usize },
    Adjusted { trial: usize },
    Result { trial: usize, result: TrialResult },
    Finishing { apply: Settings, outcome: Outcome },
    Finished,
}
