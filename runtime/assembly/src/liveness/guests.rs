//! Which services are up, for connectors: the view of the servo behind the `liveness` interface of the contract.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use servo_events::BoxFuture;
use servo_host::{
    DownWhy, KnownService, LivenessEngine, ServiceChange, ServiceListing, ServiceMaintenance, ServiceName,
    ServiceNews, ServiceSelection, ServiceState,
};
use servo_liveness::{Answer, Change, Error, Liveness, Maintenance, Notice, Service, State, View, Why};
use servo_types::{Code, Failure};
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::recent::{Recent, Since};

/// How often it is looked whether services were read for the first time.
const LOOK: Duration = Duration::from_millis(10);

/// The services of a servo, as its connectors see them. They are followed from the first question on.
#[derive(Debug)]
pub(crate) struct Guests {
    liveness: Liveness,
    /// How old what is known may be for an answer.
    max_age: Duration,
    /// How long the first question waits for what is known.
    patience: Duration,
    following: OnceCell<Following>,
}

#[derive(Debug)]
struct Following {
    view: View,
    recent: Arc<Recent>,
    _ends: DropGuard,
}

impl Guests {
    pub(crate) fn new(liveness: Liveness, max_age: Duration, patience: Duration) -> Self {
        Self { liveness, max_age, patience, following: OnceCell::new() }
    }

    /// What is known; once something is, or nothing after the patience.
    async fn following(&self) -> &Following {
        let start = async || {
            let view = self.liveness.view().await.clone();
            let (recent, ends) = (Arc::new(Recent::new()), CancellationToken::new());
            let mut watcher = view.watch();
            let (told, stop) = (Arc::clone(&recent), ends.clone());
            tokio::spawn(async move {
                while let Some(Some(notice)) = stop.run_until_cancelled(watcher.next()).await {
                    match notice {
                        Notice::Changes(changes) => told.add(&changes),
                        // It begins, and nobody has a cursor.
                        Notice::State { missed: 0, .. } => {}
                        Notice::State { .. } => told.lose(),
                    }
                }
            });
            Following { view, recent, _ends: ends.drop_guard() }
        };
        let following = self.following.get_or_init(start).await;
        let known = async {
            while following.view.age().is_none() {
                sleep(LOOK).await;
            }
        };
        // Whoever asks hears that nothing is known.
        let _ = timeout(self.patience, known).await;
        following
    }

    async fn list(&self, which: &ServiceSelection, room: usize) -> Result<ServiceListing, Failure> {
        let Following { view, recent, .. } = self.following().await;
        let Some(age) = view.age() else {
            let text = "nothing is known of any service: etcd was not read yet; `servo check` says why";
            return Err(Failure::failed(text).because("unknown"));
        };
        // In this order: what changes between the two is told again rather than lost.
        let (cursor, snapshot) = (recent.end(), view.snapshot());
        let (mut services, mut weight) = (Vec::new(), 0);
        for entry in snapshot.iter().filter(|entry| fits(which, &entry.service)) {
            let state = if age <= self.max_age { state(entry.state(unix)) } else { ServiceState::Unknown };
            let service = known(&entry.service, state);
            weight += service.weight();
            if weight > room {
                let text = format!(
                    "the services are more than {room} bytes: the limit `result`; ask for fewer of them"
                );
                return Err(Failure::new(Code::LimitExceeded, text).because("result"));
            }
            services.push(service);
        }
        Ok(ServiceListing { cursor, services })
    }

    async fn wait(&self, after: &str, which: &ServiceSelection, room: usize, until: Instant) -> ServiceNews {
        let Following { recent, .. } = self.following().await;
        let mut news = recent.subscribe();
        let mut cursor = after.to_owned();
        loop {
            news.mark_unchanged();
            let mut weight = 0;
            let fits = |change: &Change| {
                let told = fits(which, &change.service)
                    .then(|| (state(change.before), known(&change.service, state(change.after))));
                weight += told.as_ref().map_or(0, |(_, service)| service.weight());
                (weight <= room).then_some(told)
            };
            let Since { cursor: next, found: changes, missed } = recent.since(&cursor, fits);
            cursor = next;
            let waits = changes.is_empty() && !missed;
            if !waits || !matches!(timeout_at(until, news.changed()).await, Ok(Ok(()))) {
                return ServiceNews { cursor, changes, missed };
            }
        }
    }

