//! The services of this process: one lease for all of them, renewed for ever, and put again when it was lost.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::stream::{StreamExt as _, iter};
use tokio::sync::{Mutex, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::clock::{Moment, chance};
use crate::error::Error;
use crate::etcd::Keep;
use crate::lease::{Granted, Lease as Machine, News, Renewal, Step};
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
    lease: watch::Sender<Option<Granted>>,
    counts: Counts,
    stopped: CancellationToken,
}

#[derive(Debug, Default)]
struct Counts {
    renewals: AtomicU64,
    losses: AtomicU64,
}

/// Figures of a process that keeps services, for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseFigures {
    /// Services that are kept.
    pub registered: usize,
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
        let (lease, _) = watch::channel(None);
        let (services, counts) = (StdMutex::default(), Counts::default());
        Arc::new(Self { store, services, lease, counts, stopped: CancellationToken::new() })
    }

    /// Keeps the lease until the registrar is stopped; then revokes it, so that others see it at once.
    pub(crate) async fn run(self: Arc<Self>) {
        let mut machine = Machine::new(self.store.ttl, Moment::now());
        let mut keep = None;
        while !self.stopped.is_cancelled() {
            let step = machine.next(Moment::now());
            let work = self.step(&mut machine, &mut keep, step);
            if self.stopped.run_until_cancelled(work).await.is_none() {
                break;
            }
            self.lease.send_replace(machine.granted());
        }
        if let Some(granted) = machine.granted() {
            // It would end by itself a little later.
            let _ = self.store.etcd.revoke(granted.id).await;
        }
        self.lease.send_replace(None);
    }

    /// Ends [`Registrar::run`].
    pub(crate) fn stop(&self) {
        self.stopped.cancel();
    }

    /// Registers a service, or changes what it says; whether anything was written. Waits for a lease, but not longer
    /// than for one call to etcd.
    pub(crate) async fn update(&self, service: Service) -> Result<bool, Error> {
        service.check()?;
        let mut leases = self.lease.subscribe();
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
        let granted = *self.lease.borrow();
        LeaseFigures {
            registered: self.services().len(),
            remaining: granted.map(|granted| granted.safe_until.since(Moment::now())),
            renewals: self.counts.renewals.load(Ordering::Relaxed),
            losses: self.counts.losses.load(Ordering::Relaxed),
        }
    }

    /// The lease as it changes.
    pub(crate) fn lease(&self) -> watch::Receiver<Option<Granted>> {
        self.lease.subscribe()
    }

    fn services(&self) -> MutexGuard<'_, HashMap<Arc<str>, Arc<Mutex<Registered>>>> {
        self.services.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn step(&self, machine: &mut Machine, keep: &mut Option<Keep>, step: Step) {
        match step {
            Step::Wait(until) => sleep(until.since(Moment::now())).await,
            Step::Grant(ttl) => {
                *keep = None;
                self.grant(machine, ttl).await;
            }
            Step::Renew(id) => {
                let sent = Moment::now();
                let renewal = self.renew(id, keep, machine.granted()).await;
                let news = machine.renewed(renewal, sent, Moment::now(), chance());
                if let News::Lost(ago) = news {
                    self.counts.losses.fetch_add(1, Ordering::Relaxed);
                    tracing::warn!(
                        ?ago,
                        "the lease has ended: the services of this process were declared down"
                    );
                } else if let (Renewal::Alive(_), Err(error)) = (renewal, self.put_missing(id).await) {
                    tracing::warn!(%error, "some services of this process are not registered; it is tried again");
                }
            }
        }
    }

    async fn grant(&self, machine: &mut Machine, ttl: Duration) {
        let sent = Moment::now();
        let (id, granted) = match self.store.etcd.grant(ttl).await {
            Ok(granted) => granted,
            Err(error) => return self.refused(machine, &error).await,
        };
        if granted > ttl {
            tracing::info!(asked = ?ttl, ?granted, "etcd grants no lease as short as that");
        }
        match self.put_missing(id).await {
            Ok(()) => {
                let news = machine.granted_at(id, granted, sent, chance());
                if let News::Regained(without) = news {
                    tracing::info!(?without, "the services of this process are registered again");
                }
            }
            Err(error) => {
                let _ = self.store.etcd.revoke(id).await;
                self.refused(machine, &error).await;
            }
        }
    }

    async fn refused(&self, machine: &mut Machine, error: &Error) {
        tracing::warn!(%error, "the services of this process are not registered; it is tried again");
        machine.refused(Moment::now(), chance());
        self.store.etcd.disconnect().await;
    }

    /// Puts all services that do not hang on this lease. What others said of them meanwhile stays.
    async fn put_missing(&self, id: i64) -> Result<(), Error> {
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

    async fn renew(&self, id: i64, keep: &mut Option<Keep>, granted: Option<Granted>) -> Renewal {
        let time = self.store.etcd.timeout();
        let renewed = match keep {
            Some(open) => open.renew(time).await,
            None => self.store.etcd.keep(id).await.map(|open| {
                *keep = Some(open);
                granted.map_or(Duration::ZERO, |granted| granted.ttl)
            }),
        };
        match renewed {
            Ok(ttl) => {
                self.counts.renewals.fetch_add(1, Ordering::Relaxed);
                Renewal::Alive(ttl)
            }
            Err(Error::LeaseGone) => {
                *keep = None;
                Renewal::Gone
            }
            Err(error) => {
                tracing::debug!(%error, "the lease was not renewed; it is tried again");
                *keep = None;
                Renewal::Unknown
            }
        }
    }
}
