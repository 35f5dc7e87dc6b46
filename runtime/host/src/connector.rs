//! The connector as others see it: a handler on the event bus, behind which one call at a time has the instance.
//!
//! A call is a task of its own that waits in line for the instance; the line is fair and bounded. The first step of
//! a call to an instance that is free and known to need little is done by the asker itself: most such calls are
//! over with it, and waking another task would cost more than the call.

mod drive;
mod keeper;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::poll;
use serde_json::Value;
use servo_events::{BoxFuture, Bus, Call, Context, CustomEvent, Definition, Event, Handler, Hook, Reply};
use servo_types::{Code, Failure};
use thiserror::Error;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, oneshot};
use tracing::Instrument as _;

use crate::caps::liveness::LivenessEngine;
use crate::caps::load::LoadEngine;
use crate::counters::{Condition, Counters};
use crate::gate::Gate;
use crate::grants::Grants;
use crate::instance::{Declared, Instance, Refused};
use crate::limits::Limits;
use crate::loader::Program;
use crate::revoked::Grant;
use crate::shelf::Shelf;
use crate::stage::Stage;
use crate::tenant::Tenant;
use keeper::Keeper;

/// An instance whose last call computed less than this is one that needs little.
const LIGHT: Duration = Duration::from_micros(200);
/// An instance with a call that computed longer than this belongs on the runtime of those that compute much.
const HEAVY: Duration = Duration::from_millis(20);

/// How often, and how long after the last time, the lock of a state is asked for that another process has.
const CLAIMS: u32 = 600;
const CLAIM: Duration = Duration::from_millis(100);

/// What a connector is made of, beside its program.
#[derive(Debug)]
pub struct ConnectorOptions {
    /// Its name within the servo.
    pub alias: String,
    /// Its settings; the schema has been checked by the caller.
    pub settings: Value,
    /// What it may use.
    pub limits: Limits,
    /// What it may reach.
    pub grants: Grants,
    /// What its grants refer to.
    pub services: Services,
}

/// What the host hands on to guests.
#[derive(Clone, Default)]
pub struct Services {
    /// Where `dispatch` goes.
    pub bus: Option<Bus>,
    /// Who generates load.
    pub load: Option<Arc<dyn LoadEngine>>,
    /// Who knows which services are up.
    pub liveness: Option<Arc<dyn LivenessEngine>>,
    /// Who says whether anything may go out.
    pub gate: Option<Arc<dyn Gate>>,
    /// The journal of what the connector keeps; no other connector has the same one.
    pub state: Option<PathBuf>,
    /// Where the connector is tested, instead of the world.
    pub stage: Option<Arc<Stage>>,
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services").finish_non_exhaustive()
    }
}

/// How much of its limits a connector uses.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// Now, or by the last call where a limit is one of calls.
    pub used: Limits,
    /// The most since the connector was started; survives a rebuild.
    pub peak: Limits,
}

/// A connector that does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// It does not like its settings.
    #[error("{}", .0.iter().map(refusal).collect::<Vec<_>>().join("; "))]
    Settings(
        /// JSON pointer and text of each problem.
        Vec<(String, String)>,
    ),
    /// It trapped or hit a limit.
    #[error("{0}")]
    Failed(Failure),
}

/// One problem with the settings. The empty pointer means all of them.
fn refusal((pointer, text): &(String, String)) -> String {
    if pointer.is_empty() { text.clone() } else { format!("{pointer}: {text}") }
}

/// A running connector. Its instance ends when the last reference is dropped and the last call has ended.
pub struct Connector {
    declared: Declared,
    /// Calls that may be at the instance or in line for it.
    places: Arc<Semaphore>,
    desk: Arc<Desk>,
}

/// What the calls share.
struct Desk {
    program: Arc<Program>,
    tenant: Arc<Tenant>,
    keeper: Mutex<Keeper>,
    /// Whether the last call computed little.
    light: AtomicBool,
    /// Whether any call computed much.
    heavy: AtomicBool,
    /// Whether a restart waits for its turn.
    restarting: AtomicBool,
}

/// One call on its way to the instance.
struct Letter {
    call: Arc<Call>,
    context: Context,
    answer: oneshot::Sender<Result<Reply, Failure>>,
    place: OwnedSemaphorePermit,
}

impl Connector {
    /// Builds the instance and configures it; on the calling runtime.
    ///
    /// # Errors
    /// When it does not like its settings, traps or hits a limit.
    pub async fn start(program: Arc<Program>, options: ConnectorOptions) -> Result<Arc<Self>, StartError> {
        Self::start_without(program, options, &[]).await
    }

