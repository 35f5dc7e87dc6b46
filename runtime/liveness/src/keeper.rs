//! Keeps one lease of this process alive, and hangs on it what belongs there: again after it was lost, for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::clock::{Moment, chance};
use crate::error::Error;
use crate::etcd::{Etcd, Keep};
use crate::lease::{Granted, Lease, News, Renewal, Step};

/// What hangs on a lease.
pub(crate) trait Attach: Sync {
    /// Hangs on a lease what does not hang there yet; it is called after each sign of life.
    fn attach(&self, lease: i64) -> impl Future<Output = Result<(), Error>> + Send;
}

#[derive(Debug)]
pub(crate) struct Keeper {
    etcd: Arc<Etcd>,
    ttl: Duration,
    /// What hangs on it, for the log.
    what: &'static str,
    lease: watch::Sender<Option<Granted>>,
    renewals: AtomicU64,
    losses: AtomicU64,
    stopped: CancellationToken,
}

impl Keeper {
    pub(crate) fn new(etcd: Arc<Etcd>, ttl: Duration, what: &'static str) -> Self {
        let (lease, _) = watch::channel(None);
        let (renewals, losses) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { etcd, ttl, what, lease, renewals, losses, stopped: CancellationToken::new() }
    }

    /// Keeps the lease until it is stopped, then revokes it.
    pub(crate) async fn run(&self, load: &impl Attach) {
        let mut machine = Lease::new(self.ttl, Moment::now());
        let mut keep = None;
        while !self.stopped.is_cancelled() {
            let step = machine.next(Moment::now());
            let work = self.step(&mut machine, &mut keep, step, load);
            if let Step::Grant(_) = step {
                // To its end, so that no lease is granted of which nobody knows.
                work.await;
            } else if self.stopped.run_until_cancelled(work).await.is_none() {
                break;
            }
            self.lease.send_replace(machine.granted());
        }
        // Nobody relies on it any more when others see that it has ended.
        self.lease.send_replace(None);
        if let Some(granted) = machine.granted() {
            // It would end by itself a little later.
            let _ = self.etcd.revoke(granted.id).await;
        }
    }

    /// Ends [`Keeper::run`].
    pub(crate) fn stop(&self) {
        self.stopped.cancel();
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.is_cancelled()
    }

    /// The lease, as it changes.
    pub(crate) fn lease(&self) -> watch::Receiver<Option<Granted>> {
        self.lease.subscribe()
    }

    /// How often the lease was renewed.
    pub(crate) fn renewals(&self) -> u64 {
        self.renewals.load(Ordering::Relaxed)
    }

    /// How often it was lost.
    pub(crate) fn losses(&self) -> u64 {
        self.losses.load(Ordering::Relaxed)
    }

    async fn step(&self, machine: &mut Lease, keep: &mut Option<Keep>, step: Step, load: &impl Attach) {
        match step {
            Step::Wait(until) => sleep(until.since(Moment::now())).await,
            Step::Grant(ttl) => {
                *keep = None;
                self.grant(machine, ttl, load).await;
            }
            Step::Renew(id) => {
                let sent = Moment::now();
                let renewal = self.renew(id, keep, machine.granted()).await;
                let news = machine.renewed(renewal, sent, Moment::now(), chance());
                if let News::Lost(ago) = news {
                    self.losses.fetch_add(1, Ordering::Relaxed);
                    tracing::warn!(?ago, "the lease of {} has ended: they were declared down", self.what);
                } else if let (Renewal::Alive(_), Err(error)) = (renewal, load.attach(id).await) {
                    tracing::warn!(%error, "not all of {} are registered; it is tried again", self.what);
                }
            }
        }
    }

    async fn grant(&self, machine: &mut Lease, ttl: Duration, load: &impl Attach) {
        let sent = Moment::now();
        let (id, granted) = match self.etcd.grant(ttl).await {
            Ok(granted) => granted,
            Err(error) => return self.refused(machine, &error),
        };
        if granted > ttl {
            tracing::info!(asked = ?ttl, ?granted, "etcd grants no lease as short as that");
        }
        match load.attach(id).await {
            Ok(()) => {
                if let News::Regained(without) = machine.granted_at(id, granted, sent, chance()) {
                    tracing::info!(?without, "{} are registered again", self.what);
                }
            }
            Err(error) => {
                let _ = self.etcd.revoke(id).await;
                self.refused(machine, &error);
            }
        }
    }

    fn refused(&self, machine: &mut Lease, error: &Error) {
        tracing::warn!(%error, "{} are not registered; it is tried again", self.what);
        machine.refused(Moment::now(), chance());
    }

    async fn renew(&self, id: i64, keep: &mut Option<Keep>, granted: Option<Granted>) -> Renewal {
        let ttl = granted.map_or(Duration::ZERO, |granted| granted.ttl);
        let time = self.etcd.timeout().min(ttl / 3);
        let renewed = match keep {
            Some(open) => open.renew(time).await,
            None => self.etcd.keep(id, time).await.map(|open| {
                *keep = Some(open);
                ttl
            }),
        };
        match renewed {
            Ok(ttl) => {
                self.renewals.fetch_add(1, Ordering::Relaxed);
                Renewal::Alive(ttl)
            }
            Err(Error::LeaseGone) => {
                *keep = None;
                Renewal::Gone
            }
            Err(error) => {
                if let Some(broken) = keep.take() {
                    self.etcd.leave(broken.turn).await;
                }
                tracing::debug!(%error, "the lease was not renewed; it is tried again");
                Renewal::Unknown
            }
        }
    }
}
