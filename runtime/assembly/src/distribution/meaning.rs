//! Which artifact a reference means: its own digest, that of the lock file, or what the registry says now.

use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream;
use servo_distribution::lock::LockEntry;
use servo_distribution::manifest::{MANIFEST_MAX, Manifest};
use servo_distribution::{Digest, Record, Reference, Registry, RegistryError};

use super::{Depot, DepotError, Rules};

/// How long a registry that did not answer is not asked again what need not be known.
const AWAY: Duration = Duration::from_secs(60);
/// How many tags are asked for at once.
const AT_ONCE: usize = 16;

/// What a reference means: the manifest of a component, and the index that led to it, if one did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meant {
    pub(crate) manifest: Digest,
    pub(crate) index: Option<Digest>,
}

impl Meant {
    /// The digest of what the reference itself names.
    pub(crate) fn named(&self) -> Digest {
        self.index.unwrap_or(self.manifest)
    }

    /// All digests under which it may be known: it can be signed and revoked by each of them.
    pub(crate) fn digests(&self) -> Vec<Digest> {
        self.index.into_iter().chain([self.manifest]).collect()
    }
}

impl From<&LockEntry> for Meant {
    fn from(entry: &LockEntry) -> Self {
        Self { manifest: entry.manifest, index: entry.index }
    }
}

impl From<&Record> for Meant {
    fn from(record: &Record) -> Self {
        Self { manifest: record.manifest, index: record.index }
    }
}

/// A registry that could not be reached.
#[derive(Clone, Debug)]
pub(super) struct Away {
    since: Instant,
    why: String,
    /// Whether it was asked as often and as long as it ever is.
    patient: bool,
}

fn unreachable(reference: &Reference, why: String) -> DepotError {
    RegistryError::Unreachable { registry: reference.registry().to_owned(), why }.into()
}

impl Depot {
    /// What a reference means: what its own digest says, else the lock file, else the registry now.
    pub(super) async fn meant(&self, reference: &Reference, rules: &Rules) -> Result<Meant, DepotError> {
        let entry = rules.entry(reference);
        if rules.locked && entry.is_none() {
            let file = rules.lock_file.clone();
            return Err(DepotError::NotLocked { reference: reference.to_string(), file });
        }
        match (entry, reference.digest()) {
            (Some(entry), Some(digest)) => {
                let meant = self.pinned(reference, *digest).await?;
                rules.check_meaning(entry, meant)?;
                Ok(meant)
            }
            (None, Some(digest)) => self.pinned(reference, *digest).await,
            (Some(entry), None) if rules.locked => {
                match self.ask_briefly(reference).await {
                    Ok(now) => rules.check_meaning(entry, now)?,
                    // Without a network there is nothing newer to be told of.
                    Err(DepotError::Registry(error)) if error.is_passing() => {}
                    Err(error) => {
                        tracing::warn!("whether `{reference}` has moved cannot be known: {error}");
                    }
                }
                Ok(entry.into())
            }
            (Some(entry), None) => Ok(entry.into()),
            (None, None) => {
                let meant = self.newest(reference, rules).await?;
                tracing::warn!(
                    "`{reference}` is not pinned: it is what its tag means at this start; `servo lock` writes \
                     servo.lock, or name it {reference}@{}",
                    meant.named()
                );
                Ok(meant)
            }
        }
    }

    /// What a reference means at its registry now; when that cannot be reached, what it means in the lock file, else
    /// what it meant when the registry was last heard of.
    pub(super) async fn newest(&self, reference: &Reference, rules: &Rules) -> Result<Meant, DepotError> {
        if let Some(digest) = reference.digest() {
            return self.pinned(reference, *digest).await;
        }
        let known = match rules.entry(reference) {
            Some(entry) => Some((Meant::from(entry), format!("as {} has it", rules.lock_file.display()))),
            None => self.known(reference)?.map(|record| {
                (Meant::from(&record), format!("as it was fetched on {}", record.fetched.strftime("%F")))
            }),
        };
        let Some((meant, said)) = known else { return self.look_up(reference).await };
        match self.ask_briefly(reference).await {
            Err(DepotError::Registry(error)) if error.is_passing() => {
                tracing::warn!("{error}; `{reference}` is used {said}: {}", meant.named());
                Ok(meant)
            }
            found => found,
        }
    }

