//! The lock file: written from what a configuration names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Serialize;
use servo_config::{ConnectorRef, Loaded};
use servo_distribution::lock::{Lock, LockEntry};
use servo_distribution::{Digest, Installed, Reference};

use super::fetch::Held;
use super::rules;
use super::{DepotError, Rules};
use crate::inspect::{Inspection, inspect_bytes};
use crate::programs::Programs;

/// A reference that a configuration uses, and by which names.
#[derive(Clone, Debug)]
pub(crate) struct Used {
    pub(crate) reference: Reference,
    /// Aliases.
    pub(crate) aliases: BTreeSet<String>,
    /// What it is installed as, if it is.
    pub(crate) installed: Option<Installed>,
}

/// What is locked for one reference.
#[derive(Clone, Debug, Serialize)]
pub struct Locked {
    /// The reference, as it is written.
    pub reference: String,
    /// The digest of its manifest.
    pub manifest: String,
    /// The digest of the component.
    pub component: String,
    /// The size of the component in bytes.
    pub size: u64,
    /// The version of the contract.
    pub contract: Option<String>,
    /// The ids of the keys that signed it.
    pub signed_by: Vec<String>,
}

impl Programs {
    /// Writes the lock file: what is locked keeps its digest, what is new gets the one that it has now, and what the
    /// configuration does not name any more is left out.
    ///
    /// # Errors
    /// Something cannot be had or is refused, or the file cannot be written; then it stays as it was.
    pub async fn lock(&self, loaded: &Loaded) -> Result<(PathBuf, Vec<Locked>), DepotError> {
        let rules = Rules::of(loaded, false)?;
        let mut lock = Lock::default();
        let all = self.used(loaded).await?;
        self.log_in_for(&all)?;
        for used in all {
            let installed = used.installed.as_ref().map(|one| one.record.manifest);
            let digest = match (used.reference.digest().copied().or(installed), rules.entry(&used.reference))
            {
                (Some(digest), _) => digest,
                (None, Some(entry)) => entry.manifest,
                (None, None) => self.depot.look_up(&used.reference).await?,
            };
            let (held, inspection) = self.seen_at(&used.reference, digest, &rules).await?;
            lock.insert(entry(&used.reference, &held, &inspection)?);
        }
        rules::write(rules.lock_file(), &lock)?;
        Ok((rules.lock_file, lock.entries().map(Locked::from).collect()))
    }

    /// What a configuration takes from registries, directly or by an installed name.
    pub(super) async fn used(&self, loaded: &Loaded) -> Result<Vec<Used>, DepotError> {
        let mut found: BTreeMap<Reference, Used> = BTreeMap::new();
        let mut add = |reference: &Reference, alias: &str, installed: Option<&Installed>| {
            let used = found.entry(reference.clone()).or_insert_with(|| Used {
                reference: reference.clone(),
                aliases: BTreeSet::new(),
                installed: installed.cloned(),
            });
            used.aliases.insert(alias.to_owned());
        };
        for (alias, component) in loaded.components() {
            if let ConnectorRef::Oci(text) = component {
                add(&parse(&text)?, &alias, None);
            }
        }
        let installed = self.depot.installed()?;
        let names = loaded.names(&self.catalogue(None).await);
        for name in names {
            if let Some(one) = installed.iter().find(|one| one.name == name.connector) {
                add(&followed(&one.record.reference), &name.alias, Some(one));
            }
        }
        Ok(found.into_values().collect())
    }

    /// A reference at this digest, and what it is.
    pub(super) async fn seen_at(
        &self,
        reference: &Reference,
        digest: Digest,
        rules: &Rules,
    ) -> Result<(Held, Inspection), DepotError> {
        let pinned = reference.at(digest);
        let held = self.depot.obtain_this(&pinned, rules).await?;
        let inspection = inspect_bytes(&held.bytes()?, &pinned.to_string()).map_err(|error| {
            DepotError::Artifact { reference: pinned.to_string(), why: error.to_string() }
        })?;
        Ok((held, inspection))
    }
}

impl From<&LockEntry> for Locked {
    fn from(entry: &LockEntry) -> Self {
        Self {
            reference: entry.reference.to_string(),
            manifest: entry.manifest.to_string(),
            component: entry.component.to_string(),
            size: entry.size,
            contract: entry.contract.clone(),
            signed_by: entry.signed_by.iter().map(ToString::to_string).collect(),
        }
    }
}

/// What the lock file says of a component.
pub(super) fn entry(
    reference: &Reference,
    held: &Held,
    inspection: &Inspection,
) -> Result<LockEntry, DepotError> {
    let schema = serde_json::to_vec(&inspection.schema)
        .map_err(|error| DepotError::Artifact { reference: reference.to_string(), why: error.to_string() })?;
    Ok(LockEntry {
        reference: reference.clone(),
        manifest: held.record.manifest,
        component: held.record.component,
        size: held.record.size,
        contract: inspection.contract.clone(),
        imports: inspection.imports.clone(),
        schema: Some(Digest::of(&schema)),
        signed_by: held.signers.iter().map(|signer| signer.id).collect(),
    })
}

/// What an installed connector follows: the tag that it was installed by, if it was one.
pub(super) fn followed(reference: &Reference) -> Reference {
    reference.tag().and_then(|tag| reference.tagged(tag).ok()).unwrap_or_else(|| reference.clone())
}

/// Reads a reference.
pub(crate) fn parse(text: &str) -> Result<Reference, DepotError> {
    text.parse().map_err(|error: servo_distribution::ReferenceError| DepotError::Usage(error.to_string()))
}
