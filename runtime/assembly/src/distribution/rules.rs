//! What a configuration says about where components come from: its policy, and the lock file beside it.

use std::io;
use std::path::{Path, PathBuf};

use servo_config::Loaded;
use servo_distribution::Reference;
use servo_distribution::lock::{Lock, LockEntry};
use servo_distribution::policy::Policy;

use super::DepotError;
use crate::files;
use crate::language::LANGUAGE;

/// Lock files beyond this size are none of ours.
const LOCK_MAX: u64 = 4 << 20;

/// Which components may be run, and which digest of them.
#[derive(Debug, Default)]
pub struct Rules {
    pub(super) policy: Policy,
    /// Whether it says anything.
    pub(super) has_policy: bool,
    pub(super) lock: Lock,
    pub(super) lock_file: PathBuf,
    /// Whether nothing else may be run than what is locked.
    pub(super) locked: bool,
}

impl Rules {
    /// Nobody is asked for signatures, and nothing is locked: for looking at what is not run.
    pub fn unjudged() -> Self {
        Self::default()
    }

    /// What the configuration says.
    ///
    /// # Errors
    /// A key or the lock file cannot be read.
    pub fn of(loaded: &Loaded, locked: bool) -> Result<Self, DepotError> {
        let mut rules = Self::unlocked(loaded)?;
        rules.lock = read(&rules.lock_file)?;
        Ok(Self { locked, ..rules })
    }

    /// The same for a lock file that is to be written anew: one that cannot be understood locks nothing.
    ///
    /// # Errors
    /// A key cannot be read, or what has the name of the lock file is no file.
    pub(super) fn anew(loaded: &Loaded) -> Result<Self, DepotError> {
        let mut rules = Self::unlocked(loaded)?;
        let Some(bytes) = bytes(&rules.lock_file)? else { return Ok(rules) };
        match parse(&rules.lock_file, bytes) {
            Ok(lock) => rules.lock = lock,
            Err(error) => {
                tracing::warn!("what was locked is not known, and everything is locked anew: {error}")
            }
        }
        Ok(rules)
    }

    fn unlocked(loaded: &Loaded) -> Result<Self, DepotError> {
        let trust =
            loaded.trust(Some(&LANGUAGE)).map_err(|problems| DepotError::Trust(problems.to_string()))?;
        let has_policy = trust.is_some();
        let file = loaded.file().unwrap_or(Path::new("servo.yaml"));
        let folder = file.parent().unwrap_or(Path::new(""));
        let policy = trust.as_ref().map(|trust| super::trust::policy(trust, folder));
        let (policy, lock_file) = (policy.transpose()?.unwrap_or_default(), lock_file_of(file));
        Ok(Self { policy, has_policy, lock_file, ..Self::default() })
    }

    /// The lock file beside the configuration: `servo.lock` for `servo.yaml`.
    pub fn lock_file(&self) -> &Path {
        &self.lock_file
    }

    /// What is locked.
    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    pub(super) fn entry(&self, reference: &Reference) -> Option<&LockEntry> {
        self.lock.get(reference)
    }
}

/// The lock file of a configuration file.
pub(super) fn lock_file_of(config: &Path) -> PathBuf {
    config.with_extension("lock")
}

/// The lock file; an empty lock when there is none.
pub(super) fn read(path: &Path) -> Result<Lock, DepotError> {
    bytes(path)?.map_or_else(|| Ok(Lock::default()), |bytes| parse(path, bytes))
}

fn bytes(path: &Path) -> Result<Option<Vec<u8>>, DepotError> {
    match files::read(path, LOCK_MAX) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(DepotError::Lock { path: path.to_owned(), why: error.to_string() }),
    }
}

fn parse(path: &Path, bytes: Vec<u8>) -> Result<Lock, DepotError> {
    let wrong = |why: String| DepotError::Lock { path: path.to_owned(), why };
    let text = String::from_utf8(bytes)
        .map_err(|_| wrong("it is not UTF-8 text; mend it, or write it anew with `servo lock`".to_owned()))?;
    Lock::parse(&text).map_err(|error| wrong(error.to_string()))
}

/// Writes the lock file at once or not at all.
pub(super) fn write(path: &Path, lock: &Lock) -> Result<(), DepotError> {
    let wrong = |why: String| DepotError::Lock { path: path.to_owned(), why };
    let text = lock.to_yaml().map_err(|error| wrong(error.to_string()))?;
    files::write(path, |out| out.write_all(text.as_bytes()))
        .map_err(|error| wrong(format!("it cannot be written: {error}")))
}