    /// What a tag means at the registry; asked once for the life of the process. A registry that could not be reached
    /// in all patience is not asked again for the next reference.
    pub(super) async fn look_up(&self, reference: &Reference) -> Result<Meant, DepotError> {
        if let Some(Away { why, patient: true, .. }) = self.away(reference) {
            return Err(unreachable(reference, why));
        }
        let found = self.ask(reference, self.registry()?).await;
        if let Err(DepotError::Registry(error)) = &found {
            self.note(reference, error, true);
        }
        found
    }

    /// Asks at once for what [`Depot::meant`] will ask one after the other, so that registries which do not answer are
    /// waited for once.
    pub(crate) async fn foresee(&self, references: &[Reference], rules: &Rules) {
        let asked = references.iter().filter(|reference| {
            let is_locked = rules.entry(reference).is_some();
            reference.digest().is_none() && (is_locked == rules.locked)
        });
        let ask = |reference| async move {
            let needed = rules.locked || matches!(self.known(reference), Ok(Some(_)));
            if needed {
                // What goes wrong is told where it matters.
                drop(self.ask_briefly(reference).await);
            }
        };
        stream::iter(asked).for_each_concurrent(AT_ONCE, ask).await;
    }

    /// What is known of a reference in the store.
    pub(super) fn known(&self, reference: &Reference) -> Result<Option<Record>, DepotError> {
        Ok(match self.known_store()? {
            Some(store) => store.record(reference)?,
            None => None,
        })
    }

    /// What a digest is: a manifest, or an index that leads to one.
    async fn pinned(&self, reference: &Reference, digest: Digest) -> Result<Meant, DepotError> {
        let pinned = reference.at(digest);
        if let Some(record) = self.known(&pinned)? {
            let index = record.index.filter(|index| *index == digest);
            return Ok(Meant { manifest: record.manifest, index });
        }
        let kept = self.known_store()?.map(|store| store.read(&digest, MANIFEST_MAX)).transpose()?.flatten();
        if kept.is_some_and(|bytes| Manifest::parse(&bytes).is_ok()) {
            return Ok(Meant { manifest: digest, index: None });
        }
        self.look_up(&pinned).await
    }

    async fn ask(&self, reference: &Reference, registry: &Registry) -> Result<Meant, DepotError> {
        if reference.tag().is_none() && reference.digest().is_none() {
            return Err(DepotError::Bare(reference.to_string()));
        }
        if let Some(meant) = self.seen().get(reference) {
            return Ok(*meant);
        }
        let fetched = registry.resolve(reference).await?.0;
        let meant = Meant { manifest: fetched.digest, index: fetched.index };
        self.seen().insert(reference.clone(), meant);
        Ok(meant)
    }

    /// The same, where no answer is no misfortune: not for long, and not again when the registry was away just now.
    async fn ask_briefly(&self, reference: &Reference) -> Result<Meant, DepotError> {
        if let Some(Away { why, .. }) = self.away(reference) {
            return Err(unreachable(reference, why));
        }
        let found = self.ask(reference, self.hasty()?).await;
        if let Err(DepotError::Registry(error)) = &found {
            self.note(reference, error, false);
        }
        found
    }

    /// What is known of a registry that could not be reached a moment ago.
    pub(super) fn away(&self, reference: &Reference) -> Option<Away> {
        let away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        away.get(reference.registry()).filter(|away| away.since.elapsed() < AWAY).cloned()
    }

    /// Notes that a registry cannot be reached, if that is what went wrong, and whether it was waited for.
    pub(super) fn note(&self, reference: &Reference, error: &RegistryError, patient: bool) {
        let why = match error {
            RegistryError::Unreachable { why, .. } | RegistryError::Slow { why, .. } => why.clone(),
            _ => return,
        };
        let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        away.insert(reference.registry().to_owned(), Away { since: Instant::now(), why, patient });
    }

    fn seen(&self) -> MutexGuard<'_, BTreeMap<Reference, Meant>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
