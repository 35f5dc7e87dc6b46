//! The services of this process: one lease for all of them, renewed for ever, and put again when it was lost.
//!
//! After each renewal the keys are read, which costs etcd no write: what others removed or took away is put again.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::stream::{StreamExt as _, iter};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::timeout;

use crate::clock::Moment;
use crate::error::Error;
use crate::keeper::{Attach, Keeper};
use crate::plan::{Facts, Lease};
use crate::record::Service;
use crate::store::Store;

/// Services that are put again at once after a lease was lost.
const AT_ONCE: usize = 16;

/// The shortest time for it, however short a lease is asked for: etcd grants none that is much shorter than twice that.
const LEAST: Duration = Duration::from_secs(1);

/// The services of this process.
#[derive(Debug)]
pub(crate) struct Registrar {
    store: Store,
    services: StdMutex<HashMap<Arc<str>, Arc<Mutex<Registered>>>>,
    keeper: Keeper,
    taken: AtomicU64,
    removed: AtomicU64,
}

/// Figures of a process that keeps services, for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseFigures {
    /// Services that are kept.
    pub registered: usize,
    /// What etcd grants, which may be more than was asked: it has a floor of its own. Nothing without a lease.
    pub granted: Option<Duration>,
    /// For how long they are certainly up if nothing renews the lease; nothing without a lease.
    pub remaining: Option<Duration>,
    /// How often the lease was renewed.
    pub renewals: u64,
    /// How often it was lost and all services were put again.
    pub losses: u64,
    /// How often a service was found on the lease of somebody else, who uses its uuid or spoke for it, and was taken
    /// back.
    pub taken: u64,
    /// How often keys of a service were gone although its lease lives, and were put again.
    pub removed: u64,
}

/// A service of this process, and what etcd holds of it as far as we know.
#[derive(Debug)]
struct Registered {
    service: Service,
    facts: Facts,
    /// The lease that it hangs on; 0 while it is not known to hang on any.
    lease: i64,
    /// Something was changed here that etcd is not known to hold. Until it does, the word of others does not count.
    pending: bool,
    /// It is no longer among the services.
    deleted: bool,
}

impl Registrar {
    pub(crate) fn new(store: Store) -> Arc<Self> {
        let keeper = Keeper::new(Arc::clone(&store.etcd), store.ttl, "the services of this process");
        let (taken, removed) = (AtomicU64::new(0), AtomicU64::new(0));
        Arc::new(Self { store, services: StdMutex::default(), keeper, taken, removed })
    }

    /// Keeps the services until it is stopped; then others see at once that they are down.
    pub(crate) async fn run(self: Arc<Self>) {
        self.keeper.run(&*self).await;
    }

    /// Ends [`Registrar::run`].
    pub(crate) fn stop(&self) {
        self.keeper.stop();
    }

    /// Registers a service, or changes what it says; whether anything was written. Waits for a lease, but not longer
    /// than for one call to etcd.
    pub(crate) async fn update(&self, service: Service) -> Result<bool, Error> {
        service.check()?;
        let mut leases = self.keeper.lease();
        let wait = timeout(self.store.etcd.timeout(), leases.wait_for(Option::is_some));
        let granted = match wait.await {
            Ok(Ok(granted)) => *granted,
            _ => None,
        };
        let mut registered = self.registered(&service).await;
        let Registered { service: kept, facts, lease, pending, .. } = &mut *registered;
        (*kept, *lease, *pending) = (service, 0, true);
        let Some(granted) = granted else {
            return Err(self.store.etcd.silent(self.store.etcd.timeout()));
        };
        let mut written = self.store.put(facts, kept, Lease::Ours(granted.id)).await?;
        if !written {
            // What was known may be old: somebody may have removed the keys.
            *facts = Facts::default();
            written = self.store.put(facts, kept, Lease::Ours(granted.id)).await?;
        }
        (*lease, *pending) = (granted.id, false);
        Ok(written)
    }

    /// Removes a service. When etcd does not do it, the service stays registered.
    pub(crate) async fn delete(&self, uuid: &str) -> Result<(), Error> {
        let registered = self.services().get(uuid).cloned();
        let Some(registered) = registered else { return self.store.delete(uuid).await };
        // Whoever waits to put it again finds that it is deleted.
        let mut registered = registered.lock().await;
        let done = self.store.delete(uuid).await;
        if let Ok(()) | Err(Error::NotFound(_)) = done
            && !registered.deleted
        {
            registered.deleted = true;
            self.services().remove(uuid);
        }
        done
    }

