//! From a reference whose digest is known to a verified file: whether it may be used, and its bytes.

use std::path::PathBuf;

use jiff::Timestamp;
use servo_distribution::lock::LockEntry;
use servo_distribution::manifest::{CONFIG_MAX, MANIFEST_MAX, Manifest};
use servo_distribution::policy::Signer;
use servo_distribution::signature::{self, Signature};
use servo_distribution::{Digest, Hold, Record, Reference, Registry};
use servo_host::COMPONENT_MAX;

use super::meaning::Meant;
use super::trust::Judged;
use super::{Depot, DepotError, Rules, Transfer};

/// A component in the store.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    /// What is known of it.
    pub(crate) record: Record,
    /// Its file.
    pub(crate) path: PathBuf,
    /// Who signed it, as far as the policy knows the keys.
    pub(crate) signers: Vec<Signer>,
    /// How many signatures it has.
    pub(crate) signatures: usize,
    /// What the lock file says of it, as far as that could be compared yet; and the file.
    pub(crate) locked: Option<(LockEntry, PathBuf)>,
}

impl Depot {
    /// The component that a reference means, judged and in the store. `rules` say which digest is meant, what is locked
    /// and who must have signed it.
    pub(crate) async fn obtain(&self, reference: &Reference, rules: &Rules) -> Result<Held, DepotError> {
        let meant = self.meant(reference, rules).await?;
        let held = self.obtain_this(reference, meant, rules).await?;
        rules.checked(reference, held)
    }

    /// The component that a reference is known to mean.
    pub(crate) async fn obtain_this(
        &self,
        reference: &Reference,
        meant: Meant,
        rules: &Rules,
    ) -> Result<Held, DepotError> {
        let pinned = reference.at(meant.manifest);
        let refused = match self.held(&pinned, meant, rules) {
            Ok(Some(held)) => return Ok(held),
            Ok(None) => return self.fetch(&pinned, meant, rules, self.registry()?).await,
            Err(refused @ DepotError::Refused { .. }) => refused,
            Err(error) => return Err(error),
        };
        if self.away(&pinned).is_some() {
            return Err(refused);
        }
        // It may have been signed since it was fetched.
        match self.fetch(&pinned, meant, rules, self.hasty()?).await {
            Err(DepotError::Registry(error)) => {
                self.note(&pinned, &error, false);
                Err(refused)
            }
            fetched => fetched,
        }
    }

    /// The component, if it is in the store with all that judges it, and is not refused.
    fn held(&self, pinned: &Reference, meant: Meant, rules: &Rules) -> Result<Option<Held>, DepotError> {
        let Some(store) = self.known_store()? else { return Ok(None) };
        let mut record = None;
        for digest in meant.digests().into_iter().rev() {
            record = record.or(store.record(&pinned.at(digest))?);
        }
        let Some(record) = record else { return Ok(None) };
        let signatures = self.kept_signatures(&record)?;
        let judged = rules.judge(pinned, &meant.digests(), &record.component, &signatures)?;
        let Some(path) = store.blob(&record.component)? else { return Ok(None) };
        judged.warn();
        let record = Record { reference: pinned.clone(), index: meant.index, ..record };
        Ok(Some(Held { record, path, signers: judged.by, signatures: signatures.len(), locked: None }))
    }

