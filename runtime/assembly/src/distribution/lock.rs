//! The lock file: written from what a configuration names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;
use servo_config::{ConnectorRef, InstanceName, Loaded};
use servo_distribution::lock::{Lock, LockEntry};
use servo_distribution::{Digest, Installed, Reference};

use super::fetch::Held;
use super::meaning::Meant;
use super::rules;
use super::{DepotError, Rules};
use crate::inspect::Inspection;
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
    /// A connector is not known, something cannot be had or is refused, or the file cannot be written; then it stays
    /// as it was.
    pub async fn lock(&self, loaded: &Loaded) -> Result<(PathBuf, Vec<Locked>), DepotError> {
        let rules = Rules::anew(loaded)?;
        let all = self.used(loaded).await?;
        self.log_in_for(&all)?;
        self.all_known(loaded, &rules, &all).await?;
        let mut lock = Lock::default();
        for used in all {
            let installed = used.installed.as_ref().map(|one| Meant::from(&one.record));
            let meant = match (rules.entry(&used.reference), installed) {
                (Some(entry), _) if used.reference.digest().is_none() => entry.into(),
                (None, Some(installed)) => installed,
                _ if used.reference.digest().is_some() => self.depot.newest(&used.reference, &rules).await?,
                _ => self.depot.look_up(&used.reference).await?,
            };
            let (held, inspection) = self.seen_at(&used.reference, meant, &rules).await?;
            let entry = entry(&used.reference, &held, &inspection)?;
            if let Some(before) = rules.entry(&used.reference).filter(|before| before.differs(&entry)) {
                tracing::warn!("what was locked of `{}` was not so, and is written anew", before.reference);
            }
            lock.insert(entry);
        }
        for gone in rules.lock().entries().filter(|entry| lock.get(&entry.reference).is_none()) {
            tracing::warn!("`{}` is locked no more: the configuration does not name it", gone.reference);
        }
        rules::write(rules.lock_file(), &lock)?;
        Ok((rules.lock_file, lock.entries().map(Locked::from).collect()))
    }

    /// Makes sure that every connector of the configuration is known: what is missing would be unlocked without a word.
    async fn all_known(&self, loaded: &Loaded, rules: &Rules, all: &[Used]) -> Result<(), DepotError> {
        let catalogue = self.catalogue(None).await;
        let is_name = |text: &str| matches!(ConnectorRef::parse(text, Path::new("")), ConnectorRef::Named(_));
        let missing = loaded
            .names(&catalogue)
            .into_iter()
            .find(|name| is_name(&name.connector) && catalogue.find(&name.connector).is_none());
        let Some(InstanceName { connector: name, .. }) = missing else { return Ok(()) };
        let unused =
            rules.lock().entries().find(|entry| all.iter().all(|used| used.reference != entry.reference));
        let file = rules.lock_file.display();
        let step = match unused {
            Some(entry) => format!(
                "nothing else is from {} that {file} has: `servo install {} --name {name}` if it is that",
                entry.reference,
                entry.reference.at(entry.named())
            ),
            None => "`servo connectors` lists the known ones, and `servo install` adds one".to_owned(),
        };
        Err(DepotError::Usage(format!(
            "there is no connector named `{name}`, so {file} stays as it is; {step}"
        )))
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

    /// What a reference means, and what that is.
    pub(super) async fn seen_at(
        &self,
        reference: &Reference,
        meant: Meant,
        rules: &Rules,
    ) -> Result<(Held, Inspection), DepotError> {
        let held = self.depot.obtain_this(reference, meant, rules).await?;
        let inspection = self.depot.inspected(&held, rules, None).await?;
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
        index: held.record.index,
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
