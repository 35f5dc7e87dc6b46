//! Moving pins: what tags mean now, and what that changes.

use serde::Serialize;
use servo_config::Loaded;
use servo_distribution::Digest;
use servo_distribution::lock::LockEntry;

use super::changes::Changes;
use super::fetch::Held;
use super::lock::{Used, entry, followed};
use super::meaning::Meant;
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
    /// The digest that it had before; none when it was not locked.
    pub before: Option<String>,
    /// The digest that it has now, as far as that could be asked.
    pub after: Option<String>,
    /// Whether the reference itself names the digest, so that only an editor moves it.
    pub pinned: bool,
    /// What differs, when both are known and differ.
    pub changes: Option<Changes>,
    /// Who signed the new one, as far as the policy knows the keys.
    pub signed_by: Vec<String>,
    /// The ids of the keys that signed what is locked and do not count for the new one.
    pub lost_signers: Vec<String>,
    /// Why it stays as it was.
    pub problem: Option<String>,
}

/// What a reference is now, and what has to be written for it.
struct Step {
    held: Held,
    entry: LockEntry,
    changes: Option<Changes>,
}

impl Programs {
    /// Moves what is locked and what is installed to what the tags mean now. `names` are aliases, installed names or
    /// references; empty means all. With `dry` nothing is moved. What cannot be had, is refused or cannot be run stays
    /// as it is, and its [`Updated::problem`] says why.
    ///
    /// # Errors
    /// A name is unknown, or the lock file or an installed connector cannot be written.
    pub async fn update(
        &self,
        loaded: Option<&Loaded>,
        names: &[String],
        dry: bool,
    ) -> Result<Vec<Updated>, DepotError> {
        let rules = loaded.map(|loaded| Rules::of(loaded, false)).transpose()?.unwrap_or_default();
        let all = self.movable(loaded).await?;
        known(&all, names)?;
        let meant = |used: &&Used| names.is_empty() || names.iter().any(|name| used.is(name));
        self.log_in_for(all.iter().filter(meant))?;
        let mut lock = rules.lock().clone();
        let (mut told, mut moves) = (Vec::new(), Vec::new());
        for used in all.iter().filter(meant) {
            let locked = rules.entry(&used.reference).map(Meant::from);
            let before = locked.or_else(|| Some(Meant::from(&used.installed.as_ref()?.record)));
            let mut updated = used.updated(before);
            match self.step(used, before, &rules, dry, &mut updated).await {
                Err(error) => updated.problem = Some(error.to_string()),
                Ok(Step { held, entry, changes }) => {
                    updated.changes = changes;
                    updated.signed_by = held.signed_by();
                    let is_lost = |key: &&Digest| !entry.signed_by.contains(*key);
                    let signed = rules.entry(&used.reference).map(|entry| entry.signed_by.as_slice());
                    let lost = signed.unwrap_or_default().iter().filter(is_lost);
                    updated.lost_signers = lost.map(ToString::to_string).collect();
                    let manifest = entry.manifest;
                    if loaded.is_some() && !used.aliases.is_empty() {
                        lock.insert(entry);
                    }
                    let moved = used.installed.as_ref().filter(|one| one.record.manifest != manifest);
                    moves.extend(moved.map(|one| (one.name.clone(), held)));
                }
            }
            told.push(updated);
        }
        if !dry {
            // All of it can be run. What is locked decides what a name runs, so that each of these steps may be the last.
            if lock != *rules.lock() {
                rules::write(rules.lock_file(), &lock)?;
            }
            for (name, held) in moves {
                self.install_held(held, Some(&name), &rules).await?;
            }
        }
        Ok(told)
    }

    /// Looks at what a reference means now, and makes sure that it can be run if it is to be moved there.
    async fn step(
        &self,
        used: &Used,
        before: Option<Meant>,
        rules: &Rules,
        dry: bool,
        updated: &mut Updated,
    ) -> Result<Step, DepotError> {
        let after = match (used.reference.digest(), &used.installed) {
            (Some(_), Some(one)) => Meant::from(&one.record),
            (Some(_), None) => self.depot.newest(&used.reference, rules).await?,
            (None, _) => self.depot.look_up(&used.reference).await?,
        };
        updated.after = Some(after.named().to_string());
        let (held, new) = self.seen_at(&used.reference, after, rules).await?;
        let mut changes = None;
        if before != Some(after) {
            if !dry {
                self.compile(&held, rules).await?;
            }
            if let Some(before) = before {
                // What it was may be gone from the registry by now; then only the digests can be told.
                let lax = Rules::unjudged();
                let old = self.seen_at(&used.reference, before, &lax).await.ok();
                changes = old.map(|(_, old)| Changes::between(&old, &new));
            }
        }
        let entry = entry(&used.reference, &held, &new)?;
        Ok(Step { held, entry, changes })
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

/// Makes sure that all names are names of something.
fn known(all: &[Used], names: &[String]) -> Result<(), DepotError> {
    let Some(unknown) = names.iter().find(|name| !all.iter().any(|used| used.is(name))) else {
        return Ok(());
    };
    let known: Vec<String> = all.iter().map(Used::name).collect();
    let known =
        if known.is_empty() { "there is none".to_owned() } else { format!("there is {}", known.join(", ")) };
    Err(DepotError::Usage(format!("no connector from a registry is named `{unknown}`; {known}")))
}

impl Used {
    /// What is known before anybody was asked.
    fn updated(&self, before: Option<Meant>) -> Updated {
        Updated {
            reference: self.reference.to_string(),
            aliases: self.aliases.iter().cloned().collect(),
            installed: self.installed.as_ref().map(|one| one.name.clone()),
            before: before.map(|before| before.named().to_string()),
            after: None,
            pinned: self.reference.digest().is_some(),
            changes: None,
            signed_by: Vec::new(),
            lost_signers: Vec::new(),
            problem: None,
        }
    }

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