    async fn fetch(
        &self,
        pinned: &Reference,
        meant: Meant,
        rules: &Rules,
        registry: &Registry,
    ) -> Result<Held, DepotError> {
        let store = self.store()?;
        let hold = store.hold().await?;
        let (digest, manifest) = self.manifest(pinned, &hold, registry).await?;
        let wrong = |why: String| DepotError::Artifact { reference: pinned.to_string(), why };
        let component = manifest.component().map_err(|error| wrong(error.to_string()))?;
        if component.size > COMPONENT_MAX {
            return Err(wrong(format!("it is larger than {} MiB", COMPONENT_MAX >> 20)));
        }
        let (signatures, judged) = judged(registry, pinned, meant, &component.digest, rules).await?;
        let path = match store.blob(&component.digest)? {
            Some(path) => path,
            None => {
                let mut writer = hold.writer(component.digest, component.size)?;
                let (what, total) = (pinned.to_string(), component.size);
                let progress = |done| (self.report)(Transfer { what: &what, done, total });
                registry.blob(pinned, component, &mut writer, &progress).await?;
                writer.finish()?;
                store
                    .blob(&component.digest)?
                    .ok_or_else(|| wrong("it vanished from the store".to_owned()))?
            }
        };
        let config = manifest.config();
        if store.blob(&config.digest)?.is_none() {
            hold.put(&registry.small_blob(pinned, config, CONFIG_MAX).await?)?;
        }
        let mut kept = Vec::new();
        for signature in &signatures {
            kept.push(hold.put(&kept_form(signature))?);
        }
        let record = Record {
            reference: pinned.clone(),
            index: meant.index,
            manifest: digest,
            config: config.digest,
            component: component.digest,
            size: component.size,
            fetched: Timestamp::now(),
            signatures: kept,
        };
        hold.keep(&record)?;
        judged.warn();
        Ok(Held { record, path, signers: judged.by, signatures: signatures.len(), locked: None })
    }

    /// The manifest of this digest, from the store or the registry.
    async fn manifest(
        &self,
        pinned: &Reference,
        hold: &Hold,
        registry: &Registry,
    ) -> Result<(Digest, Manifest), DepotError> {
        let kept = match pinned.digest() {
            Some(digest) => hold.store().read(digest, MANIFEST_MAX)?,
            None => None,
        };
        if let Some(bytes) = kept
            && let Ok(manifest) = Manifest::parse(&bytes)
        {
            return Ok((Digest::of(&bytes), manifest));
        }
        let (fetched, manifest) = registry.resolve(pinned).await?;
        Ok((hold.put(&fetched.bytes)?, manifest))
    }

    /// The digest of the component that an artifact has.
    pub(super) async fn component_of(&self, pinned: &Reference) -> Result<Digest, DepotError> {
        let (_, manifest) = self.registry()?.resolve(pinned).await?;
        let component = manifest.component();
        let wrong = |why: String| DepotError::Artifact { reference: pinned.to_string(), why };
        Ok(component.map_err(|error| wrong(error.to_string()))?.digest)
    }

    /// The signatures that were kept with it.
    pub(super) fn kept_signatures(&self, record: &Record) -> Result<Vec<Signature>, DepotError> {
        let mut signatures = Vec::new();
        for digest in &record.signatures {
            let bytes = self.store()?.read(digest, MANIFEST_MAX)?;
            // One that is damaged is as good as none.
            signatures.extend(bytes.and_then(|bytes| serde_json::from_slice::<Signature>(&bytes).ok()));
        }
        Ok(signatures)
    }
}

/// The signatures that the registry has, and what the policy says to them.
async fn judged(
    registry: &Registry,
    pinned: &Reference,
    meant: Meant,
    component: &Digest,
    rules: &Rules,
) -> Result<(Vec<Signature>, Judged), DepotError> {
    let signatures = match signatures_at(registry, pinned, meant).await {
        // They would be kept for a policy to come; nothing depends on them now.
        Err(error) if !rules.asks_for_signatures(pinned) => {
            tracing::debug!("the signatures of `{pinned}` are not known: {error}");
            Vec::new()
        }
        found => found?,
    };
    let judged = rules.judge(pinned, &meant.digests(), component, &signatures)?;
    Ok((signatures, judged))
}

/// The signatures of the manifest and of the index that led to it.
pub(super) async fn signatures_at(
    registry: &Registry,
    pinned: &Reference,
    meant: Meant,
) -> Result<Vec<Signature>, DepotError> {
    let mut found = Vec::new();
    for digest in meant.digests() {
        found.extend(signature::find(registry, pinned, &digest).await?);
    }
    Ok(found)
}

/// A signature as it lies in the store.
pub(super) fn kept_form(signature: &Signature) -> Vec<u8> {
    // Two texts: nothing in it can fail.
    serde_json::to_vec(signature).unwrap_or_default()
}
