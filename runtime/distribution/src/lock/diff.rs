//! What changed between two lock files.

use std::collections::BTreeMap;

use super::LockEntry;
use crate::digest::Digest;
use crate::reference::Reference;

/// What changed about one reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The reference.
    pub reference: Reference,
    /// What changed.
    pub change: Change,
}

/// How an entry changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added(LockEntry),
    /// It is gone.
    Removed(LockEntry),
    /// It stands for something else now, or more is known of it.
    Moved {
        /// What it was.
        from: Box<LockEntry>,
        /// What it is.
        to: Box<LockEntry>,
    },
}

impl Change {
    /// Imports that were not there before: grants that it newly wants.
    pub fn new_imports(&self) -> Vec<&str> {
        match self {
            Self::Added(entry) => entry.imports.iter().map(String::as_str).collect(),
            Self::Removed(_) => Vec::new(),
            Self::Moved { from, to } => only_in(&to.imports, &from.imports).map(String::as_str).collect(),
        }
    }

    /// Imports that are there no more: grants that can be taken back.
    pub fn dropped_imports(&self) -> Vec<&str> {
        match self {
            Self::Added(_) => Vec::new(),
            Self::Removed(entry) => entry.imports.iter().map(String::as_str).collect(),
            Self::Moved { from, to } => only_in(&from.imports, &to.imports).map(String::as_str).collect(),
        }
    }

    /// Keys that signed before and do not sign any more: worth a look.
    pub fn lost_signers(&self) -> Vec<Digest> {
        match self {
            Self::Moved { from, to } => only_in(&from.signed_by, &to.signed_by).copied().collect(),
            Self::Added(_) | Self::Removed(_) => Vec::new(),
        }
    }

    /// Whether its settings schema is another one.
    pub fn schema_changed(&self) -> bool {
        matches!(self, Self::Moved { from, to } if from.schema != to.schema)
    }
}

pub(super) fn between(
    from: &BTreeMap<Reference, LockEntry>,
    to: &BTreeMap<Reference, LockEntry>,
) -> Vec<Difference> {
    let gone = from.iter().filter(|(reference, _)| !to.contains_key(reference));
    let gone = gone.map(|(reference, entry)| (reference, Change::Removed(entry.clone())));
    let there = to.iter().filter_map(|(reference, entry)| match from.get(reference) {
        None => Some((reference, Change::Added(entry.clone()))),
        Some(before) if before == entry => None,
        Some(before) => {
            let (from, to) = (Box::new(before.clone()), Box::new(entry.clone()));
            Some((reference, Change::Moved { from, to }))
        }
    });
    let mut all: Vec<Difference> = gone
        .chain(there)
        .map(|(reference, change)| Difference { reference: reference.clone(), change })
        .collect();
    all.sort_by(|a, b| a.reference.cmp(&b.reference));
    all
}

fn only_in<'a, T: PartialEq>(these: &'a [T], those: &'a [T]) -> impl Iterator<Item = &'a T> {
    these.iter().filter(|one| !those.contains(one))
}