    /// As [`Connector::start`], with grants that were taken back before: not even `configure` has them.
    ///
    /// # Errors
    /// As [`Connector::start`].
    pub async fn start_without(
        program: Arc<Program>,
        options: ConnectorOptions,
        taken: &[Grant],
    ) -> Result<Arc<Self>, StartError> {
        let ConnectorOptions { alias, settings, limits, grants, services } = options;
        let shelf = match services.state.as_deref().filter(|_| grants.state) {
            Some(journal) => Some(shelf(&program, &alias, journal).await),
            None => None,
        };
        let tenant = Tenant::new(alias.into(), limits, grants, services, shelf);
        for grant in taken {
            tenant.revoked.add(grant.clone());
        }
        let settings = settings.to_string();
        let (instance, declared) = match Instance::start(&program, &tenant, &settings).await {
            Ok(started) => started,
            Err(Refused::Failed(failure)) => return Err(StartError::Failed(failure)),
            Err(Refused::Settings(problems)) => {
                let problems = problems.into_iter().map(|problem| (problem.pointer, problem.text));
                return Err(StartError::Settings(problems.collect()));
            }
        };
        let places = Arc::new(Semaphore::new(places(&limits)));
        let keeper = Mutex::new(Keeper::new(Arc::clone(&program), Arc::clone(&tenant), settings, instance));
        let [light, heavy, restarting] = [(); 3].map(|()| AtomicBool::new(false));
        let desk = Arc::new(Desk { program, tenant, keeper, light, heavy, restarting });
        Ok(Arc::new(Self { declared, places, desk }))
    }

    /// The component it runs.
    pub fn program(&self) -> &Arc<Program> {
        &self.desk.program
    }

    /// What it may use.
    pub fn limits(&self) -> &Limits {
        &self.desk.tenant.limits
    }

    /// What it may reach.
    pub fn grants(&self) -> &Grants {
        &self.desk.tenant.grants
    }

    /// How much of each limit is in use, and the most that ever was, in the form of the limits themselves.
    pub fn usage(&self) -> Usage {
        let Desk { tenant, .. } = &*self.desk;
        let limits = tenant.limits;
        let mut usage = Usage { used: limits, peak: limits };
        let Usage { used, peak } = &mut usage;
        tenant.tally.used(used, peak);
        tenant.egress.used(used, peak);
        (used.cpu_share, peak.cpu_share) = tenant.share.used();
        (used.log, peak.log) = tenant.log.used();
        (used.state, peak.state) = tenant.shelf.as_ref().map_or((0, 0), |shelf| shelf.used());
        used.mailbox = self.waiting();
        usage
    }

    /// Calls in line; the one at the instance is none of them.
    fn waiting(&self) -> usize {
        places(&self.desk.tenant.limits).saturating_sub(self.places.available_permits()).saturating_sub(1)
    }

    /// Takes a grant back: the next call of the guest into the host feels it, and load that runs by it ends. Open
    /// TCP connections end with the instance, after the call in progress. False when it was not granted.
    pub fn revoke(&self, grant: Grant) -> bool {
        let Desk { tenant, program, .. } = &*self.desk;
        if !grant.is_of(&tenant.grants) {
            return false;
        }
        let connections = matches!(grant, Grant::Tcp(_));
        tenant.revoked.add(grant);
        if connections {
            let desk = Arc::clone(&self.desk);
            program.sandbox.options.heavy.spawn(async move { desk.keeper.lock().await.forget() });
        }
        true
    }

    /// Has the instance built again after its current call, without the delay after failures. False when it has not
    /// happened after `patience`; it will then.
    ///
    /// # Errors
    /// Why it could not be built.
    pub async fn restart(&self, patience: Duration) -> Result<bool, Failure> {
        let desk = Arc::clone(&self.desk);
        if desk.restarting.swap(true, Relaxed) {
            return Ok(false);
        }
        let task = tokio::spawn(async move {
            let mut keeper = desk.keeper.lock().await;
            desk.restarting.store(false, Relaxed);
            keeper.restart().await
        });
        match tokio::time::timeout(patience, task).await {
            Ok(Ok(restarted)) => restarted.map(|()| true),
            Ok(Err(error)) => Err(Failure::failed(error.to_string())),
            Err(_) => Ok(false),
        }
    }

    /// How the instance is now.
    pub fn condition(&self) -> Condition {
        self.desk.tenant.tally.condition()
    }

    /// The grants that were taken back.
    pub fn revoked(&self) -> Vec<Grant> {
        self.desk.tenant.revoked.all()
    }

