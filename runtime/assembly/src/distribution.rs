//! Components in registries and in the local store: found, judged, fetched and handed over as verified files.
//!
//! Whatever comes from a registry is judged by the policy after the digest of its manifest is known and before its
//! component is fetched, and so before anything is compiled. What is pinned or locked, and in the store, needs no
//! network.

mod about;
mod bundle;
mod changes;
mod fetch;
mod held;
pub(crate) mod installed;
mod lock;
mod locked;
mod login;
mod meaning;
mod registry;
mod rules;
mod sign;
mod store;
mod trust;
mod update;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use servo_distribution::signature::SignatureError;
use servo_distribution::{Digest, Registry, RegistryError, Store, StoreError};
use thiserror::Error;

use crate::state::StateDir;

pub use bundle::Bundled;
pub use changes::{Changes, SettingChange};
pub use installed::Installation;
pub use lock::Locked;
pub use registry::{Fetched, Published, Tagged};
pub use rules::Rules;
pub use sign::{KeyPair, Password, Signed, Verified};
pub use store::Kept;
pub use update::Updated;

pub use servo_distribution::{Checked, CredentialsError, Reference, ReferenceError, RegistryOptions, Swept};

pub(crate) use lock::parse;

/// How long a registry may take to be connected to that need not answer.
const HASTE: Duration = Duration::from_secs(3);

/// Told about each transfer, often.
pub type Report = Arc<dyn Fn(Transfer<'_>) + Send + Sync>;

/// A component on its way.
#[derive(Clone, Copy, Debug)]
pub struct Transfer<'a> {
    /// Which one.
    pub what: &'a str,
    /// Bytes that are there.
    pub done: u64,
    /// All of its bytes.
    pub total: u64,
}

/// Registries and the local store.
pub struct Depot {
    state: StateDir,
    options: RegistryOptions,
    registry: OnceLock<Registry>,
    hasty: OnceLock<Registry>,
    store: OnceLock<Store>,
    report: Report,
    /// What tags meant when they were first asked for: they mean that until the process ends.
    seen: Mutex<BTreeMap<Reference, meaning::Meant>>,
    /// Registries that could not be reached.
    away: Mutex<BTreeMap<String, meaning::Away>>,
}

/// A component cannot be had.
#[derive(Debug, Error)]
pub enum DepotError {
    /// The registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Signatures.
    #[error(transparent)]
    Signature(SignatureError),
    /// The local store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A reference that names a repository and nothing in it.
    #[error("`{0}` names no artifact; add :TAG or @sha256:DIGEST (`servo search {0}` lists the tags)")]
    Bare(String),
    /// What the store has is not what its name says, and was not mended by fetching it again.
    #[error("`{reference}`: {} is damaged; `servo cache verify` removes what is", .path.display())]
    Damaged {
        /// Which one.
        reference: String,
        /// The file in the store.
        path: PathBuf,
    },
    /// What is there is no component.
    #[error("`{reference}`: {why}")]
    Artifact {
        /// Where.
        reference: String,
        /// What it is.
        why: String,
    },
    /// The policy refuses it.
    #[error("refused: {why}; {hint}")]
    Refused {
        /// Which one, and why.
        why: String,
        /// The next step.
        hint: String,
    },
    /// `--locked`, and it is not in the lock file.
    #[error("`{reference}` is not in {}; `servo lock` adds it", .file.display())]
    NotLocked {
        /// Which one.
        reference: String,
        /// The lock file.
        file: PathBuf,
    },
    /// The lock file says something else.
    #[error(
        "`{reference}` is {now} and {} has it as {locked}; look at what changed with `servo update --dry-run`, and take \
         it with `servo update`", .file.display()
    )]
    Moved {
        /// Which one.
        reference: String,
        /// The digest in the lock file.
        locked: Digest,
        /// The digest that it has.
        now: Digest,
        /// The lock file.
        file: PathBuf,
    },
    /// An entry of the lock file says of an artifact what is not so.
    #[error(
        "{} says that `{reference}` has {said}, and it has {is}: find out who changed the entry, and write it anew with \
         `servo lock`", .file.display()
    )]
    Contradiction {
        /// Which entry.
        reference: String,
        /// The lock file.
        file: PathBuf,
        /// What stands there.
        said: String,
        /// What is so.
        is: String,
    },
    /// `--locked`, and a signature is gone.
    #[error(
        "`{reference}` was signed by {key} when {} was written, and no signature by that key counts now: `servo verify` \
         says who signed it, and `servo lock` takes it as it is", .file.display()
    )]
    SignerGone {
        /// Which entry.
        reference: String,
        /// The id of the key.
        key: Digest,
        /// The lock file.
        file: PathBuf,
    },
    /// The policy.
    #[error("`trust`: {0}")]
    Trust(String),
    /// The lock file.
    #[error("{}: {why}", .path.display())]
    Lock {
        /// Its name.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Another file.
    #[error("`{}` cannot be {done}: {error}", .path.display())]
    File {
        /// Its name.
        path: PathBuf,
        /// What was to be done: `read` or `written`.
        done: &'static str,
        /// What is wrong.
        error: String,
    },
    /// A key.
    #[error("`{}`: {error}", .path.display())]
    Key {
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        error: String,
    },
    /// It was asked for in a way that cannot be.
    #[error("{0}")]
    Usage(String),
    /// It cannot be run.
    #[error("{0}")]
    Load(String),
}

impl From<SignatureError> for DepotError {
    fn from(error: SignatureError) -> Self {
        match error {
            SignatureError::Registry(error) => Self::Registry(error),
            error => Self::Signature(error),
        }
    }
}

impl Depot {
    /// Registries that are spoken to so, and the store in this state directory. Nothing is touched yet.
    pub fn new(state: StateDir, options: RegistryOptions, report: Report) -> Self {
        Self {
            state,
            options,
            registry: OnceLock::new(),
            hasty: OnceLock::new(),
            store: OnceLock::new(),
            report,
            seen: Mutex::default(),
            away: Mutex::default(),
        }
    }

    /// The registries; made when they are first needed.
    pub(crate) fn registry(&self) -> Result<&Registry, DepotError> {
        if let Some(registry) = self.registry.get() {
            return Ok(registry);
        }
        let registry = Registry::new(self.options.clone())?;
        Ok(self.registry.get_or_init(|| registry))
    }

    /// The registries for questions that can be left unanswered: asked once, and not for long.
    pub(crate) fn hasty(&self) -> Result<&Registry, DepotError> {
        if let Some(registry) = self.hasty.get() {
            return Ok(registry);
        }
        let options = self.options.clone();
        let registry =
            Registry::new(RegistryOptions { connect: HASTE, deadline: 2 * HASTE, retries: 0, ..options })?;
        Ok(self.hasty.get_or_init(|| registry))
    }

    /// The store; made when it is first needed.
    pub(crate) fn store(&self) -> Result<&Store, DepotError> {
        if let Some(store) = self.store.get() {
            return Ok(store);
        }
        let store = Store::open(&self.state.store())?;
        Ok(self.store.get_or_init(|| store))
    }

    /// The store, if there ever was one.
    pub(crate) fn known_store(&self) -> Result<Option<&Store>, DepotError> {
        if self.state.store().exists() { self.store().map(Some) } else { Ok(None) }
    }
}

impl fmt::Debug for Depot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Depot").field("state", &self.state).finish_non_exhaustive()
    }
}
