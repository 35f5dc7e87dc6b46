//! Operations on the services in etcd: each is one transaction, tried again a few times when others were faster.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{StreamExt as _, iter};

use crate::book::{Book, Now};
use crate::clock::{Moment, chance, unix};
use crate::error::Error;
use crate::etcd::{Committed, Etcd, LeaseTime};
use crate::facts::everything;
use crate::flapping::FlapOptions;
use crate::guard::GuardOptions;
use crate::lease::back_off;
use crate::model::{Entry, Held, Snapshot};
use crate::plan::{self, Facts, Lease, Missing, Plan, Rival, Value, decoded};
use crate::record::{Maintenance, Service, Status};
use crate::state::State;
use crate::suspicion::{suspects, told};
use crate::view::View;

/// How often an operation is tried when others change the same service.
const TRIES: u32 = 8;
/// Services whose keys are read at once: two keys of each, and etcd takes 128 in one request.
const CHUNK: usize = 60;
/// Leases that are asked for at once.
const AT_ONCE: usize = 16;
/// The longest pause between two tries.
const PAUSE: Duration = Duration::from_millis(200);

/// Which services are meant. Each list holds alternatives; an empty one means any; all must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// By uuid.
    pub uuids: Vec<String>,
    /// By type.
    pub kinds: Vec<String>,
    /// By host.
    pub hosts: Vec<String>,
    /// By region.
    pub regions: Vec<String>,
    /// By what they say of themselves.
    pub statuses: Vec<Status>,
}

/// Services in etcd.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pub(crate) etcd: Arc<Etcd>,
    pub(crate) ttl: Duration,
    /// Who else is there is read from here when it is fresh, and from etcd otherwise.
    pub(crate) view: Option<View>,
}

impl Filter {
    /// Whether a service is meant.
    pub fn fits(&self, service: &Service) -> bool {
        let one_of =
            |wanted: &[String], text: &str| wanted.is_empty() || wanted.iter().any(|one| one == text);
        one_of(&self.uuids, &service.uuid)
            && one_of(&self.kinds, &service.kind)
            && one_of(&self.hosts, &service.host)
            && one_of(&self.regions, &service.region)
            && (self.statuses.is_empty() || self.statuses.contains(&service.status))
    }
}

impl Store {
    /// Makes etcd hold `service`, under `lease`; whether anything was written. `facts` is what was known of it and
    /// what is known afterwards.
    pub(crate) async fn put(
        &self,
        facts: &mut Facts,
        service: &Service,
        lease: Lease,
    ) -> Result<bool, Error> {
        service.check()?;
        let plan = |facts: &Facts| plan::put(&self.etcd.keys, facts, service, lease);
        self.carry_out(&service.uuid, facts, plan).await
    }

    /// What etcd holds now of a service in its record, if it can be read, and the leases of the keys of its status.
    pub(crate) async fn look(
        &self,
        facts: &mut Facts,
        uuid: &str,
    ) -> Result<(Option<Service>, Vec<i64>), Error> {
        *facts = Facts::default();
        loop {
            match facts.standing(&self.etcd.keys, uuid) {
                Ok(known) => return Ok(known),
                Err(missing) => self.find_out(facts, missing).await?,
            }
        }
    }

    /// Which of `services` etcd does not hold as they are, with their status on this lease.
    pub(crate) async fn differing(&self, services: &[Service], lease: i64) -> Result<Vec<Arc<str>>, Error> {
        let mut differing = Vec::new();
        let keys = |service: &Service| {
            let Service { uuid, status, .. } = service;
            [self.etcd.keys.record(uuid), self.etcd.keys.status(*status, uuid)]
        };
        for services in services.chunks(CHUNK) {
            let values = self.etcd.read(services.iter().flat_map(keys).collect()).await?;
            for (service, values) in services.iter().zip(values.chunks(2)) {
                let [(_, record), (_, status)] = values else { continue };
                let held = record.as_ref().and_then(|value| decoded(value, &service.uuid));
                let hangs = status.as_ref().is_some_and(|value| value.lease == lease);
                if !hangs || held.as_ref() != Some(service) {
                    differing.push(Arc::clone(&service.uuid));
                }
            }
        }
        Ok(differing)
    }

