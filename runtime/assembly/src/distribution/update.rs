//! Moving pins: what tags mean now, and what that changes.

use serde::Serialize;
use servo_config::Loaded;

use super::changes::Changes;
use super::lock::{Used, entry, followed};
use super::rules;
use super::{DepotError, Rules};
use crate::programs::Programs;

/// What an update means for one reference.
#[derive(Clone, Debug, Serialize)]
pub struct Updated {
    /// The reference, as it is written.
    pub reference: String,
    /// The aliases that use it.
    pub aliases: Vec<String>,
    /// The name that it is installed by.
    pub installed: Option<String>,
    /// The digest of the manifest before; none when it was not locked.
    pub before: Option<String>,
    /// The digest of the manifest now.
    pub after: String,
    /// Whether the reference itself names the digest, so that only an editor moves it.
    pub pinned: bool,
    /// What differs, when both are known and differ.
    pub changes: Option<Changes>,
    /// Who signed the new one, as far as the policy knows the keys.
    pub signed_by: Vec<String>,
}

impl Programs {
    /// Moves what is locked and what is installed to what the tags mean now. `names` are aliases, installed names or
    /// references; empty means all. With `dry` nothing is moved.
    ///
    /// # Errors
    /// A name is unknown, something cannot be had or is refused, or cannot be written; then nothing is moved.
    pub async fn update(
        &self,
        loaded: Option<&Loaded>,
        names: &[String],
        dry: bool,
    ) -> Result<Vec<Updated>, DepotError> {
        let rules = loaded.map(|loaded| Rules::of(loaded, false)).transpose()?.unwrap_or_default();
        let all = self.movable(loaded).await?;
        if let Some(unknown) = names.iter().find(|name| !all.iter().any(|used| used.is(name))) {
            let known: Vec<String> = all.iter().map(Used::name).collect();
            let known = if known.is_empty() {
                "there is none".to_owned()
            } else {
                format!("there is {}", known.join(", "))
            };
            return Err(DepotError::Usage(format!(
                "no connector from a registry is named `{unknown}`; {known}"
            )));
        }
        let meant = |used: &&Used| names.is_empty() || names.iter().any(|name| used.is(name));
        self.log_in_for(all.iter().filter(meant))?;
        let mut lock = rules.lock().clone();
        let (mut told, mut moves) = (Vec::new(), Vec::new());
        for used in all.iter().filter(meant) {
            let locked = rules.entry(&used.reference).map(|entry| entry.manifest);
            let before = locked.or_else(|| Some(used.installed.as_ref()?.record.manifest));
            let after = match used.reference.digest() {
                Some(digest) => *digest,
                None => self.depot.look_up(&used.reference).await?,
            };
            let (held, new) = self.seen_at(&used.reference, after, &rules).await?;
            let mut changes = None;
            if let Some(before) = before.filter(|before| *before != after) {
                // What it was may be gone from the registry by now; then only the digests can be told.
                let lax = Rules::default();
                let old = self.seen_at(&used.reference, before, &lax).await.ok();
                changes = old.map(|(_, old)| Changes::between(&old, &new));
            }
            if loaded.is_some() && !used.aliases.is_empty() {
                lock.insert(entry(&used.reference, &held, &new)?);
            }
            told.push(Updated {
                reference: used.reference.to_string(),
                aliases: used.aliases.iter().cloned().collect(),
                installed: used.installed.as_ref().map(|one| one.name.clone()),
                before: before.map(|digest| digest.to_string()),
                after: after.to_string(),
                pinned: used.reference.digest().is_some(),
                changes,
                signed_by: held.signed_by(),
            });
            if let Some(installed) = used.installed.as_ref().filter(|one| one.record.manifest != after) {
                moves.push((installed.name.clone(), held));
            }
        }
        if !dry {
            for (name, held) in moves {
                self.install_held(held, Some(&name), &rules).await?;
            }
            if lock != *rules.lock() {
                rules::write(rules.lock_file(), &lock)?;
            }
        }
        Ok(told)
    }

    /// What a configuration takes from registries, and everything that is installed.
    async fn movable(&self, loaded: Option<&Loaded>) -> Result<Vec<Used>, DepotError> {
        let mut all = match loaded {
            Some(loaded) => self.used(loaded).await?,
            None => Vec::new(),
        };
        for one in self.depot.installed()? {
            let known =
                all.iter().filter_map(|used| used.installed.as_ref()).any(|known| known.name == one.name);
            if !known {
                let reference = followed(&one.record.reference);
                all.push(Used { reference, aliases: Default::default(), installed: Some(one) });
            }
        }
        Ok(all)
    }
}

impl Used {
    fn is(&self, name: &str) -> bool {
        self.aliases.contains(name)
            || self.installed.as_ref().is_some_and(|one| one.name == name)
            || self.reference.to_string() == name
    }

    /// How people call it.
    fn name(&self) -> String {
        let installed = self.installed.as_ref().map(|one| one.name.clone());
        installed.or_else(|| self.aliases.first().cloned()).unwrap_or_else(|| self.reference.to_string())
    }
}
