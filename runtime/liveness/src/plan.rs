//! What is to be written so that etcd holds what is wanted: a pure function from what is known of etcd.
//!
//! What is not known yet is asked for; what was known is compared in the transaction, so a plan that was made from
//! something old writes nothing.

use std::collections::HashMap;
use std::sync::Arc;

use crate::keys::Keys;
use crate::record::{Service, Status};

/// A value in etcd, and when it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) bytes: Vec<u8>,
    /// 0 is none.
    pub(crate) lease: i64,
    pub(crate) created: i64,
    pub(crate) modified: i64,
}

/// A type and a host.
type Place = (Arc<str>, Arc<str>);

/// Keys that are remembered from one plan to the next: a few plans' worth.
const REMEMBERED: usize = 48;

/// What is known of etcd.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    keys: HashMap<String, Option<Value>>,
    rivals: HashMap<Place, Vec<Arc<str>>>,
    successors: HashMap<Place, Option<Rival>>,
    regions: HashMap<Arc<str>, bool>,
}

/// Another service of the same type on the same host, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rival {
    pub(crate) uuid: Arc<str>,
    pub(crate) up: bool,
    created: i64,
    /// The revisions that changed its record and its key of being up last.
    modified: [i64; 2],
}

/// What must be known before there can be a plan.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    Keys(Vec<String>),
    /// All services of this type on this host.
    Rivals {
        kind: Arc<str>,
        host: Arc<str>,
    },
    /// The one of `rivals` that is found by this type and this host when they are the only ones.
    Successor {
        kind: Arc<str>,
        host: Arc<str>,
        rivals: Vec<Arc<str>>,
    },
    /// Whether services other than this one are in a region.
    Region {
        region: Arc<str>,
        but: Arc<str>,
    },
}

/// One transaction.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Keys, and the revision that changed each last; 0 for keys that are not there.
    pub(crate) compare: Vec<(String, i64)>,
    pub(crate) writes: Vec<Write>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Write {
    Put { key: String, value: Vec<u8>, lease: i64 },
    Delete { key: String },
}

/// Whose lease the status of a service hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lease {
    /// That of this process.
    Ours(i64),
    /// That of the process that keeps it now: somebody else speaks of the service. Without one nothing says that the
    /// process lives, and the service gets a record only.
    Theirs,
}

impl Facts {
    pub(crate) fn learn(&mut self, key: String, value: Option<Value>) {
        self.keys.insert(key, value);
    }

    pub(crate) fn learn_rivals(&mut self, kind: Arc<str>, host: Arc<str>, uuids: Vec<Arc<str>>) {
        self.rivals.insert((kind, host), uuids);
    }

    pub(crate) fn learn_successor(&mut self, kind: Arc<str>, host: Arc<str>, successor: Option<Rival>) {
        self.successors.insert((kind, host), successor);
    }

    pub(crate) fn learn_region(&mut self, region: Arc<str>, others: bool) {
        self.regions.insert(region, others);
    }

    /// The record of a service, when there is one that can be read.
    pub(crate) fn service(&self, keys: &Keys, uuid: &str) -> Result<Option<Service>, Missing> {
        let record = self.one(keys.record(uuid))?;
        Ok(record.value.and_then(|value| decoded(value, uuid)))
    }

    /// The record of a service, when there is one that can be read, and the leases that the keys of its status hang on;
    /// 0 for a key without one.
    pub(crate) fn standing(&self, keys: &Keys, uuid: &str) -> Result<(Option<Service>, Vec<i64>), Missing> {
        let [record, up, down] = self.all(keys.service(uuid))?;
        let leases = [up, down].iter().filter_map(|fact| fact.value).map(|value| value.lease).collect();
        Ok((record.value.and_then(|value| decoded(value, uuid)), leases))
    }

    /// After `plan` was carried out at `revision`.
    pub(crate) fn apply(&mut self, plan: &Plan, revision: i64) {
        // Others come up and go down without changing what this plan compared.
        self.successors.clear();
        if self.keys.len() > REMEMBERED {
            self.keys.clear();
        }
        for write in &plan.writes {
            match write {
                Write::Delete { key } => self.learn(key.clone(), None),
                Write::Put { key, value, lease } => {
                    let created =
                        self.keys.get(key).and_then(Option::as_ref).map_or(revision, |old| old.created);
                    let value = Value { bytes: value.clone(), lease: *lease, created, modified: revision };
                    self.learn(key.clone(), Some(value));
                }
            }
        }
    }

