//! News of one service, or of whatever runs as one type on one host: its state first, then each change of it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::Snapshot;
use crate::record::Service;
use crate::state::{Change, State, Why};
use crate::view::{Notice, Watcher};

/// Somebody who wants to know what becomes of one service.
#[derive(Debug)]
pub struct Notifier {
    watcher: Watcher,
    whom: Whom,
    unix: fn() -> u64,
    /// All that are meant: one by uuid, perhaps several by type and host.
    meant: HashMap<Arc<str>, One>,
    told: Option<(State, Option<Service>)>,
}

/// What is so of a service now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// Its state.
    pub state: State,
    /// What it says of itself, or said last; nothing when it was never seen.
    pub service: Option<Service>,
    /// The revision of etcd that made it so.
    pub revision: i64,
    /// How many batches of changes were missed before, because they were not taken in time.
    pub missed: u64,
}

#[derive(Debug)]
pub(crate) enum Whom {
    Uuid(Arc<str>),
    Place { kind: Arc<str>, host: Arc<str> },
}

#[derive(Clone, Debug)]
struct One {
    state: State,
    service: Service,
    /// Whoever came later is newer.
    created: i64,
}

impl Notifier {
    pub(crate) fn new(watcher: Watcher, whom: Whom, unix: fn() -> u64) -> Self {
        Self { watcher, whom, unix, meant: HashMap::new(), told: None }
    }

    /// Waits for news; the first is how it stands now. Nothing when nobody keeps the view any more. Nothing is lost
    /// when the future is dropped before.
    pub async fn next(&mut self) -> Option<News> {
        loop {
            let (revision, missed) = match self.watcher.next().await? {
                Notice::State { snapshot, missed } => (self.begin(&snapshot), missed),
                Notice::Changes(changes) => (self.learn(&changes), 0),
            };
            let best = self.meant.values().max_by_key(|one| (one.state == State::Up, one.created));
            let now = match best {
                Some(one) => (one.state, Some(one.service.clone())),
                None => (State::Down(Why::NeverSeen), None),
            };
            if missed > 0 || self.told.as_ref() != Some(&now) {
                self.told = Some(now.clone());
                let (state, service) = now;
                return Some(News { state, service, revision, missed });
            }
        }
    }

    fn begin(&mut self, snapshot: &Snapshot) -> i64 {
        let entries: Vec<_> = match &self.whom {
            Whom::Uuid(uuid) => snapshot.get(uuid).into_iter().collect(),
            Whom::Place { kind, host } => snapshot.at(kind, host).collect(),
        };
        let ones = entries.into_iter().map(|entry| {
            let one =
                One { state: entry.state(self.unix), service: entry.service.clone(), created: entry.created };
            (Arc::clone(&entry.service.uuid), one)
        });
        self.meant = ones.collect();
        snapshot.revision()
    }

    fn learn(&mut self, changes: &[Change]) -> i64 {
        for Change { uuid, after, service, revision, .. } in changes {
            let meant = match &self.whom {
                Whom::Uuid(whom) => whom == uuid,
                Whom::Place { kind, host } => service.kind == *kind && service.host == *host,
            };
            if !meant {
                // It may have been here before.
                self.meant.remove(uuid);
                continue;
            }
            // One that was deleted and comes again is a new one.
            let known = self.meant.get(uuid);
            let known = known.filter(|one| one.state != State::Down(Why::Deleted));
            let created = known.map_or(*revision, |one| one.created);
            let one = One { state: *after, service: service.clone(), created };
            self.meant.insert(Arc::clone(uuid), one);
        }
        if self.meant.len() > 1 {
            // Those that are gone count only as long as there is no other.
            let (gone, there): (Vec<_>, Vec<_>) =
                self.meant.drain().partition(|(_, one)| one.state == State::Down(Why::Deleted));
            let newest = gone.into_iter().max_by_key(|(_, one)| one.created).filter(|_| there.is_empty());
            self.meant = there.into_iter().chain(newest).collect();
        }
        changes.first().map_or(0, |change| change.revision)
    }
}

#[cfg(test)]
mod tests;
