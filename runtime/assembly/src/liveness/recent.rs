//! The changes of services that happened last: whoever asks again and again with a cursor misses none of them, however
//! long it is away between two questions.

use std::collections::VecDeque;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use servo_liveness::Change;
use tokio::sync::watch;

/// Changes that are remembered, some hundred bytes each.
const CHANGES: usize = 4_096;

/// What happened last.
#[derive(Debug)]
pub(super) struct Recent {
    /// A cursor of another process means nothing here.
    process: u64,
    changes: Mutex<Changes>,
    news: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Changes {
    /// The number of the first one that is remembered.
    first: u64,
    list: VecDeque<Change>,
}

/// What happened since a cursor.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Since<T> {
    /// The end of what was looked at.
    pub(super) cursor: String,
    pub(super) found: Vec<T>,
    /// The cursor is too old, or what came next has no room.
    pub(super) missed: bool,
}

impl Recent {
    pub(super) fn new() -> Self {
        Self::of(RandomState::new().build_hasher().finish())
    }

    fn of(process: u64) -> Self {
        Self { process, changes: Mutex::default(), news: watch::Sender::new(()) }
    }

    /// Remembers what happened.
    pub(super) fn add(&self, news: &[Change]) {
        let mut changes = self.changes();
        changes.list.extend(news.iter().cloned());
        while changes.list.len() > CHANGES {
            changes.list.pop_front();
            changes.first += 1;
        }
        drop(changes);
        self.news.send_replace(());
    }

    /// Something happened that nobody knows: all cursors that were given out are too old.
    pub(super) fn lose(&self) {
        let mut changes = self.changes();
        *changes = Changes { first: changes.end() + 1, list: VecDeque::new() };
        drop(changes);
        self.news.send_replace(());
    }

    /// Sees when there is news.
    pub(super) fn subscribe(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }

    /// The cursor of now.
    pub(super) fn end(&self) -> String {
        self.cursor(self.changes().end())
    }

    /// What `look` makes of the changes after a cursor; it goes on until there are no more, or `look` has nothing.
    pub(super) fn since<T>(
        &self,
        cursor: &str,
        mut look: impl FnMut(&Change) -> Option<Option<T>>,
    ) -> Since<T> {
        let changes = self.changes();
        let from = self.number(cursor).filter(|number| (changes.first..=changes.end()).contains(number));
        let Some(from) = from else {
            return Since { cursor: self.cursor(changes.end()), found: Vec::new(), missed: true };
        };
        let (mut at, mut found) = (from, Vec::new());
        let skip = usize::try_from(from - changes.first).unwrap_or(usize::MAX);
        for change in changes.list.iter().skip(skip) {
            match look(change) {
                Some(one) => found.extend(one),
                // One that has no room of its own is passed over: otherwise it would be in the way for ever.
                None if at == from => return Since { cursor: self.cursor(at + 1), found, missed: true },
                None => break,
            }
            at += 1;
        }
        Since { cursor: self.cursor(at), found, missed: false }
    }

    fn cursor(&self, number: u64) -> String {
        format!("{:016x}-{number}", self.process)
    }

    fn number(&self, cursor: &str) -> Option<u64> {
        let (process, number) = cursor.split_once('-')?;
        let number = number.parse().ok()?;
        (u64::from_str_radix(process, 16) == Ok(self.process)).then_some(number)
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Changes {
    fn end(&self) -> u64 {
        self.first + self.list.len() as u64
    }
}

#[cfg(test)]
mod tests;