    /// All of `keys`, or those that are missing.
    fn all<const N: usize>(&self, keys: [String; N]) -> Result<[Fact<'_>; N], Missing> {
        let unread: Vec<String> = keys.iter().filter(|key| !self.keys.contains_key(*key)).cloned().collect();
        if !unread.is_empty() {
            return Err(Missing::Keys(unread));
        }
        Ok(keys.map(|key| {
            let value = self.keys.get(&key).and_then(Option::as_ref);
            Fact { key, value }
        }))
    }

    fn one(&self, key: String) -> Result<Fact<'_>, Missing> {
        let [fact] = self.all([key])?;
        Ok(fact)
    }
}

/// A key and what is known to stand there.
struct Fact<'a> {
    key: String,
    value: Option<&'a Value>,
}

impl Fact<'_> {
    fn compared(&self) -> (String, i64) {
        (self.key.clone(), self.value.map_or(0, |value| value.modified))
    }
}

impl Rival {
    /// What stands at its record and at its key of being up; nothing when it is not registered.
    pub(crate) fn new(uuid: &str, record: Option<&Value>, up: Option<&Value>) -> Option<Self> {
        let record = record?;
        let modified = [record.modified, up.map_or(0, |value| value.modified)];
        Some(Self { uuid: uuid.into(), up: up.is_some(), created: record.created, modified })
    }

    /// The one that is to be found rather: the newest that is up, else the newest.
    pub(crate) fn rank(&self) -> (bool, i64) {
        (self.up, self.created)
    }
}

impl Plan {
    fn put(&mut self, key: String, value: Vec<u8>, lease: i64) {
        self.writes.push(Write::Put { key, value, lease });
    }

    fn delete(&mut self, key: String) {
        self.writes.push(Write::Delete { key });
    }

    fn compare(&mut self, fact: &Fact<'_>) {
        self.compare_with(fact.compared());
    }

    fn compare_with(&mut self, compared: (String, i64)) {
        if !self.compare.contains(&compared) {
            self.compare.push(compared);
        }
    }

    /// The plan holds only as long as `rival` is as it was.
    fn compare_rival(&mut self, keys: &Keys, rival: &Rival) {
        let [record, up] = rival.modified;
        self.compare_with((keys.record(&rival.uuid), record));
        self.compare_with((keys.status(Status::Up, &rival.uuid), up));
    }
}

/// What makes etcd hold `service`. No writes when it does already.
pub(crate) fn put(keys: &Keys, facts: &Facts, service: &Service, lease: Lease) -> Result<Plan, Missing> {
    let Service { uuid, kind, host, status, region, .. } = service;
    let other = match status {
        Status::Up => Status::Down,
        Status::Down => Status::Up,
    };
    let [record, same, opposite, index, bare] = facts.all([
        keys.record(uuid),
        keys.status(*status, uuid),
        keys.status(other, uuid),
        keys.type_host(kind, host),
        keys.bare_region(region),
    ])?;
    let held = record.value.and_then(|value| decoded(value, uuid));
    let mut plan = Plan::default();
    plan.compare(&record);

    if held.as_ref() != Some(service) {
        plan.put(record.key.clone(), service.encode(), 0);
    }
    let kept = same.value.or(opposite.value).map(|value| value.lease).filter(|lease| *lease != 0);
    let lease = match lease {
        Lease::Ours(lease) => Some(lease),
        Lease::Theirs => {
            plan.compare(&same);
            plan.compare(&opposite);
            kept
        }
    };
    if let Some(lease) = lease
        && same.value.is_none_or(|value| value.lease != lease)
    {
        plan.put(same.key, Vec::new(), lease);
    }
    if opposite.value.is_some() {
        plan.delete(opposite.key);
    }

    let holder = index.value.map(|value| String::from_utf8_lossy(&value.bytes).into_owned());
    let takes = match holder.as_deref() {
        None => Some(Arc::clone(uuid)),
        Some(holder) if holder == &**uuid && *status == Status::Up => None,
        Some(holder) if holder == &**uuid => successor(keys, facts, &mut plan, kind, host, uuid)?
            .filter(|successor| successor.up)
            .map(|it| it.uuid),
        Some(_) if *status == Status::Down => None,
        Some(_) if record.value.is_none() => Some(Arc::clone(uuid)),
        Some(holder) => {
            let [theirs, up] = facts.all([keys.record(holder), keys.status(Status::Up, holder)])?;
            plan.compare(&theirs);
            plan.compare(&up);
            let rival = Rival::new(holder, theirs.value, up.value);
            let mine = record.value.map_or(i64::MAX, |value| value.created);
            let stays = rival.is_some_and(|rival| rival.up && rival.created > mine);
            (!stays).then(|| Arc::clone(uuid))
        }
    };
    if let Some(next) = takes {
        plan.compare(&index);
        plan.put(index.key, next.as_bytes().to_vec(), 0);
    }

    if let Some(held) = held.as_ref().filter(|held| (&held.kind, &held.host) != (kind, host)) {
        leave(keys, facts, &mut plan, held)?;
    }
    let moved = held.as_ref().filter(|held| held.region != *region);
    if let Some(held) = moved.filter(|held| !held.region.is_empty()) {
        plan.delete(keys.region(&held.region, uuid));
        leave_bare(keys, facts, &mut plan, held)?;
    }
    if !region.is_empty() {
        // With a key of its own, the service no longer needs the one that os-lively made for all.
        let needless = bare.value.is_some() && alone(facts, region, uuid)?;
        if needless || held.is_none() || moved.is_some() {
            plan.put(keys.region(region, uuid), Vec::new(), 0);
        }
        if needless {
            plan.delete(bare.key);
        }
    }
    if plan.writes.is_empty() {
        plan.compare.clear();
    }
    Ok(plan)
}

