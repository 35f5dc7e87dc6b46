//! The writer of the picture: what etcd reports goes in, the next picture and what changed come out. No IO.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Moment;
use crate::flapping::{FlapOptions, Flaps};
use crate::guard::{Guard, GuardOptions, Hold, UNSEEN};
use crate::model::{Entry, Held, Model};
use crate::record::{Maintenance, Service, Status};
use crate::state::{Change, State};

/// How many deleted services are told from those that never were.
const REMEMBERED: usize = 1_000;

/// One thing that etcd reported.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    /// A record was written or removed.
    Record { uuid: Arc<str>, record: Option<Box<Recorded>> },
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
    flaps: Flaps,
    names: Names,
    deleted: VecDeque<Arc<str>>,
    /// Whether anybody wants to know what changes.
    heard: bool,
    /// What is reported may have happened long ago.
    late: bool,
}

/// When something is reported.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) moment: Moment,
    /// In Unix seconds.
    pub(crate) unix: u64,
}

impl Book {
    pub(crate) fn new(guard: GuardOptions, flapping: FlapOptions) -> Self {
        let (guard, flaps) = (Guard::new(guard), Flaps::new(flapping));
        let (names, deleted) = (Names::default(), VecDeque::new());
        Self { model: Model::new(), guard, flaps, names, deleted, heard: true, late: false }
    }

    /// Whether anybody wants to know what changes from now on.
    pub(crate) fn listen(&mut self, heard: bool) {
        self.heard = heard;
    }

    pub(crate) fn model(&self) -> &Model {
        &self.model
    }

    pub(crate) fn into_model(self) -> Model {
        self.model
    }

    /// When [`Book::tick`] has something to do.
    pub(crate) fn due(&self) -> Option<Moment> {
        self.guard.due().into_iter().chain(self.flaps.due()).min()
    }

    /// What is reported from now on was not seen for so long; whether that is so long that nobody knows who vanished at
    /// once: longer than the time within which services must do so to be suspects.
    pub(crate) fn unseen_for(&mut self, gap: Duration) -> bool {
        self.late = gap > self.guard.within();
        self.late
    }

    /// Whether many vanished at once.
    pub(crate) fn hold(&self) -> Option<Hold> {
        self.guard.hold()
    }

    /// For how long services are held then.
    pub(crate) fn hold_time(&self) -> Duration {
        self.guard.time()
    }

    /// How many services are held as suspects.
    pub(crate) fn suspects(&self) -> usize {
        self.guard.held()
    }

    /// What changed at `revision`.
    pub(crate) fn apply(&mut self, mut facts: Vec<Fact>, revision: i64, now: Now) -> Vec<Change> {
        let before = std::mem::replace(&mut self.model.revision, revision);
        // One service after the other; a later fact of the same kind takes the place of an earlier one.
        facts.sort_by(|one, other| one.uuid().cmp(other.uuid()));
        let mut facts = facts.into_iter().peekable();
        let mut changes = Changes::default();
        while let Some(first) = facts.next() {
            let uuid = Arc::clone(first.uuid());
            let old = self.model.entry(&uuid).map(Arc::clone);
            let mut entry = old.as_deref().cloned().unwrap_or_else(|| Entry::unrecorded(&uuid));
            self.learn(&mut entry, first);
            while let Some(next) = facts.next_if(|next| *next.uuid() == uuid) {
                self.learn(&mut entry, next);
            }
            entry.held = self.held(&uuid, old.as_deref(), &entry, before, now);
            match (old.is_some_and(|old| old.deleted), entry.deleted) {
                (false, true) => self.deleted.push_back(Arc::clone(&uuid)),
                // It is the newest, not the oldest, when it is deleted again.
                (true, false) => self.deleted.retain(|other| *other != uuid),
                _ => {}
            }
            changes.add(self.set(&uuid, entry, now));
        }
        self.judge(&mut changes, now);
        while self.deleted.len() > REMEMBERED {
            let Some(oldest) = self.deleted.pop_front() else { break };
            if let Some(entry) = self.model.entry(&oldest) {
                // What it still has of keys is not forgotten.
                let entry = Entry { deleted: false, ..(**entry).clone() };
                self.model.set(&oldest, Some(entry));
            }
        }
        self.names.tidy();
        changes.0
    }

    /// All there is at `revision`; what is not among `facts` is gone.
    pub(crate) fn replace(&mut self, mut facts: Vec<Fact>, revision: i64, now: Now) -> Vec<Change> {
        let gone = self.model.uuids().flat_map(|uuid| {
            let record = Fact::Record { uuid: Arc::clone(uuid), record: None };
            let key = |status| Fact::Status { uuid: Arc::clone(uuid), status, lease: None };
            [record, key(Status::Up), key(Status::Down)]
        });
        let mut all: Vec<Fact> = gone.collect();
        all.append(&mut facts);
        self.apply(all, revision, now)
    }

