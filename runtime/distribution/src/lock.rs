//! `servo.lock`: which artifact each reference in `servo.yaml` was when somebody looked.
//!
//! Pure: texts and entries come in and go out. The file is YAML, sorted by reference, and made to be read and changed
//! by people and by tools that merge lines.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::digest::Digest;
use crate::reference::{Reference, ReferenceError};

/// The version of the form.
const VERSION: u64 = 1;
/// The largest file, in bytes.
pub const LOCK_BYTES_MAX: usize = 4 << 20;
/// The most entries.
pub const LOCK_ENTRIES_MAX: usize = 10_000;
/// The first line of a file.
const HEAD: &str = "# Written by `servo lock`; keep it beside servo.yaml and under version control.\n";

/// What each reference stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    entries: BTreeMap<Reference, LockEntry>,
}

/// What one reference stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockEntry {
    /// The reference as it stands in `servo.yaml`.
    pub reference: Reference,
    /// The digest of the index that the reference names, when it does not name the manifest itself.
    pub index: Option<Digest>,
    /// The digest of the manifest of the component.
    pub manifest: Digest,
    /// The digest of the component.
    pub component: Digest,
    /// The size of the component, in bytes.
    pub size: u64,
    /// The version of the contract that the component speaks, for example `0.1.0`.
    pub contract: Option<String>,
    /// What the component imports, and so the grants it may want.
    pub imports: Vec<String>,
    /// The digest of its settings schema.
    pub schema: Option<Digest>,
    /// The ids of the keys that signed it when it was locked.
    pub signed_by: Vec<Digest>,
}

/// A text is no lock file.
#[derive(Debug, Error)]
pub enum LockError {
    /// Larger than any lock file.
    #[error("it is larger than {LOCK_BYTES_MAX} bytes; `servo lock` writes it anew")]
    TooLarge,
    /// No YAML, or not of this form.
    #[error("{0}; mend it, or write it anew with `servo lock`")]
    Form(String),
    /// Of a later version of servo.
    #[error(
        "it has the version {0}, and this servo reads version {VERSION}; use the servo that wrote it, or write it \
         anew with `servo lock`"
    )]
    Version(u64),
    /// More entries than allowed.
    #[error("it has more than {LOCK_ENTRIES_MAX} entries; `servo lock` writes one for each reference")]
    TooMany,
    /// A reference that is none.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// An entry for what is not run.
    #[error("`{0}` has neither tag nor digest, so that no servo.yaml can name it; remove the entry")]
    Unnamed(String),
    /// Two answers to one question.
    #[error("`{0}` has two entries; remove one, or write it anew with `servo lock`")]
    Twice(String),
    /// The reference and its entry contradict each other.
    #[error(
        "`{reference}` is locked to {manifest}, another digest than its own; write it anew with `servo lock`"
    )]
    Contradiction {
        /// The reference.
        reference: String,
        /// What the entry says.
        manifest: Digest,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLock {
    version: u64,
    #[serde(default)]
    components: Vec<RawEntry>,
}

/// The version alone: what else stands in a file of a later one is not known.
#[derive(Deserialize)]
struct OnlyVersion {
    version: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    reference: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    index: Option<Digest>,
    manifest: Digest,
    component: Digest,
    size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contract: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    imports: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    schema: Option<Digest>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    signed_by: Vec<Digest>,
}

impl Lock {
    /// Reads a file.
    ///
    /// # Errors
    /// The text is no lock file of this version; see [`LockError`].
    pub fn parse(text: &str) -> Result<Self, LockError> {
        if text.len() > LOCK_BYTES_MAX {
            return Err(LockError::TooLarge);
        }
        let form = |error: serde_yaml::Error| LockError::Form(first_line(&error.to_string()));
        let OnlyVersion { version } = serde_yaml::from_str(text).map_err(form)?;
        if version != VERSION {
            return Err(LockError::Version(version));
        }
        let raw: RawLock = serde_yaml::from_str(text).map_err(form)?;
        let mut lock = Self::default();
        for raw in raw.components {
            let entry = raw.entry()?;
            if lock.entries.len() == LOCK_ENTRIES_MAX {
                return Err(LockError::TooMany);
            }
            if let Some(twice) = lock.insert(entry) {
                return Err(LockError::Twice(twice.reference.to_string()));
            }
        }
        Ok(lock)
    }

    /// The file: the same bytes for the same entries.
    ///
    /// # Errors
    /// A text in an entry cannot be written as YAML.
    pub fn to_yaml(&self) -> Result<String, LockError> {
        let components = self.entries.values().map(RawEntry::from).collect();
        let body = serde_yaml::to_string(&RawLock { version: VERSION, components })
            .map_err(|error| LockError::Form(error.to_string()))?;
        Ok(format!("{HEAD}{body}"))
    }

    /// What this reference stands for.
    pub fn get(&self, reference: &Reference) -> Option<&LockEntry> {
        self.entries.get(reference)
    }

    /// Puts an entry in the place of the one with the same reference, which is given back.
    pub fn insert(&mut self, entry: LockEntry) -> Option<LockEntry> {
        self.entries.insert(entry.reference.clone(), entry)
    }

    /// The entries in the order of their references.
    pub fn entries(&self) -> impl Iterator<Item = &LockEntry> {
        self.entries.values()
    }
}

impl LockEntry {
    /// What the reference itself names: the index, else the manifest.
    pub fn named(&self) -> Digest {
        self.index.unwrap_or(self.manifest)
    }

    /// Whether another entry says something else of the same manifest.
    pub fn differs(&self, other: &Self) -> bool {
        let facts = |entry: &Self| (entry.index, entry.component, entry.size, entry.contract.clone());
        self.manifest == other.manifest && facts(self) != facts(other)
    }
}

impl RawEntry {
    fn entry(self) -> Result<LockEntry, LockError> {
        let reference: Reference = self.reference.parse()?;
        match (reference.tag(), reference.digest()) {
            (None, None) => return Err(LockError::Unnamed(self.reference)),
            (_, Some(digest)) if *digest != self.index.unwrap_or(self.manifest) => {
                let manifest = self.index.unwrap_or(self.manifest);
                return Err(LockError::Contradiction { reference: self.reference, manifest });
            }
            _ => {}
        }
        Ok(LockEntry {
            reference,
            index: self.index,
            manifest: self.manifest,
            component: self.component,
            size: self.size,
            contract: self.contract,
            imports: self.imports,
            schema: self.schema,
            signed_by: self.signed_by,
        })
    }
}

impl From<&LockEntry> for RawEntry {
    fn from(entry: &LockEntry) -> Self {
        let entry = entry.clone();
        Self {
            reference: entry.reference.to_string(),
            index: entry.index,
            manifest: entry.manifest,
            component: entry.component,
            size: entry.size,
            contract: entry.contract,
            imports: entry.imports,
            schema: entry.schema,
            signed_by: entry.signed_by,
        }
    }
}

/// The message without the picture of the file below it.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(300).collect()
}

#[cfg(test)]
mod tests;