    async fn change(&self, change: ServiceChange) -> Result<(), Error> {
        match change {
            ServiceChange::Register { uuid, kind, host, region } => {
                let [uuid, kind, host, region] = [uuid, kind, host, region].map(Arc::from);
                let service = Service { uuid, kind, host, region, ..Service::default() };
                self.liveness.update(service).await.map(drop)
            }
            ServiceChange::Down(uuid, ServiceMaintenance { start, end, note }) => {
                let (start, end) = (start.unwrap_or_default(), end.unwrap_or_default());
                self.liveness.down(&uuid, Maintenance { start, end, note }).await.map(drop)
            }
            ServiceChange::Up(uuid) => self.liveness.up(&uuid).await.map(drop),
            ServiceChange::Delete(uuid) => self.liveness.delete(&uuid).await,
        }
    }
}

impl LivenessEngine for Guests {
    fn is_up<'a>(&'a self, service: &'a ServiceName) -> BoxFuture<'a, ServiceState> {
        Box::pin(async move {
            let Following { view, .. } = self.following().await;
            let answer = match service {
                ServiceName::Uuid(uuid) => view.is_up(uuid, self.max_age),
                ServiceName::Place(kind, host) => view.is_up_at(kind, host, self.max_age),
            };
            match answer {
                Answer::Known(known) => state(known),
                Answer::Unknown(_) => ServiceState::Unknown,
            }
        })
    }

    fn list<'a>(
        &'a self,
        which: &'a ServiceSelection,
        room: usize,
    ) -> BoxFuture<'a, Result<ServiceListing, Failure>> {
        Box::pin(self.list(which, room))
    }

    fn wait<'a>(
        &'a self,
        after: &'a str,
        which: &'a ServiceSelection,
        room: usize,
        until: Instant,
    ) -> BoxFuture<'a, Result<ServiceNews, Failure>> {
        Box::pin(async move { Ok(self.wait(after, which, room, until).await) })
    }

    fn change(&self, change: ServiceChange) -> BoxFuture<'_, Result<(), Failure>> {
        Box::pin(async move {
            self.change(change).await.map_err(|error| {
                let reason = match error {
                    Error::Invalid(_) => "invalid",
                    Error::NotFound(_) => "not-found",
                    _ => "etcd",
                };
                Failure::failed(error.to_string()).because(reason)
            })
        })
    }
}

fn fits(which: &ServiceSelection, service: &Service) -> bool {
    which.fits(&service.uuid, &service.kind, &service.host, &service.region)
}

fn known(service: &Service, state: ServiceState) -> KnownService {
    let Service { uuid, kind, host, region, maintenance, .. } = service.clone();
    let Maintenance { start, end, note } = maintenance;
    let given = |time: u64| (time != 0).then_some(time);
    let said = start != 0 || end != 0 || !note.is_empty();
    let maintenance = said.then(|| ServiceMaintenance { start: given(start), end: given(end), note });
    KnownService { uuid, kind, host, region, maintenance, state }
}

fn state(state: State) -> ServiceState {
    match state {
        State::Up => ServiceState::Up,
        State::Suspect => ServiceState::Suspect,
        State::Down(why) => ServiceState::Down(match why {
            Why::Expired => DownWhy::Expired,
            Why::SetDown => DownWhy::SetDown,
            Why::Maintenance => DownWhy::Maintenance,
            Why::Deleted => DownWhy::Deleted,
            Why::NeverSeen => DownWhy::NeverSeen,
        }),
    }
}

fn unix() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
