//! Looking after the local store.

use std::time::Duration;

use serde::Serialize;
use servo_distribution::{Checked, Swept};

use super::{Depot, DepotError};

/// A component in the store.
#[derive(Clone, Debug, Serialize)]
pub struct Kept {
    /// Where it is from, with its digest.
    pub reference: String,
    /// Its size in bytes.
    pub size: u64,
    /// The day on which it was fetched.
    pub fetched: String,
    /// The names that it is installed by.
    pub installed: Vec<String>,
    /// How many signatures it has.
    pub signatures: usize,
    /// Whether its file was damaged and removed: it is fetched again when it is needed.
    pub missing: bool,
}

impl Depot {
    /// What is in the store.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn kept(&self) -> Result<Vec<Kept>, DepotError> {
        let Some(store) = self.known_store()? else { return Ok(Vec::new()) };
        let installed = store.installed()?;
        let mut records = store.records()?;
        // What was found in an index is known by both digests.
        records.dedup_by_key(|record| record.reference.at(record.manifest));
        let kept = records.into_iter().map(|record| {
            let is = |one: &&servo_distribution::Installed| one.record.manifest == record.manifest;
            Kept {
                reference: record.reference.at(record.manifest).to_string(),
                size: record.size,
                fetched: record.fetched.strftime("%F").to_string(),
                installed: installed.iter().filter(is).map(|one| one.name.clone()).collect(),
                signatures: record.signatures.len(),
                missing: !store.has(&record.component),
            }
        });
        Ok(kept.collect())
    }

    /// Removes what nobody has used for so long and is not installed, and the compiled forms of it.
    ///
    /// # Errors
    /// Another process uses the store, or a file cannot be removed.
    pub fn sweep(&self, unused_for: Duration) -> Result<Swept, DepotError> {
        let Some(store) = self.known_store()? else { return Ok(Swept::default()) };
        let before = store.records()?;
        let swept = store.sweep(unused_for)?;
        for digest in before.iter().map(|record| record.component).filter(|digest| !store.has(digest)) {
            let folder = self.state.components();
            servo_host::forget_compiled(&folder, &digest.hex()).map_err(|error| DepotError::File {
                path: folder.clone(),
                done: "cleaned up",
                error: error.to_string(),
            })?;
        }
        Ok(swept)
    }

    /// What is wrong with installed connectors of which nothing but the name is known.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn damaged_names(&self) -> Result<Vec<String>, DepotError> {
        let Some(store) = self.known_store()? else { return Ok(Vec::new()) };
        Ok(store.damaged_names()?.into_iter().map(|(_, error)| error.to_string()).collect())
    }

    /// Reads everything again, and removes what is damaged.
    ///
    /// # Errors
    /// A file cannot be read or removed.
    pub fn verify_store(&self) -> Result<Vec<Checked>, DepotError> {
        Ok(self.known_store()?.map(|store| store.verify()).transpose()?.unwrap_or_default())
    }
}
