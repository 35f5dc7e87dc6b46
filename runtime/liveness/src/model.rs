//! All services at one revision of etcd, as a value that never changes: readers keep it as long as they like, the
//! writer changes a copy that shares all but one shard with it.

use std::collections::BTreeSet;
use std::hash::BuildHasher as _;
use std::sync::Arc;

use foldhash::quality::RandomState;

use crate::record::{Service, Status};
use crate::state::{State, Why};
use crate::store::Filter;

/// Changing one of 100,000 services copies 400 pointers.
const SHARDS: usize = 256;

/// All services at one revision.
#[derive(Clone, Debug)]
pub struct Snapshot(Arc<Model>);

/// A service, its state, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it says of itself.
    pub service: Service,
    /// The revision that registered it.
    pub created: i64,
    /// The revision that changed its record last.
    pub modified: i64,
    pub(crate) recorded: bool,
    /// It was recorded once.
    pub(crate) deleted: bool,
    /// The leases of its keys, where it has them; 0 is a key without one.
    pub(crate) up: Option<i64>,
    pub(crate) down: Option<i64>,
    pub(crate) held: Held,
}

/// What is shown of a service instead of what its keys say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Held {
    #[default]
    No,
    /// Its lease has ended, together with many others.
    Suspect,
    /// Its lease has ended, but not for long enough to count.
    Up,
    /// Its lease is back, but not for long enough to count.
    Down,
}

/// An answer is hardly more than two hashes, so they are quick ones; with seeds that nobody knows.
type Map<K, V> = std::collections::HashMap<K, V, RandomState>;

#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) revision: i64,
    hasher: RandomState,
    services: Vec<Arc<Map<Arc<str>, Arc<Entry>>>>,
    /// By the hash of type and host: who is there.
    places: Vec<Arc<Map<u64, Vec<Arc<str>>>>>,
    ups: usize,
    all: usize,
}

impl Snapshot {
    /// The revision of etcd at which all this was so.
    pub fn revision(&self) -> i64 {
        self.0.revision
    }

    /// How many services there are.
    pub fn len(&self) -> usize {
        self.0.all
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.all == 0
    }

    /// How many are up.
    pub fn ups(&self) -> usize {
        self.0.ups
    }

    /// The service with this uuid.
    pub fn get(&self, uuid: &str) -> Option<&Entry> {
        self.0.entry(uuid).map(|entry| &**entry).filter(|entry| entry.recorded)
    }

    /// The service of this type on this host: the newest that is up, else the newest.
    pub fn find<'a>(&'a self, kind: &'a str, host: &'a str) -> Option<&'a Entry> {
        self.0.at(kind, host).max_by_key(|entry| (entry.is_up(), entry.created))
    }

    /// The services that fit, in no order. Those that are meant by uuid, or by type and host, are found without
    /// looking at the others.
    pub fn matching<'a>(&'a self, filter: &'a Filter) -> impl Iterator<Item = &'a Entry> {
        let Filter { uuids, kinds, hosts, .. } = filter;
        let places = !kinds.is_empty() && !hosts.is_empty();
        let by_uuid = uuids.iter().collect::<BTreeSet<_>>().into_iter().filter_map(|uuid| self.get(uuid));
        let pairs = kinds.iter().flat_map(move |kind| hosts.iter().map(move |host| (kind, host)));
        let pairs: BTreeSet<_> = pairs.filter(|_| uuids.is_empty()).collect();
        let by_place = pairs.into_iter().flat_map(|(kind, host)| self.at(kind, host));
        let all = (uuids.is_empty() && !places).then(|| self.iter()).into_iter().flatten();
        by_uuid.chain(by_place).chain(all).filter(|entry| filter.fits(&entry.service))
    }

    /// All services, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.0.entries().filter(|entry| entry.recorded)
    }

    pub(crate) fn new(model: Model) -> Self {
        Self(Arc::new(model))
    }

    pub(crate) fn state(&self, uuid: &str, unix: impl FnOnce() -> u64) -> Option<State> {
        self.0.entry(uuid).map(|entry| entry.state(unix))
    }

    pub(crate) fn at<'a>(&'a self, kind: &'a str, host: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.0.at(kind, host)
    }
}

impl Entry {
    pub(crate) fn unrecorded(uuid: &Arc<str>) -> Self {
        let service = Service { uuid: Arc::clone(uuid), ..Service::default() };
        let (recorded, deleted, held) = (false, false, Held::No);
        Self { service, created: 0, modified: 0, recorded, deleted, up: None, down: None, held }
    }