    /// What it has done and used.
    pub fn counters(&self) -> Counters {
        let Desk { tenant, .. } = &*self.desk;
        Counters { cpu: tenant.share.total(), ..tenant.tally.read() }
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").field("tenant", &self.desk.tenant).finish_non_exhaustive()
    }
}

impl Handler for Connector {
    fn name(&self) -> &str {
        &self.desk.tenant.alias
    }

    fn handles(&self, event: Event) -> bool {
        self.desk.program.handles(event)
    }

    fn hooks(&self) -> &[Hook] {
        &self.declared.hooks
    }

    fn defines(&self) -> &[Definition] {
        &self.declared.defines
    }

    fn handled(&self) -> &[CustomEvent] {
        &self.declared.handled
    }

    fn call(&self, call: Arc<Call>, context: Context) -> BoxFuture<'_, Result<Reply, Failure>> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        Box::pin(async move {
            let Desk { program, tenant, light, heavy, .. } = &*self.desk;
            let Ok(place) = place else {
                tenant.tally.limit("mailbox");
                let (limit, alias) = (tenant.limits.mailbox, &tenant.alias);
                let text = format!("{limit} calls wait for `{alias}` already: the limit `mailbox`");
                return Err(Failure::new(Code::Busy, text).because("mailbox"));
            };
            let waiting = self.waiting();
            if waiting > 0 {
                tenant.tally.waiting(waiting);
            }
            // A call on behalf of another guest would run on that one's stack and on its account.
            let direct = light.load(Relaxed) && context.callers.len() <= 1;
            let (answer, answered) = oneshot::channel();
            let letter = Letter { call, context, answer, place };
            // Its log lines belong to the servo of the caller.
            let mut work = Box::pin(Arc::clone(&self.desk).serve(letter).in_current_span());
            if !direct || poll!(work.as_mut()).is_pending() {
                let second = &program.sandbox.options.heavy;
                if heavy.load(Relaxed) && tenant.stage.is_none() {
                    second.spawn(work)
                } else {
                    tokio::spawn(work)
                };
            }
            let alias = &tenant.alias;
            answered
                .await
                .unwrap_or_else(|_| Err(Failure::failed(format!("the connector `{alias}` has ended"))))
        })
    }
}

impl Desk {
    /// Waits for the instance and answers the letter.
    async fn serve(self: Arc<Self>, letter: Letter) {
        let Letter { call, context, mut answer, place } = letter;
        let keeper = tokio::select! {
            biased;
            keeper = self.keeper.lock() => Some(keeper),
            () = context.cancel.cancelled() => None,
            () = answer.closed() => None,
        };
        let result = match keeper {
            Some(mut keeper) if !context.cancel.is_cancelled() => {
                let result = keeper.answer(&call, context, &mut answer).await;
                self.weigh(keeper.cpu(), keeper.is_built());
                result
            }
            _ => {
                let text = format!("`{}` was not called: cancelled", self.tenant.alias);
                Err(Failure::new(Code::Cancelled, text))
            }
        };
        drop(place);
        let _ = answer.send(result);
    }

    /// Notes what a call needed, for the choice of where the next one runs.
    fn weigh(&self, cpu: Duration, is_built: bool) {
        self.light.store(is_built && cpu < LIGHT, Relaxed);
        if cpu > HEAVY && !self.heavy.swap(true, Relaxed) {
            let connector = &*self.tenant.alias;
            tracing::debug!(connector, "computes much: its calls run on the second runtime from now on");
        }
    }
}

/// Calls that may be at the instance or in line for it.
fn places(limits: &Limits) -> usize {
    limits.mailbox.saturating_add(1).min(Semaphore::MAX_PERMITS)
}

/// What the connector keeps. Whatever is wrong with it is the guest's to hear when it asks.
async fn shelf(program: &Program, alias: &str, journal: &Path) -> Arc<Shelf> {
    let shelf = program.sandbox.shelves.open(journal);
    let claimed = Arc::clone(&shelf);
    match tokio::task::spawn_blocking(move || claimed.claim()).await {
        Ok(Ok(false)) => drop(tokio::spawn(claim_later(Arc::downgrade(&shelf)))),
        Ok(Err(error)) => tracing::warn!(connector = alias, "the state cannot be used: {error}"),
        _ => {}
    }
    shelf
}

/// Another process writes. A command is over soon, and then it is a running servo's turn; should that one run for
/// longer, each write tries again.
async fn claim_later(shelf: Weak<Shelf>) {
    for _ in 0..CLAIMS {
        tokio::time::sleep(CLAIM).await;
        let Some(shelf) = shelf.upgrade() else { return };
        if !matches!(tokio::task::spawn_blocking(move || shelf.claim()).await, Ok(Ok(false))) {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
