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

/// What is known of etcd.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    keys: HashMap<String, Option<Value>>,
    rivals: HashMap<Place, Vec<Arc<str>>>,
    regions: HashMap<Arc<str>, bool>,
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
    /// Whether services other than this one are in a region.
    Region {
        region: Arc<str>,
        but: Arc<str>,
    },
    /// A lease: the service has none.
    Lease,
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
    /// That of the process that keeps it now: somebody else speaks of the service.
    Theirs,
}

impl Facts {
    pub(crate) fn learn(&mut self, key: String, value: Option<Value>) {
        self.keys.insert(key, value);
    }

    pub(crate) fn learn_rivals(&mut self, kind: Arc<str>, host: Arc<str>, uuids: Vec<Arc<str>>) {
        self.rivals.insert((kind, host), uuids);
    }

    pub(crate) fn learn_region(&mut self, region: Arc<str>, others: bool) {
        self.regions.insert(region, others);
    }

    /// The record of a service, when there is one that can be read.
    pub(crate) fn service(&self, keys: &Keys, uuid: &str) -> Result<Option<Service>, Missing> {
        let record = self.one(keys.record(uuid))?;
        Ok(record.value.and_then(|value| Service::decode(&value.bytes).ok()))
    }

    /// Everything that is known by key; a lost race makes it all doubtful.
    pub(crate) fn known(&self) -> Vec<String> {
        self.keys.keys().cloned().collect()
    }

    /// What others are there may have changed, too.
    pub(crate) fn doubt(&mut self) {
        self.rivals.clear();
        self.regions.clear();
    }

    /// After `plan` was carried out at `revision`.
    pub(crate) fn apply(&mut self, plan: &Plan, revision: i64) {
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

impl Plan {
    fn put(&mut self, key: String, value: Vec<u8>, lease: i64) {
        self.writes.push(Write::Put { key, value, lease });
    }

    fn delete(&mut self, key: String) {
        self.writes.push(Write::Delete { key });
    }

    fn compare(&mut self, fact: &Fact<'_>) {
        let compared = fact.compared();
        if !self.compare.contains(&compared) {
            self.compare.push(compared);
        }
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
    let held = record.value.and_then(|value| Service::decode(&value.bytes).ok());
    let mut plan = Plan::default();
    plan.compare(&record);

    if held.as_ref() != Some(service) {
        plan.put(record.key.clone(), service.encode(), 0);
    }
    let kept = same.value.or(opposite.value).map(|value| value.lease).filter(|lease| *lease != 0);
    let lease = match lease {
        Lease::Ours(lease) => lease,
        Lease::Theirs => kept.ok_or(Missing::Lease)?,
    };
    if same.value.is_none_or(|value| value.lease != lease) {
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
            let rival = rival(keys, facts, &mut plan, holder)?;
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
        if held.is_none() || moved.is_some() {
            plan.put(keys.region(region, uuid), Vec::new(), 0);
        }
        // With a key of its own, the service no longer needs the one that os-lively made for all.
        if bare.value.is_some() && alone(facts, region, uuid)? {
            plan.put_once(keys.region(region, uuid));
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
    let [record, up, down] =
        facts.all([keys.record(uuid), keys.status(Status::Up, uuid), keys.status(Status::Down, uuid)])?;
    let mut plan = Plan::default();
    plan.compare(&record);
    for fact in [&record, &up, &down] {
        if fact.value.is_some() {
            plan.delete(fact.key.clone());
        }
    }
    if let Some(held) = record.value.and_then(|value| Service::decode(&value.bytes).ok()) {
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

impl Plan {
    fn put_once(&mut self, key: String) {
        if !self.writes.iter().any(|write| matches!(write, Write::Put { key: put, .. } if *put == key)) {
            self.put(key, Vec::new(), 0);
        }
    }
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

/// Another service of the same type on the same host.
struct Rival {
    uuid: Arc<str>,
    up: bool,
    created: i64,
}

/// The one that is found by type and host when `but` is not: the newest that is up, else the newest.
fn successor(
    keys: &Keys,
    facts: &Facts,
    plan: &mut Plan,
    kind: &Arc<str>,
    host: &Arc<str>,
    but: &str,
) -> Result<Option<Rival>, Missing> {
    let missing = || Missing::Rivals { kind: Arc::clone(kind), host: Arc::clone(host) };
    let uuids = facts.rivals.get(&(Arc::clone(kind), Arc::clone(host))).ok_or_else(missing)?;
    let mut rivals = Vec::new();
    for uuid in uuids.iter().filter(|uuid| &***uuid != but) {
        rivals.extend(rival(keys, facts, plan, uuid)?);
    }
    Ok(rivals.into_iter().max_by_key(|rival| (rival.up, rival.created)))
}

/// What is known of one; the plan holds only as long as that is so.
fn rival(keys: &Keys, facts: &Facts, plan: &mut Plan, uuid: &str) -> Result<Option<Rival>, Missing> {
    let [record, up] = facts.all([keys.record(uuid), keys.status(Status::Up, uuid)])?;
    plan.compare(&record);
    plan.compare(&up);
    let up = up.value.is_some();
    Ok(record.value.map(|value| Rival { uuid: uuid.into(), up, created: value.created }))
}

#[cfg(test)]
mod tests;
