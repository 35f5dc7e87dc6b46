//! A process at work in the store: while it holds, nobody cleans up.

use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use crate::digest::Digest;

use super::records::{self, Installed, Record};
use super::{INSTALLED, Store, StoreError, UNFINISHED, Writer, io_error, names, remove};

/// The file that is locked.
const LOCK: &str = "lock";
/// How often and how many times a lock that is taken is tried again: ten seconds, where cleaning up takes one.
const TRY_EVERY: Duration = Duration::from_millis(50);
const TRIES: usize = 200;

/// Changes the store. As long as one is held, nothing is swept away, so that content may come before what refers to it.
#[derive(Debug)]
pub struct Hold {
    store: Store,
    _lock: File,
}

impl Hold {
    pub(super) async fn take(store: &Store) -> Result<Self, StoreError> {
        // Nobody else is at work: what is unfinished was left by a process that was killed.
        if let Some(_alone) = alone(store)? {
            tidy(store)?;
        }
        let (path, lock) = open(store)?;
        for _ in 0..TRIES {
            match flock(&lock, FlockOperation::NonBlockingLockShared) {
                Ok(()) => return Ok(Self { store: store.clone(), _lock: lock }),
                Err(rustix::io::Errno::WOULDBLOCK) => tokio::time::sleep(TRY_EVERY).await,
                Err(error) => return Err(io_error(&path)(error.into())),
            }
        }
        Err(StoreError::Busy(store.folder.clone()))
    }

    /// The store that is held.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Begins to take content of this digest and size in bytes.
    ///
    /// # Errors
    /// No file can be made.
    pub fn writer(&self, digest: Digest, size: u64) -> Result<Writer<'_>, StoreError> {
        Writer::new(self, digest, size)
    }

    /// Keeps this content.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn put(&self, content: &[u8]) -> Result<Digest, StoreError> {
        let digest = Digest::of(content);
        if self.store.blob(&digest)?.is_none() {
            let mut writer = self.writer(digest, content.len() as u64)?;
            writer.write(content)?;
            writer.finish()?;
        }
        Ok(digest)
    }

    /// Keeps what is known of a reference, and where its tag was seen.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep(&self, record: &Record) -> Result<(), StoreError> {
        records::keep(&self.store, record)
    }

    /// Installs a connector under its name, in place of what had the name.
    ///
    /// # Errors
    /// The name is none, or it cannot be written.
    pub fn install(&self, connector: &Installed) -> Result<(), StoreError> {
        records::install(&self.store, connector)
    }

    /// Removes the name. The content goes with the next sweep.
    ///
    /// # Errors
    /// The name is none, or its file cannot be removed.
    pub fn uninstall(&self, name: &str) -> Result<(), StoreError> {
        remove(&self.store.path(INSTALLED, &records::file_of(name)?))
    }
}

/// The store for one process alone, if no other holds it.
pub(super) fn alone(store: &Store) -> Result<Option<File>, StoreError> {
    let (path, lock) = open(store)?;
    match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(lock)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(io_error(&path)(error.into())),
    }
}

/// Removes what was never finished; to be called alone.
pub(super) fn tidy(store: &Store) -> Result<(), StoreError> {
    let folder = store.folder.join(UNFINISHED);
    names(&folder)?.iter().try_for_each(|name| remove(&folder.join(name)))
}

fn open(store: &Store) -> Result<(PathBuf, File), StoreError> {
    let path = store.folder.join(LOCK);
    let opened = File::options().create(true).truncate(false).write(true).open(&path);
    let lock = opened.map_err(io_error(&path))?;
    Ok((path, lock))
}
