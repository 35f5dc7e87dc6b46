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
            }
        });
        Ok(kept.collect())
    }

    /// Removes what nobody has used for so long and is not installed.
    ///
    /// # Errors
    /// Another process uses the store, or a file cannot be removed.
    pub fn sweep(&self, unused_for: Duration) -> Result<Swept, DepotError> {
        Ok(self.known_store()?.map(|store| store.sweep(unused_for)).transpose()?.unwrap_or_default())
    }

    /// Reads everything again, and removes what is damaged.
    ///
    /// # Errors
    /// A file cannot be read or removed.
    pub fn verify_store(&self) -> Result<Vec<Checked>, DepotError> {
        Ok(self.known_store()?.map(|store| store.verify()).transpose()?.unwrap_or_default())
    }
}
