//! The services of this process: one lease for all of them, renewed for ever, and put again when it was lost.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::stream::{StreamExt as _, iter};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::clock::Moment;
use crate::error::Error;
use crate::keeper::{Attach, Keeper};
use crate::plan::{Facts, Lease};
use crate::record::Service;
use crate::store::Store;

/// Services that are put again at once after a lease was lost.
const AT_ONCE: usize = 16;

/// The services of this process.
#[derive(Debug)]
pub(crate) struct Registrar {
    store: Store,
    services: StdMutex<HashMap<Arc<str>, Arc<Mutex<Registered>>>>,
    keeper: Keeper,
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
}

/// A service of this process, and what etcd holds of it as far as we know.
#[derive(Debug)]
struct Registered {
    service: Service,
    facts: Facts,
    /// The lease that it hangs on.
    lease: i64,
}

impl Registrar {
    pub(crate) fn new(store: Store) -> Arc<Self> {
        let keeper = Keeper::new(Arc::clone(&store.etcd), store.ttl, "the services of this process");
        Arc::new(Self { store, services: StdMutex::default(), keeper })
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
        let registered = {
            let mut services = self.services();
            let new = || {
                Arc::new(Mutex::new(Registered {
                    service: service.clone(),
                    facts: Facts::default(),
                    lease: 0,
                }))
            };
            Arc::clone(services.entry(Arc::clone(&service.uuid)).or_insert_with(new))
        };
        let mut registered = registered.lock().await;
        let Registered { service: kept, facts, lease } = &mut *registered;
        (*kept, *lease) = (service, 0);
        let Some(granted) = granted else {
            return Err(Error::Silent {
                endpoints: self.store.etcd.endpoints(),
                after: self.store.etcd.timeout(),
            });
        };
        let mut written = self.store.put(facts, kept, Lease::Ours(granted.id)).await?;
        if !written {
            // What was known may be old: somebody may have removed the keys.
            *facts = Facts::default();
            written = self.store.put(facts, kept, Lease::Ours(granted.id)).await?;
        }
        *lease = granted.id;
        Ok(written)
    }

    /// Removes a service.
    pub(crate) async fn delete(&self, uuid: &str) -> Result<(), Error> {
        self.services().remove(uuid);
        self.store.delete(uuid).await
    }

    pub(crate) fn figures(&self) -> LeaseFigures {
        let granted = *self.keeper.lease().borrow();
        LeaseFigures {
            registered: self.services().len(),
            granted: granted.map(|granted| granted.ttl),
            remaining: granted.map(|granted| granted.safe_until.since(Moment::now())),
            renewals: self.keeper.renewals(),
            losses: self.keeper.losses(),
        }
    }

    fn services(&self) -> MutexGuard<'_, HashMap<Arc<str>, Arc<Mutex<Registered>>>> {
        self.services.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attach for Registrar {
    /// Puts all services that do not hang on this lease. What others said of them meanwhile stays.
    async fn attach(&self, id: i64) -> Result<(), Error> {
        let services: Vec<_> = self.services().values().cloned().collect();
        let mut puts = iter(services).map(|registered| async move {
            let Registered { service, facts, lease } = &mut *registered.lock().await;
            if *lease == id {
                return Ok(());
            }
            *facts = Facts::default();
            if let Some(held) = self.store.get(&service.uuid).await? {
                (service.status, service.maintenance) = (held.service.status, held.service.maintenance);
            }
            self.store.put(facts, service, Lease::Ours(id)).await?;
            *lease = id;
            Ok::<(), Error>(())
        });
        let mut puts = puts.by_ref().buffer_unordered(AT_ONCE);
        while let Some(put) = puts.next().await {
            put?;
        }
        Ok(())
    }
}
