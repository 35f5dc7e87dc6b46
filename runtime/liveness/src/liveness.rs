//! The service liveness of one process: what it registers, and what it knows of others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::checkup::{Checkup, checkup};
use crate::clock::unix;
use crate::election::{Candidate, Term, leader};
use crate::error::Error;
use crate::etcd::{CallFigures, Etcd, EtcdOptions, LeaseTime, Tls};
use crate::flapping::FlapOptions;
use crate::follow::follow;
use crate::guard::GuardOptions;
use crate::keys::Keys;
use crate::model::{Entry, Snapshot};
use crate::record::{Maintenance, Service, Status};
use crate::registrar::{LeaseFigures, Registrar};
use crate::state::{Answer, State, Why};
use crate::store::{Filter, Store};
use crate::suspicion;
use crate::view::{View, ViewFigures};

/// How services are kept.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where etcd is.
    pub etcd: EtcdOptions,
    /// What the keys begin with; empty is what os-lively does by default.
    pub namespace: String,
    /// How long after its last sign of life a service is down. etcd has a floor of its own, of a few seconds.
    pub ttl: Duration,
    /// When many that vanish at once are suspects first.
    pub guard: GuardOptions,
    /// Whether the view follows every lease that comes and goes.
    pub flapping: FlapOptions,
}

impl Options {
    /// As os-lively has it, on these members of etcd: plain, in its namespace, 5 s for a call; with the guard that goes
    /// with the TTL, and without hysteresis.
    pub fn new(endpoints: Vec<String>, ttl: Duration) -> Self {
        let (user, tls, timeout) = (None, Tls::default(), Duration::from_secs(5));
        let etcd = EtcdOptions { endpoints, user, tls, timeout };
        let (guard, flapping) = (GuardOptions::new(ttl), FlapOptions::new(ttl));
        Self { etcd, namespace: String::new(), ttl, guard, flapping }
    }
}

/// Services in etcd. Clones share one connection, one lease and one view.
#[derive(Clone, Debug)]
pub struct Liveness(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    etcd: Arc<Etcd>,
    options: Options,
    view: OnceCell<View>,
    registrar: OnceCell<Kept>,
    cancel: CancellationToken,
}

/// The services of this process, and the task that keeps them until it is awaited.
type Kept = (Arc<Registrar>, Mutex<Option<JoinHandle<()>>>);

impl Liveness {
    /// Connects with the first call that needs etcd.
    ///
    /// # Errors
    /// When the options name no member of etcd.
    pub fn new(options: Options) -> Result<Self, Error> {
        let etcd = Arc::new(Etcd::new(options.etcd.clone(), Keys::new(&options.namespace))?);
        let (view, registrar, cancel) = (OnceCell::new(), OnceCell::new(), CancellationToken::new());
        Ok(Self(Arc::new(Inner { etcd, options, view, registrar, cancel })))
    }

    /// All services, followed from now on. It knows nothing until etcd was read, and says so.
    pub async fn view(&self) -> &View {
        let start = async || {
            let view = View::new(self.0.options.guard, self.0.options.flapping);
            Handle::current().spawn(follow(Arc::clone(&self.0.etcd), view.clone(), self.0.cancel.clone()));
            view
        };
        self.0.view.get_or_init(start).await
    }

    /// Registers a service of this process, or changes what it says of itself; whether anything had to be written.
    /// It is up until this process ends, stands still for the TTL, or calls [`Liveness::stop`].
    ///
    /// # Errors
    /// When the service is invalid, or etcd does not take it. In the second case it is tried again for ever.
    pub async fn update(&self, service: Service) -> Result<bool, Error> {
        self.registrar().await.update(service).await
    }

    /// Removes a service and all its keys. One that another process keeps is put again by that process.
    ///
    /// # Errors
    /// When there is none, or etcd does not do it: then a service of this process stays registered.
    pub async fn delete(&self, uuid: &str) -> Result<(), Error> {
        match self.0.registrar.get() {
            Some((registrar, _)) => registrar.delete(uuid).await,
            None => self.store().delete(uuid).await,
        }
    }

    /// Sets a service down, in the name of an operator. Without a start, a maintenance with an end or a note starts
    /// now.
    ///
    /// # Errors
    /// When the window or the note cannot be, there is no such service, or etcd does not do it.
    pub async fn down(&self, uuid: &str, mut maintenance: Maintenance) -> Result<Service, Error> {
        if maintenance.start == 0 && maintenance != Maintenance::default() {
            maintenance.start = unix();
        }
        let named = |text: &str| text.into();
        let (uuid_, kind, host) = (named(uuid), named("-"), named("-"));
        Service { uuid: uuid_, kind, host, maintenance: maintenance.clone(), ..Service::default() }
            .check()?;
        self.store().change(uuid, Status::Down, maintenance).await
    }

    /// Ends what [`Liveness::down`] began. A service whose process does not live is not up by that, but expired.
    ///
    /// # Errors
    /// When there is no such service, or etcd does not do it.
    pub async fn up(&self, uuid: &str) -> Result<Service, Error> {
        self.store().change(uuid, Status::Up, Maintenance::default()).await
    }