/// What makes etcd hold nothing of a service. No writes when it does not.
pub(crate) fn delete(keys: &Keys, facts: &Facts, uuid: &str) -> Result<Plan, Missing> {
    let [record, up, down] = facts.all(keys.service(uuid))?;
    let mut plan = Plan::default();
    plan.compare(&record);
    for fact in [&record, &up, &down] {
        if fact.value.is_some() {
            plan.delete(fact.key.clone());
        }
    }
    if let Some(held) = record.value.and_then(|value| decoded(value, uuid)) {
        leave(keys, facts, &mut plan, &held)?;
        if !held.region.is_empty() {
            plan.delete(keys.region(&held.region, uuid));
            leave_bare(keys, facts, &mut plan, &held)?;
        }
    }
    if plan.writes.is_empty() {
        plan.compare.clear();
    }
    Ok(plan)
}

/// Points the key of type and host to another service, if it points to `held`; removes it when there is none.
fn leave(keys: &Keys, facts: &Facts, plan: &mut Plan, held: &Service) -> Result<(), Missing> {
    let index = facts.one(keys.type_host(&held.kind, &held.host))?;
    if index.value.is_none_or(|value| value.bytes != held.uuid.as_bytes()) {
        return Ok(());
    }
    plan.compare(&index);
    match successor(keys, facts, plan, &held.kind, &held.host, &held.uuid)? {
        Some(next) => plan.put(index.key, next.uuid.as_bytes().to_vec(), 0),
        None => plan.delete(index.key),
    }
    Ok(())
}

/// Removes the key of a region that os-lively made, when no other service is in it.
fn leave_bare(keys: &Keys, facts: &Facts, plan: &mut Plan, held: &Service) -> Result<(), Missing> {
    let bare = facts.one(keys.bare_region(&held.region))?;
    if bare.value.is_some() && alone(facts, &held.region, &held.uuid)? {
        plan.delete(bare.key);
    }
    Ok(())
}

fn alone(facts: &Facts, region: &Arc<str>, but: &Arc<str>) -> Result<bool, Missing> {
    let missing = || Missing::Region { region: Arc::clone(region), but: Arc::clone(but) };
    facts.regions.get(region).map(|others| !others).ok_or_else(missing)
}

/// The one that is found by type and host when `but` is not.
fn successor(
    keys: &Keys,
    facts: &Facts,
    plan: &mut Plan,
    kind: &Arc<str>,
    host: &Arc<str>,
    but: &str,
) -> Result<Option<Rival>, Missing> {
    let place = (Arc::clone(kind), Arc::clone(host));
    let Some(uuids) = facts.rivals.get(&place) else {
        return Err(Missing::Rivals { kind: place.0, host: place.1 });
    };
    let rivals: Vec<_> = uuids.iter().filter(|uuid| &***uuid != but).cloned().collect();
    if rivals.is_empty() {
        return Ok(None);
    }
    let Some(successor) = facts.successors.get(&place) else {
        return Err(Missing::Successor { kind: place.0, host: place.1, rivals });
    };
    if let Some(successor) = successor {
        plan.compare_rival(keys, successor);
    }
    Ok(successor.clone())
}

/// The record of `uuid`. One that cannot be read, or that names another service than its key, is none.
pub(crate) fn decoded(value: &Value, uuid: &str) -> Option<Service> {
    Service::decode(&value.bytes).ok().filter(|service| &*service.uuid == uuid)
}

#[cfg(test)]
mod tests;
