//! What the connector of one alias keeps: keys and values in a journal that any end of the process leaves whole.
//!
//! The process that has the lock beside the journal writes; others read. Instances of one alias in one process, an
//! old one and its successor, share one shelf.

mod journal;

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use thiserror::Error;

use crate::limits::{Bucket, Rate};
use journal::{Change, Journal};

/// The longest key in bytes.
const KEY_MAX: usize = 256;
/// What an entry costs beside its key and value.
const ENTRY: usize = 64;
/// Bytes that are written within a second at most; small puts count as a block.
const WRITTEN: u64 = 4 << 20;
/// The smallest amount that a put counts for.
const BLOCK: u64 = 4 << 10;

/// Why something is not kept or not read.
#[derive(Debug, Error)]
pub(crate) enum ShelfError {
    /// The key is too long.
    #[error("the key has {0} bytes, more than {KEY_MAX}")]
    Key(usize),
    /// No room.
    #[error("{used} bytes are kept and this would make {wanted}, more than {limit}")]
    Full {
        /// Bytes before.
        used: usize,
        /// Bytes after.
        wanted: usize,
        /// The limit.
        limit: usize,
    },
    /// Too much was written at once.
    #[error("more than {WRITTEN} bytes written within a second")]
    Flood,
    /// Another process writes.
    #[error("another process, probably a running servo, writes `{}`", .0.display())]
    Busy(PathBuf),
    /// Not a file.
    #[error("`{}` is not a plain file (a link or a pipe, say): move it away to begin empty", .0.display())]
    Kind(PathBuf),
    /// More than any journal has.
    #[error("`{}` is larger than any journal, {} bytes: move it away to begin empty", .0.display(), journal::SIZE_MAX)]
    Large(PathBuf),
    /// Something else than a journal.
    #[error("line {line} of `{}` is not what was written: move the file away to begin empty", path.display())]
    Corrupt {
        /// The journal.
        path: PathBuf,
        /// Its first line that cannot be read.
        line: usize,
    },
    /// The file system.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// Keys and values of one alias.
#[derive(Debug)]
pub(crate) struct Shelf {
    path: PathBuf,
    written: Bucket,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// The journal and the lock beside it, once this process writes.
    owned: Option<(Journal, File)>,
    entries: BTreeMap<String, Vec<u8>>,
    /// What the entries cost, and the most that they did.
    used: usize,
    peak: usize,
}

/// The shelves that this process has, by path.
#[derive(Debug, Default)]
pub(crate) struct Shelves(Mutex<HashMap<PathBuf, Weak<Shelf>>>);

impl Shelves {
    /// The shelf at a path; whoever else has it shares it.
    pub(crate) fn open(&self, path: &Path) -> Arc<Shelf> {
        let mut shelves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shelves.retain(|_, shelf| shelf.strong_count() > 0);
        if let Some(shelf) = shelves.get(path).and_then(Weak::upgrade) {
            return shelf;
        }
        let written = Bucket::new(Rate { amount: WRITTEN, per: Duration::from_secs(1) });
        let shelf = Arc::new(Shelf { path: path.to_owned(), written, inner: Mutex::default() });
        shelves.insert(path.to_owned(), Arc::downgrade(&shelf));
        shelf
    }
}

impl Shelf {
    /// Takes the lock if it is free, so that other processes know that this one writes; false when it is not.
    pub(crate) fn claim(&self) -> Result<bool, ShelfError> {
        match self.own(&mut self.lock()) {
            Ok(()) => Ok(true),
            Err(ShelfError::Busy(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, ShelfError> {
        Ok(self.fresh()?.entries.get(key).cloned())
    }

    /// The keys that begin with `prefix`.
    pub(crate) fn keys(&self, prefix: &str) -> Result<Vec<String>, ShelfError> {
        let inner = self.fresh()?;
        let from = inner.entries.range(prefix.to_owned()..);
        Ok(from.map(|(key, _)| key).take_while(|key| key.starts_with(prefix)).cloned().collect())
    }

    /// Sets a key, if everything then is no more than `limit` bytes.
    pub(crate) fn put(&self, key: &str, value: &[u8], limit: usize) -> Result<(), ShelfError> {
        if key.len() > KEY_MAX {
            return Err(ShelfError::Key(key.len()));
        }
        let mut inner = self.lock();
        self.own(&mut inner)?;
        let before = inner.entries.get(key).map_or(0, |old| cost(key, old));
        let wanted = inner.used - before + cost(key, value);
        if wanted > limit {
            return Err(ShelfError::Full { used: inner.used, wanted, limit });
        }
        self.write(&mut inner, Change::Put { key, value })?;
        inner.entries.insert(key.to_owned(), value.to_owned());
        inner.used = wanted;
        inner.peak = inner.peak.max(wanted);
        Ok(())
    }

    /// Removes a key.
    pub(crate) fn delete(&self, key: &str) -> Result<(), ShelfError> {
        let mut inner = self.lock();
        self.own(&mut inner)?;
        let Some(before) = inner.entries.get(key).map(|old| cost(key, old)) else { return Ok(()) };
        self.write(&mut inner, Change::Delete { key })?;
        inner.entries.remove(key);
        inner.used -= before;
        Ok(())
    }

    /// Bytes that are kept, as far as this process has read, and the most that were.
    pub(crate) fn used(&self) -> (usize, usize) {
        let inner = self.lock();
        (inner.used, inner.peak)
    }

    fn write(&self, inner: &mut Inner, change: Change<'_>) -> Result<(), ShelfError> {
        let Inner { owned, entries, .. } = inner;
        let Some((journal, _)) = owned else { return Err(ShelfError::Busy(self.path.clone())) };
        if !self.written.take(change.size().clamp(BLOCK, WRITTEN)) {
            return Err(ShelfError::Flood);
        }
        journal.append(&change)?;
        if journal.is_long(entries) {
            // What was just appended is not among the entries yet.
            let (put, gone) = match change {
                Change::Put { key, value } => (Some((key, value)), key),
                Change::Delete { key } => (None, key),
            };
            let others = entries.iter().filter(|(key, _)| *key != gone);
            let others = others.map(|(key, value)| (key.as_str(), value.as_slice()));
            // The change is kept already; a disk that is full fails the next one.
            if let Err(error) = journal.rewrite(others.chain(put)) {
                tracing::warn!("{error}");
            }
        }
        Ok(())
    }

    /// The entries as they are now: another process may have written meanwhile.
    fn fresh(&self) -> Result<MutexGuard<'_, Inner>, ShelfError> {
        let mut inner = self.lock();
        if inner.owned.is_none() {
            let (entries, _) = journal::read(&self.path)?;
            inner.set(entries);
        }
        Ok(inner)
    }

    /// Makes this process the writer.
    fn own(&self, inner: &mut Inner) -> Result<(), ShelfError> {
        if inner.owned.is_none() {
            let lock = journal::lock(&self.path)?;
            let (journal, entries) = Journal::open(&self.path)?;
            inner.owned = Some((journal, lock));
            inner.set(entries);
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn set(&mut self, entries: BTreeMap<String, Vec<u8>>) {
        self.used = entries.iter().map(|(key, value)| cost(key, value)).sum();
        self.peak = self.peak.max(self.used);
        self.entries = entries;
    }
}

fn cost(key: &str, value: &[u8]) -> usize {
    key.len() + value.len() + ENTRY
}

#[cfg(test)]
mod tests;
