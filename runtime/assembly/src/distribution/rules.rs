//! What a configuration says about where components come from: its policy, and the lock file beside it.

use std::fs;
use std::io::{self, Write as _};
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
        let policy = trust.as_ref().map(super::trust::policy).transpose()?.unwrap_or_default();
        let lock_file = lock_file_of(loaded.file().unwrap_or(Path::new("servo.yaml")));
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
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let wrong = |why: String| DepotError::Lock { path: path.to_owned(), why };
    let text = lock.to_yaml().map_err(|error| wrong(error.to_string()))?;
    let written = || -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        // As any file that is to be committed; temporary ones are for their owner alone.
        let mode = fs::metadata(path).map_or(0o644, |found| found.permissions().mode());
        file.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    written().map_err(|error| wrong(format!("it cannot be written: {error}")))
}
