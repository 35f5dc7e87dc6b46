//! The writer of the picture: what etcd reports goes in, the next picture and what changed come out. No IO.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use crate::clock::Moment;
use crate::guard::{Guard, GuardOptions};
use crate::model::{Entry, Model};
use crate::record::{Maintenance, Service, Status};
use crate::state::{Change, State};

/// How many deleted services are told from those that never were.
const REMEMBERED: usize = 1_000;

/// One thing that etcd reported.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    /// A record was written or removed.
    Record { uuid: Arc<str>, record: Option<Recorded> },
    /// The key of a status was written, with its lease, or removed.
    Status { uuid: Arc<str>, status: Status, lease: Option<i64> },
}

/// A record and its revisions.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) service: Service,
    pub(crate) created: i64,
    pub(crate) modified: i64,
}

#[derive(Debug)]
pub(crate) struct Book {
    model: Model,
    guard: Guard,
    names: Names,
    deleted: VecDeque<Arc<str>>,
}

/// When something is reported.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) moment: Moment,
    /// In Unix seconds.
    pub(crate) unix: u64,
}

impl Book {
    pub(crate) fn new(guard: GuardOptions) -> Self {
        let (names, deleted) = (Names::default(), VecDeque::new());
        Self { model: Model::new(), guard: Guard::new(guard), names, deleted }
    }

    pub(crate) fn model(&self) -> &Model {
        &self.model
    }

    pub(crate) fn into_model(self) -> Model {
        self.model
    }

    /// When [`Book::tick`] has something to do.
    pub(crate) fn due(&self) -> Option<Moment> {
        self.guard.due()
    }

    /// How many services are held as suspects.
    pub(crate) fn suspects(&self) -> usize {
        self.guard.held()
    }

    /// What changed at `revision`.
    pub(crate) fn apply(&mut self, facts: Vec<Fact>, revision: i64, now: Now) -> Vec<Change> {
        let mut touched: HashMap<Arc<str>, Entry> = HashMap::new();
        for fact in facts {
            let uuid = match &fact {
                Fact::Record { uuid, .. } | Fact::Status { uuid, .. } => Arc::clone(uuid),
            };
            let known = |uuid: &Arc<str>| {
                self.model.entry(uuid).map_or_else(|| Entry::unrecorded(uuid), |entry| (**entry).clone())
            };
            let entry = touched.entry(uuid).or_insert_with_key(known);
            match fact {
                Fact::Record { record: Some(Recorded { service, created, modified }), .. } => {
                    (entry.service, entry.created, entry.modified) =
                        (self.names.share(service), created, modified);
                    (entry.recorded, entry.deleted) = (true, false);
                }
                Fact::Record { record: None, .. } => {
                    entry.deleted |= entry.recorded;
                    entry.recorded = false;
                }
                Fact::Status { status, lease, .. } => {
                    let key = if status == Status::Up { &mut entry.up } else { &mut entry.down };
                    *key = lease;
                }
            }
        }
        self.finish(touched, revision, now)
    }

    /// All there is at `revision`; what is not among `facts` is gone.
    pub(crate) fn replace(&mut self, mut facts: Vec<Fact>, revision: i64, now: Now) -> Vec<Change> {
        let gone = self.model.uuids().flat_map(|uuid| {
            let record = Fact::Record { uuid: Arc::clone(uuid), record: None };
            let key = |status| Fact::Status { uuid: Arc::clone(uuid), status, lease: None };
            [record, key(Status::Up), key(Status::Down)]
        });
        // A later fact of the same kind takes the place of an earlier one.
        let mut all: Vec<Fact> = gone.collect();
        all.append(&mut facts);
        self.apply(all, revision, now)
    }