    /// Removes all keys of a service.
    pub(crate) async fn delete(&self, uuid: &str) -> Result<(), Error> {
        let mut facts = Facts::default();
        let plan = |facts: &Facts| plan::delete(&self.etcd.keys, facts, uuid);
        match self.carry_out(uuid, &mut facts, plan).await? {
            true => Ok(()),
            false => Err(Error::NotFound(uuid.into())),
        }
    }

    /// Changes what a service says of itself, in the name of somebody else: its lease stays with its process, and
    /// without one nobody says that it is up.
    pub(crate) async fn change(
        &self,
        uuid: &str,
        status: Status,
        maintenance: Maintenance,
    ) -> Result<Service, Error> {
        let keys = &self.etcd.keys;
        let changed = |service: Service| Service { status, maintenance: maintenance.clone(), ..service };
        let mut facts = Facts::default();
        let plan = |facts: &Facts| match facts.service(keys, uuid)? {
            Some(service) => plan::put(keys, facts, &changed(service), Lease::Theirs),
            None => Ok(Plan::default()),
        };
        self.carry_out(uuid, &mut facts, plan).await?;
        facts.service(keys, uuid).ok().flatten().ok_or_else(|| Error::NotFound(uuid.into()))
    }

    /// What etcd holds of a service now, and whether its process lives.
    pub(crate) async fn get(&self, uuid: &str) -> Result<Option<Entry>, Error> {
        let names = self.etcd.keys.service(uuid).into();
        let mut values = self.etcd.read(names).await?.into_iter().map(|(_, value)| value);
        let (record, up, down) = (values.next().flatten(), values.next().flatten(), values.next().flatten());
        let Some(record) = record else { return Ok(None) };
        let service =
            Service::decode(&record.bytes).map_err(|error| Error::Options(format!("`{uuid}`: {error}")))?;
        let (recorded, deleted, held) = (true, false, Held::No);
        let (up, down) = (up.map(|value| value.lease), down.map(|value| value.lease));
        let (created, modified) = (record.created, record.modified);
        let mut entry = Entry { service, created, modified, recorded, deleted, up, down, held };
        if entry.has_expired() && self.is_suspect(uuid).await? {
            entry.held = Held::Suspect;
        }
        Ok(Some(entry))
    }

    /// Whether others saw a service that has expired vanish together with many.
    async fn is_suspect(&self, uuid: &str) -> Result<bool, Error> {
        let Some(hold) = told(&self.etcd).await? else { return Ok(false) };
        match self.etcd.existed(&self.etcd.keys.status(Status::Up, uuid), hold.before).await {
            Err(Error::Compacted(_)) => Ok(false),
            existed => existed,
        }
    }

    /// The service that is found by a type and a host: the one of the index when it is up, else the best of all.
    pub(crate) async fn find(&self, kind: &str, host: &str) -> Result<Option<Entry>, Error> {
        let found = self.etcd.read(vec![self.etcd.keys.type_host(kind, host)]).await?;
        if let Some((_, Some(index))) = found.into_iter().next() {
            let entry = self.get(&String::from_utf8_lossy(&index.bytes)).await?;
            if entry.as_ref().is_some_and(|entry| entry.state(unix) == State::Up) {
                return Ok(entry);
            }
        }
        // Nobody points the index to another one when a lease ends, and os-lively loses it on the way.
        Ok(self.read().await?.find(kind, host).cloned())
    }

    /// Everything, as etcd has it now.
    pub(crate) async fn read(&self) -> Result<Snapshot, Error> {
        let (revision, facts) = everything(&self.etcd).await?;
        let now = Now { moment: Moment::now(), unix: unix() };
        let mut book = Book::new(GuardOptions::new(self.ttl), FlapOptions::new(self.ttl));
        book.replace(facts, revision, now);
        if let Some((hold, suspects)) = suspects(&self.etcd).await? {
            book.suspect(&suspects, hold, now);
        }
        Ok(Snapshot::new(book.into_model()))
    }

