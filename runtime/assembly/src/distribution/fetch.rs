//! From a reference to a verified file: which digest is meant, whether it may be used, and its bytes.

use std::path::PathBuf;

use jiff::Timestamp;
use servo_distribution::manifest::{CONFIG_MAX, MANIFEST_MAX, Manifest};
use servo_distribution::policy::Signer;
use servo_distribution::signature::{self, Signature};
use servo_distribution::{Digest, Hold, Record, Reference, Registry};
use servo_host::COMPONENT_MAX;

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
}

impl Depot {
    /// The component that a reference means, judged and in the store. `rules` say which digest is meant and who must
    /// have signed it.
    pub(crate) async fn obtain(&self, reference: &Reference, rules: &Rules) -> Result<Held, DepotError> {
        let digest = self.meant(reference, rules).await?;
        self.obtain_this(&reference.at(digest), rules).await
    }

    /// The component with the digest of the reference.
    pub(crate) async fn obtain_this(&self, pinned: &Reference, rules: &Rules) -> Result<Held, DepotError> {
        let refused = match self.held(pinned, rules) {
            Ok(Some(held)) => return Ok(held),
            Ok(None) => return self.fetch(pinned, rules, self.registry()?).await,
            Err(refused @ DepotError::Refused { .. }) => refused,
            Err(error) => return Err(error),
        };
        // It may have been signed since it was fetched.
        match self.fetch(pinned, rules, self.hasty()?).await {
            Err(DepotError::Registry(_)) => Err(refused),
            fetched => fetched,
        }
    }

    /// The component, if it is in the store with all that judges it, and is not refused.
    fn held(&self, pinned: &Reference, rules: &Rules) -> Result<Option<Held>, DepotError> {
        let Some(store) = self.known_store()? else { return Ok(None) };
        let Some(record) = store.record(pinned)? else { return Ok(None) };
        let signatures = self.kept_signatures(&record)?;
        let judged = rules.judge(pinned, [&record.manifest, &record.component], &signatures)?;
        let Some(path) = store.blob(&record.component)? else { return Ok(None) };
        judged.warn();
        let record = Record { reference: pinned.clone(), ..record };
        Ok(Some(Held { record, path, signers: judged.by, signatures: signatures.len() }))
    }

    async fn fetch(
        &self,
        pinned: &Reference,
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
        let (signatures, judged) = judged(registry, pinned, [&digest, &component.digest], rules).await?;
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
            manifest: digest,
            config: config.digest,
            component: component.digest,
            size: component.size,
            fetched: Timestamp::now(),
            signatures: kept,
        };
        hold.keep(&record)?;
        judged.warn();
        Ok(Held { record, path, signers: judged.by, signatures: signatures.len() })
    }

    /// The manifest of this digest, from the store or the registry. In the place of an index comes the manifest of the
    /// component in it.
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

    /// The digest that a reference means: its own, else that of the lock file, else what the registry says now.
    pub(crate) async fn meant(&self, reference: &Reference, rules: &Rules) -> Result<Digest, DepotError> {
        let entry = rules.entry(reference);
        if rules.locked && entry.is_none() {
            let file = rules.lock_file.clone();
            return Err(DepotError::NotLocked { reference: reference.to_string(), file });
        }
        let moved = |locked: Digest, now: Digest| DepotError::Moved {
            reference: reference.to_string(),
            locked,
            now,
            file: rules.lock_file.clone(),
        };
        match (reference.digest(), entry) {
            (Some(pinned), Some(entry)) if entry.manifest != *pinned => Err(moved(entry.manifest, *pinned)),
            (Some(pinned), _) => Ok(*pinned),
            (None, Some(entry)) if rules.locked => match self.ask(reference, self.hasty()?).await {
                Ok(now) if now != entry.manifest => Err(moved(entry.manifest, now)),
                Ok(_) => Ok(entry.manifest),
                // Without a network there is nothing newer to be told of.
                Err(DepotError::Registry(error)) if error.is_passing() => Ok(entry.manifest),
                Err(error) => {
                    tracing::warn!("whether `{reference}` has moved cannot be known: {error}");
                    Ok(entry.manifest)
                }
            },
            (None, Some(entry)) => Ok(entry.manifest),
            (None, None) => {
                let digest = self.now(reference).await?;
                tracing::warn!(
                    "`{reference}` is not pinned: it is what its tag means at this start; `servo lock` writes \
                     servo.lock, or name it {reference}@{digest}"
                );
                Ok(digest)
            }
        }
    }

    /// What a tag means now, or what it meant when the registry was last heard of.
    async fn now(&self, reference: &Reference) -> Result<Digest, DepotError> {
        let known = match self.known_store()? {
            Some(store) => store.record(reference)?,
            None => None,
        };
        let Some(record) = known else { return self.look_up(reference).await };
        let error = match self.ask(reference, self.hasty()?).await {
            Err(DepotError::Registry(error)) if error.is_passing() => error,
            found => return found,
        };
        tracing::warn!(
            "{error}; `{reference}` is used as it was fetched on {}: {}",
            record.fetched.strftime("%F"),
            record.manifest
        );
        Ok(record.manifest)
    }

    /// What a tag means at the registry; asked once for the life of the process.
    pub(super) async fn look_up(&self, reference: &Reference) -> Result<Digest, DepotError> {
        self.ask(reference, self.registry()?).await
    }

    async fn ask(&self, reference: &Reference, registry: &Registry) -> Result<Digest, DepotError> {
        if reference.tag().is_none() && reference.digest().is_none() {
            return Err(DepotError::Bare(reference.to_string()));
        }
        if let Some(digest) = self.seen().get(reference) {
            return Ok(*digest);
        }
        let digest = registry.resolve(reference).await?.0.digest;
        self.seen().insert(reference.clone(), digest);
        Ok(digest)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, std::collections::BTreeMap<Reference, Digest>> {
        self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The signatures that the registry has, and what the policy says to them.
async fn judged(
    registry: &Registry,
    pinned: &Reference,
    digests: [&Digest; 2],
    rules: &Rules,
) -> Result<(Vec<Signature>, Judged), DepotError> {
    let signatures = match signature::find(registry, pinned, digests[0]).await {
        // They would be kept for a policy to come; nothing depends on them now.
        Err(error) if !rules.asks_for_signatures(pinned) => {
            tracing::debug!("the signatures of `{pinned}` are not known: {error}");
            Vec::new()
        }
        found => found?,
    };
    let judged = rules.judge(pinned, digests, &signatures)?;
    Ok((signatures, judged))
}

/// A signature as it lies in the store.
pub(super) fn kept_form(signature: &Signature) -> Vec<u8> {
    // Two texts: nothing in it can fail.
    serde_json::to_vec(signature).unwrap_or_default()
}