    /// Holds those of `uuids` that have expired, as others who saw them vanish do.
    pub(crate) fn suspect(&mut self, uuids: &[Arc<str>], hold: Hold, now: Now) -> Vec<Change> {
        let mut changes = Changes::default();
        for uuid in uuids {
            if self.model.entry(uuid).is_some_and(|entry| entry.has_expired()) {
                self.guard.told(Arc::clone(uuid), hold);
                changes.add(self.show(uuid, Held::Suspect, now));
            }
        }
        changes.0
    }

    /// Lets go who was held long enough; all suspects, when an operator says so.
    pub(crate) fn tick(&mut self, now: Now, all: bool) -> Vec<Change> {
        let mut changes = Changes::default();
        let mut released = self.guard.release(now.moment, all);
        for (uuid, before) in self.flaps.over(now.moment) {
            if self.model.entry(&uuid).is_some_and(|entry| entry.held == Held::Up) {
                self.guard.vanished(Arc::clone(&uuid), before, now.moment);
            }
            released.push(uuid);
        }
        released.sort_unstable();
        for uuid in released {
            changes.add(self.show(&uuid, Held::No, now));
        }
        self.judge(&mut changes, now);
        changes.0
    }

    fn learn(&mut self, entry: &mut Entry, fact: Fact) {
        match fact {
            Fact::Record { record: Some(record), .. } => {
                let Recorded { service, created, modified } = *record;
                (entry.service, entry.created, entry.modified) =
                    (self.names.share(service), created, modified);
                (entry.recorded, entry.deleted) = (true, false);
            }
            Fact::Record { record: None, .. } => {
                entry.deleted |= entry.recorded;
                entry.recorded = false;
            }
            Fact::Status { status: Status::Up, lease, .. } => entry.up = lease,
            Fact::Status { status: Status::Down, lease, .. } => entry.down = lease,
        }
    }

    /// What is shown of a service that was as `old` at revision `before` and has other keys now.
    fn held(&mut self, uuid: &Arc<str>, old: Option<&Entry>, new: &Entry, before: i64, now: Now) -> Held {
        let was = old.map_or(Held::No, |old| old.held);
        let (was_up, was_expired) = old.map_or((false, false), |old| (old.up.is_some(), old.has_expired()));
        if was_up && new.has_expired() {
            let before = if self.late { UNSEEN } else { before };
            if was == Held::Down {
                self.flaps.settled(uuid);
            } else if self.flaps.goes(uuid, before, now.moment) {
                return Held::Up;
            } else {
                self.guard.vanished(Arc::clone(uuid), before, now.moment);
            }
            Held::No
        } else if new.has_expired() || (was_up && new.up.is_some()) {
            was
        } else {
            self.flaps.settled(uuid);
            if was_expired {
                self.guard.settled(uuid);
            }
            let counts = was_expired && was != Held::Up && new.up.is_some();
            if counts && self.flaps.comes(uuid, before, now.moment) { Held::Down } else { Held::No }
        }
    }

    /// Holds those that vanished, if they are too many.
    fn judge(&mut self, changes: &mut Changes, now: Now) {
        for uuid in self.guard.judge(self.model.ups(), now.moment) {
            changes.add(self.show(&uuid, Held::Suspect, now));
        }
    }

    /// Shows a service, whose keys stay as they are, in another way.
    fn show(&mut self, uuid: &Arc<str>, held: Held, now: Now) -> Option<Change> {
        let entry = Entry { held, ..(**self.model.entry(uuid)?).clone() };
        self.set(uuid, entry, now)
    }

    /// Writes one entry and says what that changes for those who watch.
    fn set(&mut self, uuid: &Arc<str>, entry: Entry, now: Now) -> Option<Change> {
        if !self.heard {
            self.model.set(uuid, Some(entry));
            return None;
        }
        let revision = self.model.revision;
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

/// What changed at once, by uuid, at most one change for each service.
#[derive(Debug, Default)]
struct Changes(Vec<Change>);

impl Changes {
    fn add(&mut self, change: Option<Change>) {
        let Some(change) = change else { return };
        match self.0.binary_search_by(|other| other.uuid.cmp(&change.uuid)) {
            Ok(first) => self.0[first].after = change.after,
            Err(place) => self.0.insert(place, change),
        }
    }
}

impl Fact {
    fn uuid(&self) -> &Arc<str> {
        match self {
            Self::Record { uuid, .. } | Self::Status { uuid, .. } => uuid,
        }
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