    /// The lease that its status hangs on.
    pub fn lease(&self) -> Option<i64> {
        self.up.or(self.down).filter(|lease| *lease != 0)
    }

    /// Its state. The time in Unix seconds tells a maintenance from being set down.
    pub fn state(&self, unix: impl FnOnce() -> u64) -> State {
        if self.is_up() {
            State::Up
        } else if !self.recorded {
            State::Down(if self.deleted { Why::Deleted } else { Why::NeverSeen })
        } else if self.service.status == Status::Down {
            let maintained = self.service.maintenance.start != 0 && self.service.maintenance.covers(unix());
            State::Down(if maintained { Why::Maintenance } else { Why::SetDown })
        } else if self.held == Held::Suspect {
            State::Suspect
        } else {
            State::Down(Why::Expired)
        }
    }

    pub(crate) fn is_up(&self) -> bool {
        // A status without a record says nothing that is known of anybody: no type, no host.
        self.recorded && (self.held == Held::Up || (self.up.is_some() && self.held != Held::Down))
    }

    /// Whether it says that it is up, but its lease has ended.
    pub(crate) fn has_expired(&self) -> bool {
        self.recorded && self.service.status == Status::Up && self.up.is_none()
    }

    /// Whether it is worth to be remembered.
    pub(crate) fn says_something(&self) -> bool {
        self.recorded || self.deleted || self.up.is_some() || self.down.is_some()
    }
}

impl Model {
    pub(crate) fn new() -> Self {
        Self {
            revision: 0,
            hasher: RandomState::default(),
            services: vec![Arc::default(); SHARDS],
            places: vec![Arc::default(); SHARDS],
            ups: 0,
            all: 0,
        }
    }

    pub(crate) fn entry(&self, uuid: &str) -> Option<&Arc<Entry>> {
        self.services[shard(self.hasher.hash_one(uuid))].get(uuid)
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.services.iter().flat_map(|shard| shard.values()).map(|entry| &**entry)
    }

    pub(crate) fn uuids(&self) -> impl Iterator<Item = &Arc<str>> {
        self.services.iter().flat_map(|shard| shard.keys())
    }

    pub(crate) fn ups(&self) -> usize {
        self.ups
    }

    /// Puts an entry in the place of the one with its uuid, or removes that.
    pub(crate) fn set(&mut self, uuid: &Arc<str>, entry: Option<Entry>) {
        let hash = shard(self.hasher.hash_one(&**uuid));
        let entry = entry.filter(Entry::says_something).map(Arc::new);
        let old = match &entry {
            Some(entry) => Arc::make_mut(&mut self.services[hash])
                .insert(Arc::clone(&entry.service.uuid), Arc::clone(entry)),
            None if self.services[hash].contains_key(uuid) => {
                Arc::make_mut(&mut self.services[hash]).remove(uuid)
            }
            None => None,
        };
        for (entry, more) in [(&old, false), (&entry, true)] {
            let Some(entry) = entry else { continue };
            let change = |count: &mut usize, by: bool| {
                *count = if more { *count + usize::from(by) } else { *count - usize::from(by) };
            };
            change(&mut self.ups, entry.is_up());
            change(&mut self.all, entry.recorded);
        }
        let place = |entry: &Arc<Entry>| {
            let Service { kind, host, .. } = &entry.service;
            entry.recorded.then(|| self.hasher.hash_one((&**kind, &**host)))
        };
        let (left, taken) = (old.as_ref().and_then(place), entry.as_ref().and_then(place));
        if left == taken {
            return;
        }
        if let Some(left) = left {
            let places = Arc::make_mut(&mut self.places[shard(left)]);
            if let Some(there) = places.get_mut(&left) {
                there.retain(|other| other != uuid);
                if there.is_empty() {
                    places.remove(&left);
                }
            }
        }
        if let (Some(taken), Some(entry)) = (taken, &entry) {
            let there = Arc::make_mut(&mut self.places[shard(taken)]).entry(taken).or_default();
            there.reserve_exact(1);
            there.push(Arc::clone(&entry.service.uuid));
        }
    }

    fn at<'a>(&'a self, kind: &'a str, host: &'a str) -> impl Iterator<Item = &'a Entry> {
        let hash = self.hasher.hash_one((kind, host));
        let uuids = self.places[shard(hash)].get(&hash).into_iter().flatten();
        let entries = uuids.filter_map(|uuid| self.entry(uuid)).map(|entry| &**entry);
        entries.filter(move |entry| (&*entry.service.kind, &*entry.service.host) == (kind, host))
    }
}

fn shard(hash: u64) -> usize {
    // The map within a shard uses the other bits.
    (hash >> 20) as usize % SHARDS
}
