//! Compressed reports that were made before, bounded in entries (a setting) and in bytes (fixed).
//! All entries have one compression level: a change of the level empties the cache.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::settings::Eviction;

/// The most bytes that the entries may hold together, whatever the number of entries allows.
pub(crate) const BYTES_MAX: usize = 128 * 1024 * 1024;

/// The cache; every method may be called from any thread.
#[derive(Debug)]
pub(crate) struct Cache {
    inner: Mutex<Inner>,
}

impl Cache {
    /// A cache that keeps nothing until [`Cache::configure`] allows entries.
    pub(crate) fn new(bytes_max: usize) -> Cache {
        let inner = Inner {
            index: HashMap::new(),
            slots: Vec::new(),
            newest: NONE,
            oldest: NONE,
            bytes: 0,
            bytes_max,
            entries_max: 0,
            eviction: Eviction::Fifo,
            level: 0,
        };
        Cache { inner: Mutex::new(inner) }
    }

    /// Changes the bounds; surplus entries leave at once, and all of them when `level` is a new one.
    pub(crate) fn configure(&self, entries_max: usize, eviction: Eviction, level: u32) {
        let mut inner = self.lock();
        if inner.level != level {
            inner.clear();
        }
        (inner.entries_max, inner.eviction, inner.level) = (entries_max, eviction, level);
        inner.shrink(0, 0);
        inner.give_back_memory();
    }

    /// The report `id` if it is there.
    pub(crate) fn get(&self, id: u32) -> Option<Bytes> {
        let mut inner = self.lock();
        let slot = *inner.index.get(&id)?;
        if inner.eviction == Eviction::Lru && inner.newest != slot {
            inner.unlink(slot);
            inner.link_newest(slot);
        }
        inner.slots.get(slot).map(|slot| slot.report.clone())
    }

    /// Keeps report `id`, compressed at `level`. Nothing happens if that is no longer the level of the cache, if the
    /// report is there already, or if it is too large for the cache.
    pub(crate) fn put(&self, level: u32, id: u32, report: Bytes) {
        let mut inner = self.lock();
        let fits = inner.entries_max > 0 && report.len() <= inner.bytes_max;
        if inner.level != level || !fits || inner.index.contains_key(&id) {
            return;
        }
        inner.shrink(1, report.len());
        inner.bytes += report.len();
        let slot = inner.slots.len();
        inner.slots.push(Slot { id, report, newer: NONE, older: NONE });
        inner.index.insert(id, slot);
        inner.link_newest(slot);
    }

    /// How many entries there are, and how many bytes they hold.
    pub(crate) fn usage(&self) -> (usize, usize) {
        let inner = self.lock();
        (inner.slots.len(), inner.bytes)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// No slot: the end of the list.
const NONE: usize = usize::MAX;

/// The entries lie without gaps in `slots`, which are at the same time a list from the oldest to the newest.
#[derive(Debug)]
struct Inner {
    index: HashMap<u32, usize>,
    slots: Vec<Slot>,
    newest: usize,
    oldest: usize,
    bytes: usize,
    bytes_max: usize,
    entries_max: usize,
    eviction: Eviction,
    level: u32,
}

#[derive(Debug)]
struct Slot {
    id: u32,
    report: Bytes,
    newer: usize,
    older: usize,
}

impl Inner {
    /// Removes the oldest entries until `entries` more with `bytes` more have room.
    fn shrink(&mut self, entries: usize, bytes: usize) {
        while self.oldest != NONE
            && (self.slots.len() + entries > self.entries_max || self.bytes + bytes > self.bytes_max)
        {
            self.remove(self.oldest);
        }
    }

    fn remove(&mut self, slot: usize) {
        self.unlink(slot);
        let gone = self.slots.swap_remove(slot);
        self.index.remove(&gone.id);
        self.bytes -= gone.report.len();
        // The last entry moved into the gap: whoever pointed to its old place must follow.
        if let Some(moved) = self.slots.get(slot) {
            let (id, newer, older) = (moved.id, moved.newer, moved.older);
            self.index.insert(id, slot);
            self.point(newer, older, slot, slot);
        }
    }

    fn unlink(&mut self, slot: usize) {
        if let Some(&Slot { newer, older, .. }) = self.slots.get(slot) {
            self.point(newer, older, older, newer);
        }
    }

    fn link_newest(&mut self, slot: usize) {
        let older = self.newest;
        if let Some(entry) = self.slots.get_mut(slot) {
            (entry.newer, entry.older) = (NONE, older);
        }
        self.point(NONE, older, slot, slot);
    }

    /// Lets the neighbour `newer` point down to `down`, and the neighbour `older` point up to `up`.
    fn point(&mut self, newer: usize, older: usize, down: usize, up: usize) {
        match self.slots.get_mut(newer) {
            Some(entry) => entry.older = down,
            None => self.newest = down,
        }
        match self.slots.get_mut(older) {
            Some(entry) => entry.newer = up,
            None => self.oldest = up,
        }
    }

    fn clear(&mut self) {
        self.index.clear();
        self.slots.clear();
        (self.newest, self.oldest, self.bytes) = (NONE, NONE, 0);
    }

    fn give_back_memory(&mut self) {
        self.index.shrink_to_fit();
        self.slots.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests;
