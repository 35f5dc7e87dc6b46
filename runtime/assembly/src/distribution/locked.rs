//! What the lock file says of a component, compared with what it is.

use servo_distribution::Reference;
use servo_distribution::lock::LockEntry;
use servo_host::Program;

use super::fetch::Held;
use super::meaning::Meant;
use super::{DepotError, Rules};

impl Rules {
    /// Whether a reference means now what its entry says.
    pub(super) fn check_meaning(&self, entry: &LockEntry, now: Meant) -> Result<(), DepotError> {
        if entry.named() != now.named() {
            return Err(DepotError::Moved {
                reference: entry.reference.to_string(),
                locked: entry.named(),
                now: now.named(),
                file: self.lock_file.clone(),
            });
        }
        let (said, is) = (format!("the manifest {}", entry.manifest), now.manifest.to_string());
        if entry.manifest == now.manifest { Ok(()) } else { Err(self.contradiction(entry, said, is)) }
    }

    /// A component, if it is what the lock file says of the reference that led to it.
    pub(super) fn checked(&self, reference: &Reference, held: Held) -> Result<Held, DepotError> {
        let Some(entry) = self.entry(reference) else { return Ok(held) };
        let record = &held.record;
        if entry.component != record.component {
            let (said, is) = (format!("the component {}", entry.component), record.component.to_string());
            return Err(self.contradiction(entry, said, is));
        }
        if entry.size != record.size {
            let (said, is) = (format!("{} bytes", entry.size), record.size.to_string());
            return Err(self.contradiction(entry, said, is));
        }
        let is_gone = |key: &&_| !held.signers.iter().any(|signer| signer.id == **key);
        if let Some(key) = entry.signed_by.iter().find(is_gone) {
            let (reference, file) = (reference.to_string(), self.lock_file.clone());
            let gone = DepotError::SignerGone { reference, key: *key, file };
            if self.locked {
                return Err(gone);
            }
            tracing::warn!("{gone}");
        }
        Ok(Held { locked: Some((entry.clone(), self.lock_file.clone())), ..held })
    }

    fn contradiction(&self, entry: &LockEntry, said: String, is: String) -> DepotError {
        let (reference, file) = (entry.reference.to_string(), self.lock_file.clone());
        DepotError::Contradiction { reference, file, said, is }
    }
}

impl Held {
    /// Whether the program that was made of it is of the version of the contract that is locked.
    pub(super) fn check_contract(&self, program: &Program) -> Result<(), DepotError> {
        let Some((entry, file)) = &self.locked else { return Ok(()) };
        let is = &program.about.contract;
        match &entry.contract {
            Some(said) if Some(said) != is.as_ref() => Err(DepotError::Contradiction {
                reference: entry.reference.to_string(),
                file: file.clone(),
                said: format!("the contract {said}"),
                is: is.clone().unwrap_or_else(|| "none".to_owned()),
            }),
            _ => Ok(()),
        }
    }
}