    /// Lets go who was held long enough; all of them, when an operator says so.
    pub(crate) fn tick(&mut self, now: Now, all: bool) -> Vec<Change> {
        let released = self.guard.release(now.moment, all);
        let entries = released.into_iter().filter_map(|uuid| {
            let mut entry = (**self.model.entry(&uuid)?).clone();
            entry.suspect = false;
            Some((uuid, entry))
        });
        let entries: Vec<_> = entries.collect();
        let revision = self.model.revision;
        entries.into_iter().filter_map(|(uuid, entry)| self.set(&uuid, entry, revision, now)).collect()
    }

    fn finish(&mut self, touched: HashMap<Arc<str>, Entry>, revision: i64, now: Now) -> Vec<Change> {
        self.model.revision = revision;
        let mut changes: HashMap<Arc<str>, Change> = HashMap::new();
        for (uuid, mut entry) in touched {
            let was_up = self.model.entry(&uuid).is_some_and(|entry| entry.up.is_some());
            let expired = entry.recorded && entry.service.status == Status::Up && entry.up.is_none();
            entry.suspect &= expired;
            if was_up && expired {
                self.guard.vanished(Arc::clone(&uuid), now.moment);
            } else if !expired {
                self.guard.settled(&uuid);
            }
            if entry.deleted && !self.model.entry(&uuid).is_some_and(|entry| entry.deleted) {
                self.deleted.push_back(Arc::clone(&uuid));
            }
            if let Some(change) = self.set(&uuid, entry, revision, now) {
                changes.insert(uuid, change);
            }
        }
        for uuid in self.guard.judge(self.model.ups(), now.moment) {
            let Some(entry) = self.model.entry(&uuid) else { continue };
            let entry = Entry { suspect: true, ..(**entry).clone() };
            if let Some(change) = self.set(&uuid, entry, revision, now) {
                let changed = changes.entry(uuid).or_insert_with(|| change.clone());
                changed.after = change.after;
            }
        }
        while self.deleted.len() > REMEMBERED {
            let Some(oldest) = self.deleted.pop_front() else { break };
            if self.model.entry(&oldest).is_some_and(|entry| !entry.recorded) {
                self.model.set(&oldest, None);
            }
        }
        self.names.tidy();
        let mut changes: Vec<Change> = changes.into_values().collect();
        changes.sort_by(|one, other| one.uuid.cmp(&other.uuid));
        changes
    }

    /// Writes one entry and says what that changes for those who watch.
    fn set(&mut self, uuid: &Arc<str>, entry: Entry, revision: i64, now: Now) -> Option<Change> {
        let old = self.model.entry(uuid).map(Arc::clone);
        let unix = || now.unix;
        let before = old.as_ref().map_or(State::Down(crate::Why::NeverSeen), |old| old.state(unix));
        let after = entry.state(unix);
        let says_other = entry.recorded && old.as_ref().is_none_or(|old| old.service != entry.service);
        let service = entry.service.clone();
        self.model.set(uuid, Some(entry));
        let uuid = Arc::clone(&service.uuid);
        (before != after || says_other).then_some(Change { uuid, before, after, service, revision })
    }
}

/// Texts that many services share are kept once.
#[derive(Debug, Default)]
struct Names {
    known: HashSet<Arc<str>>,
    /// When there are more, those that nobody uses are dropped.
    bound: usize,
}

impl Names {
    fn share(&mut self, service: Service) -> Service {
        let Service { uuid, kind, host, status, region, maintenance: Maintenance { start, end, note } } =
            service;
        let mut one = |text: Arc<str>| match self.known.get(&text) {
            Some(known) => Arc::clone(known),
            None => {
                self.known.insert(Arc::clone(&text));
                text
            }
        };
        let (kind, host, region, note) = (one(kind), one(host), one(region), one(note));
        Service { uuid, kind, host, status, region, maintenance: Maintenance { start, end, note } }
    }

    fn tidy(&mut self) {
        if self.known.len() > self.bound.max(1024) {
            self.known.retain(|text| Arc::strong_count(text) > 1);
            self.bound = self.known.len() * 2;
        }
    }
}

#[cfg(test)]
mod tests;