    /// Declares all suspects down for everybody, as an operator who knows better; whether there were any. Processes
    /// whose user may not write to etcd hold theirs for themselves and end the hold in time.
    ///
    /// # Errors
    /// When etcd does not do it.
    pub async fn release_suspects(&self) -> Result<bool, Error> {
        let ended = suspicion::end(&self.0.etcd).await;
        if let Some(view) = self.0.view.get() {
            view.release_suspects();
        }
        ended
    }

    /// Takes part in an election by this name, as `name`, with a lease of its own: how long after its last sign of
    /// life another one may lead.
    pub fn campaign(&self, election: &str, name: &str, leader_ttl: Duration) -> Candidate {
        Candidate::start(Arc::clone(&self.0.etcd), election, name, leader_ttl)
    }

    /// Who leads in an election, by its name, and in which term, without taking part; nothing when nobody does.
    ///
    /// # Errors
    /// When etcd does not answer.
    pub async fn leader(&self, election: &str) -> Result<Option<(String, Term)>, Error> {
        leader(&self.0.etcd, election).await
    }

    /// What etcd holds of one service now.
    ///
    /// # Errors
    /// When etcd does not answer.
    pub async fn get(&self, uuid: &str) -> Result<Option<Entry>, Error> {
        self.store().get(uuid).await
    }

    /// What etcd holds now of the service of this type on this host: the newest that is up, else the newest. It
    /// costs two reads when that one is up, and a listing of all services otherwise.
    ///
    /// # Errors
    /// When etcd does not answer.
    pub async fn find(&self, kind: &str, host: &str) -> Result<Option<Entry>, Error> {
        self.store().find(kind, host).await
    }

    /// Whether a service is up, asked of etcd and not of the view.
    ///
    /// # Errors
    /// When etcd does not answer.
    pub async fn is_up(&self, uuid: &str) -> Result<Answer, Error> {
        let state = self.get(uuid).await?.map_or(State::Down(Why::NeverSeen), |entry| entry.state(unix));
        Ok(Answer::Known(state))
    }

    /// Whether a service of this type on this host is up, asked of etcd and not of the view; see
    /// [`Liveness::find`].
    ///
    /// # Errors
    /// When etcd does not answer.
    pub async fn is_up_at(&self, kind: &str, host: &str) -> Result<Answer, Error> {
        let state =
            self.find(kind, host).await?.map_or(State::Down(Why::NeverSeen), |entry| entry.state(unix));
        Ok(Answer::Known(state))
    }

    /// All services and their states at one revision, as etcd has them now.
    ///
    /// # Errors
    /// When etcd does not answer.
    pub async fn read(&self) -> Result<Snapshot, Error> {
        self.store().read().await
    }

    /// How much time leases have, such as those of [`Entry::lease`]; those that have ended are not among them. Each
    /// lease is asked for once.
    ///
    /// # Errors
    /// When etcd does not answer.
    pub async fn lease_times(
        &self,
        leases: impl IntoIterator<Item = i64>,
    ) -> Result<HashMap<i64, LeaseTime>, Error> {
        self.store().lease_times(leases.into_iter().collect()).await
    }

    /// The services that fit, as etcd has them now.
    ///
    /// # Errors
    /// When etcd does not answer.
    pub async fn list(&self, filter: &Filter) -> Result<Vec<Service>, Error> {
        self.store().list(filter).await
    }

    /// Figures of the view; nothing while nobody asked for one.
    pub fn figures(&self) -> Option<ViewFigures> {
        self.0.view.get().map(View::figures)
    }

    /// Figures of the lease; nothing while nothing was registered.
    pub fn lease(&self) -> Option<LeaseFigures> {
        self.0.registrar.get().map(|(registrar, _)| registrar.figures())
    }

    /// Figures of the calls to etcd, by what was asked.
    pub fn calls(&self) -> Vec<CallFigures> {
        self.0.etcd.figures()
    }

    /// Whether etcd can be used as it is configured: each member is asked for its state and its time, and a key
    /// within the namespace is read, written and removed.
    pub async fn checkup(&self) -> Checkup {
        checkup(&self.0.etcd).await
    }

    /// Ends in good order: the lease is revoked, so that others see at once that the services of this process are
    /// down.
    pub async fn stop(&self) {
        self.0.cancel.cancel();
        if let Some((registrar, task)) = self.0.registrar.get() {
            registrar.stop();
            let task = task.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(task) = task {
                let _ = task.await;
            }
        }
    }

    async fn registrar(&self) -> &Arc<Registrar> {
        let start = async || {
            let registrar = Registrar::new(self.store());
            let task = Handle::current().spawn(Arc::clone(&registrar).run());
            (registrar, Mutex::new(Some(task)))
        };
        &self.0.registrar.get_or_init(start).await.0
    }

    fn store(&self) -> Store {
        Store { etcd: Arc::clone(&self.0.etcd), ttl: self.0.options.ttl, view: self.0.view.get().cloned() }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.cancel.cancel();
        if let Some((registrar, _)) = self.registrar.get() {
            registrar.stop();
        }
    }
}