    /// How much time leases have; those that have ended are not among them.
    pub(crate) async fn lease_times(&self, leases: HashSet<i64>) -> Result<HashMap<i64, LeaseTime>, Error> {
        let asked = iter(leases).map(|lease| async move { (lease, self.etcd.left(lease).await) });
        let mut asked = asked.buffer_unordered(AT_ONCE);
        let mut times = HashMap::new();
        while let Some((lease, time)) = asked.next().await {
            times.extend(time?.map(|time| (lease, time)));
        }
        Ok(times)
    }

    /// Plans and writes until it is done, or others were faster too often.
    async fn carry_out(
        &self,
        uuid: &str,
        facts: &mut Facts,
        plan: impl Fn(&Facts) -> Result<Plan, Missing>,
    ) -> Result<bool, Error> {
        for attempt in 1..=TRIES {
            let plan = loop {
                match plan(facts) {
                    Ok(plan) => break plan,
                    Err(missing) => self.find_out(facts, missing).await?,
                }
            };
            if plan.writes.is_empty() {
                return Ok(false);
            }
            if let Committed::At(revision) = self.etcd.commit(&plan).await? {
                facts.apply(&plan, revision);
                return Ok(true);
            }
            // Something was different, so whatever else was known may be, too.
            *facts = Facts::default();
            tokio::time::sleep(back_off(attempt, PAUSE, chance()) / 10).await;
        }
        Err(Error::Conflict { uuid: uuid.into(), tries: TRIES })
    }

    async fn find_out(&self, facts: &mut Facts, missing: Missing) -> Result<(), Error> {
        match missing {
            Missing::Keys(keys) => {
                for (key, value) in self.etcd.read(keys).await? {
                    facts.learn(key, value);
                }
            }
            Missing::Rivals { kind, host } => {
                let filter = Filter {
                    kinds: vec![kind.as_ref().into()],
                    hosts: vec![host.as_ref().into()],
                    ..Filter::default()
                };
                let rivals = self.others(&filter).await?.into_iter().map(|service| service.uuid).collect();
                facts.learn_rivals(kind, host, rivals);
            }
            Missing::Successor { kind, host, rivals } => {
                let best = self.best(&rivals).await?;
                facts.learn_successor(kind, host, best);
            }
            Missing::Region { region, but } => {
                let filter = Filter { regions: vec![region.as_ref().into()], ..Filter::default() };
                let others = self.others(&filter).await?.iter().any(|service| service.uuid != but);
                facts.learn_region(region, others);
            }
        }
        Ok(())
    }

    /// The newest of `rivals` that is up, else the newest.
    async fn best(&self, rivals: &[Arc<str>]) -> Result<Option<Rival>, Error> {
        let mut best: Option<Rival> = None;
        let keys = |uuid: &Arc<str>| [self.etcd.keys.record(uuid), self.etcd.keys.status(Status::Up, uuid)];
        for uuids in rivals.chunks(CHUNK) {
            let values: Vec<(String, Option<Value>)> =
                self.etcd.read(uuids.iter().flat_map(keys).collect()).await?;
            let read = uuids.iter().zip(values.chunks(2)).filter_map(|(uuid, values)| match values {
                [(_, record), (_, up)] => Rival::new(uuid, record.as_ref(), up.as_ref()),
                _ => None,
            });
            best = best.into_iter().chain(read).max_by_key(Rival::rank);
        }
        Ok(best)
    }

    /// The services that fit. Those of the view are enough: whom it does not know yet compares unequal later.
    async fn others(&self, filter: &Filter) -> Result<Vec<Service>, Error> {
        if let Some(view) = self.view.as_ref().filter(|view| view.age().is_some()) {
            let snapshot = view.snapshot();
            let services = snapshot.iter().map(|entry| &entry.service);
            return Ok(services.filter(|service| filter.fits(service)).cloned().collect());
        }
        self.list(filter).await
    }

    /// The services that fit, as etcd has them now.
    pub(crate) async fn list(&self, filter: &Filter) -> Result<Vec<Service>, Error> {
        let mut all = Vec::new();
        let see = |_, value: Value| {
            all.extend(Service::decode(&value.bytes).ok().filter(|service| filter.fits(service)));
        };
        self.etcd.each(&self.etcd.keys.records(), 0, see).await?;
        Ok(all)
    }
}