    pub(crate) fn figures(&self) -> LeaseFigures {
        let granted = *self.keeper.lease().borrow();
        LeaseFigures {
            registered: self.services().len(),
            granted: granted.map(|granted| granted.ttl),
            remaining: granted.map(|granted| granted.safe_until.since(Moment::now())),
            renewals: self.keeper.renewals(),
            losses: self.keeper.losses(),
            taken: self.taken.load(Ordering::Relaxed),
            removed: self.removed.load(Ordering::Relaxed),
        }
    }

    /// The entry of a service, for nobody else until it is dropped; a new one if there is none.
    async fn registered(&self, service: &Service) -> OwnedMutexGuard<Registered> {
        loop {
            let new = || {
                let (service, facts) = (service.clone(), Facts::default());
                let (lease, pending, deleted) = (0, true, false);
                Arc::new(Mutex::new(Registered { service, facts, lease, pending, deleted }))
            };
            let entry = Arc::clone(self.services().entry(Arc::clone(&service.uuid)).or_insert_with(new));
            let registered = entry.lock_owned().await;
            // If it was deleted meanwhile there is room for a new one.
            if !registered.deleted {
                return registered;
            }
        }
    }

    /// Those that do not hang on this lease, or that etcd does not hold as they are.
    async fn unsettled(&self, id: i64) -> Result<Vec<Arc<Mutex<Registered>>>, Error> {
        let entries: Vec<_> = self.services().values().cloned().collect();
        let (mut unsettled, mut settled) = (Vec::new(), Vec::new());
        for entry in entries {
            let registered = entry.lock().await;
            if registered.lease == id {
                settled.push(registered.service.clone());
            } else {
                drop(registered);
                unsettled.push(entry);
            }
        }
        let differing = self.store.differing(&settled, id).await?;
        let services = self.services();
        unsettled.extend(differing.iter().filter_map(|uuid| services.get(uuid).cloned()));
        Ok(unsettled)
    }

    /// Makes etcd hold a service on this lease. What others said of it meanwhile stays.
    async fn settle(&self, registered: &Mutex<Registered>, id: i64) -> Result<(), Error> {
        let mut registered = registered.lock().await;
        if registered.deleted {
            return Ok(());
        }
        let Registered { service, facts, lease, pending, .. } = &mut *registered;
        let (held, leases) = self.store.look(facts, &service.uuid).await?;
        if *lease == id {
            self.report(service, held.as_ref(), &leases, id);
        }
        if let Some(held) = held.filter(|_| !*pending) {
            (service.status, service.maintenance) = (held.status, held.maintenance);
        }
        self.store.put(facts, service, Lease::Ours(id)).await?;
        (*lease, *pending) = (id, false);
        Ok(())
    }

    /// Says what others did to a service that hung on our lease, which lives.
    fn report(&self, service: &Service, held: Option<&Service>, leases: &[i64], id: i64) {
        let Service { uuid, kind, host, region, .. } = service;
        let other = |held: &Service| (&held.kind, &held.host, &held.region) != (kind, host, region);
        if leases.iter().any(|lease| *lease != id) || held.is_some_and(other) {
            self.taken.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(%uuid, "somebody else spoke for this service, which runs here: another process with its uuid, or os-lively; it is taken back");
        } else if held.is_none() || leases.is_empty() {
            self.removed.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(%uuid, "somebody removed this service, which runs; it is registered again");
        }
    }

    fn services(&self) -> MutexGuard<'_, HashMap<Arc<str>, Arc<Mutex<Registered>>>> {
        self.services.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attach for Registrar {
    /// Settles all services, for as long as there is time before the next renewal. One that cannot be is tried again
    /// then and takes no other down; it fails only when none of those that were tried could be settled.
    async fn attach(&self, id: i64) -> Result<(), Error> {
        let (mut settled, mut failed) = (0usize, None);
        let all = async {
            let puts = iter(self.unsettled(id).await?).map(|registered| async move {
                let done = self.settle(&registered, id).await;
                done.map_err(|error| (error, registered))
            });
            let mut puts = puts.buffer_unordered(AT_ONCE);
            while let Some(put) = puts.next().await {
                match put {
                    Ok(()) => settled += 1,
                    Err((error, registered)) => {
                        let uuid = Arc::clone(&registered.lock().await.service.uuid);
                        tracing::warn!(%uuid, %error, "this service is not registered; it is tried again");
                        failed = Some(error);
                    }
                }
            }
            Ok(())
        };
        let time = (self.store.ttl / 3).max(LEAST);
        let done = timeout(time, all).await.unwrap_or_else(|_| Err(self.store.etcd.silent(time)));
        match done.and(failed.map_or(Ok(()), Err)) {
            Err(error) if settled > 0 => {
                tracing::warn!(%error, "not all services are registered; it is tried again");
                Ok(())
            }
            done => done,
        }
    }
}
