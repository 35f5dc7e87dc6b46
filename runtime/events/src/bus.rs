//! The bus: registered handlers and the way to dispatch to them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde_json::Value;
use servo_types::{Code, Failure};
use tokio_util::sync::CancellationToken;

use crate::custom::{Defined, Defines};
use crate::nearest::hint;
use crate::plan::plan;
use crate::registry::{Entry, Snapshot};
use crate::run::Run;
use crate::waits::Waits;
use crate::{
    Call, Chain, Compile, CustomEvent, Definition, Handler, Outcomes, ProgressSink, RegisterError,
    Registration, UnknownConnector,
};

/// How deep dispatches nest unless [`Options::depth`] says otherwise: enough for every sane assembly, little enough
/// to end a runaway soon.
pub const DEPTH: usize = 8;

/// Where events are dispatched. Cheap to clone; all clones are one bus.
#[derive(Clone, Debug, Default)]
pub struct Bus(Arc<Shared>);

/// How to dispatch.
#[derive(Clone, Debug)]
pub struct Options {
    /// Ask only these connectors, by alias; empty asks all.
    pub include: Vec<String>,
    /// Do not ask these.
    pub exclude: Vec<String>,
    /// Ask one after another until one answers.
    pub first: bool,
    /// Time for the whole; handlers are told to stop when it is over. Without it each handler's own limits count,
    /// and the bus stops waiting an hour after the time that the call asks for.
    pub timeout: Option<Duration>,
    /// Cancels the dispatch: handlers are told to stop, and what they answer is kept.
    pub cancel: CancellationToken,
    /// Where handlers say how far they are.
    pub progress: ProgressSink,
    /// Who waits for this dispatch: [`Context::callers`](crate::Context::callers) of the call that makes it.
    pub callers: Chain,
    /// How deep dispatches may nest.
    pub depth: usize,
}

/// Why nothing was dispatched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DispatchError {
    /// `include` or `exclude` names a connector that is not there.
    #[error(transparent)]
    Unknown(#[from] UnknownConnector),
    /// Nobody defines the event.
    #[error("there is no event `{name}`{}", hint(nearest.as_deref()))]
    UnknownEvent {
        /// Its name.
        name: String,
        /// An event with a similar name.
        nearest: Option<String>,
    },
    /// The arguments are not what the definition of the event says.
    #[error("invalid arguments of `{event}`: {problem}; `{by}` defines what it takes")]
    Arguments {
        /// The event.
        event: CustomEvent,
        /// What is wrong.
        problem: String,
        /// Who defines it.
        by: String,
    },
    /// Too many connectors wait for this dispatch.
    #[error(
        "dispatches nest {depth} deep at most, and {callers} wait already; raise the limit `dispatch_depth`"
    )]
    TooDeep {
        /// The bound.
        depth: usize,
        /// Who waits, innermost first.
        callers: String,
    },
}

#[derive(Debug, Default)]
struct Shared {
    snapshot: RwLock<Arc<Snapshot>>,
    compile: Option<Compile>,
    waits: Waits,
    /// Numbers registrations and calls.
    next: AtomicU64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            include: Vec::new(),
            exclude: Vec::new(),
            first: false,
            timeout: None,
            cancel: CancellationToken::new(),
            progress: ProgressSink::default(),
            callers: Chain::default(),
            depth: DEPTH,
        }
    }
}

impl From<DispatchError> for Failure {
    fn from(error: DispatchError) -> Self {
        match &error {
            DispatchError::Unknown(_) => Self::failed(error.to_string()).because("unknown-connector"),
            DispatchError::UnknownEvent { .. } => Self::failed(error.to_string()).because("unknown-event"),
            DispatchError::Arguments { .. } => Self::failed(error.to_string()).because("arguments"),
            DispatchError::TooDeep { .. } => Self::new(Code::Busy, error.to_string()).because("depth"),
        }
    }
}

impl Bus {
    /// A bus without handlers. What connectors say to events that they define is not checked.
    pub fn new() -> Self {
        Self::default()
    }

    /// A bus without handlers that checks arguments and results of defined events with what `compile` makes of their
    /// schemas.
    pub fn checking(compile: Compile) -> Self {
        Self(Arc::new(Shared { compile: Some(compile), ..Shared::default() }))
    }

    /// Adds a handler behind all others: register in the order of the configuration.
    ///
    /// # Errors
    /// If the name is taken, the handler wants hooks where there are none, or it defines an event that another component
    /// defines.
    pub fn register(&self, handler: Arc<dyn Handler>) -> Result<(), RegisterError> {
        let registration = Registration::of(&*handler)?;
        self.change(|all, node| match all.position(&registration.name) {
            Some(_) => Err(RegisterError::Duplicate(registration.name.to_string())),
            None => {
                all.entries.push(Entry { registration, handler, node });
                Ok(())
            }
        })
    }

    /// Whether every event that a handler answers or hooks is a standard one or defined: to be asked when all are
    /// registered.
    ///
    /// # Errors
    /// Who wants which event that nobody defines.
    pub fn complete(&self) -> Result<(), RegisterError> {
        self.snapshot().complete()
    }

    /// The events that handlers define, by name, each with the first alias that defines it.
    pub fn definitions(&self) -> Vec<(Definition, Arc<str>)> {
        let snapshot = self.snapshot();
        snapshot.defines.all().map(|one| (one.definition.clone(), Arc::clone(&one.by))).collect()
    }

    /// Puts a handler in the place of the one of the same name, which it returns. Calls in progress stay with the
    /// old one.
    ///
    /// # Errors
    /// If there is none, the handler wants hooks where there are none, or it defines an event that another component
    /// defines.
    pub fn replace(&self, handler: Arc<dyn Handler>) -> Result<Arc<dyn Handler>, RegisterError> {
        let registration = Registration::of(&*handler)?;
        self.change(|all, node| match all.position(&registration.name) {
            Some(index) => {
                let old = std::mem::replace(&mut all.entries[index], Entry { registration, handler, node });
                Ok(old.handler)
            }
            None => Err(RegisterError::Unknown(registration.name.to_string())),
        })
    }

    /// Removes a handler and returns it. Calls in progress go on.
    pub fn unregister(&self, name: &str) -> Option<Arc<dyn Handler>> {
        let removed =
            self.change(|all, _| Ok(all.position(name).map(|index| all.entries.remove(index).handler)));
        // Fewer definitions contradict nothing.
        removed.ok().flatten()
    }

    /// What the handlers said about themselves, in their order.
    pub fn registrations(&self) -> Vec<Registration> {
        self.snapshot().entries.iter().map(|entry| entry.registration.clone()).collect()
    }

    /// Dispatches a call: before hooks, all that handle its event, after hooks. Never waits much longer than
    /// `options.timeout` or, once `options.cancel` is cancelled, than [`PATIENCE`](crate::PATIENCE).
    ///
    /// After hooks are called whenever handlers could be asked, also when these failed, were cancelled or ran out of
    /// time. Everything happens in this future; when it is dropped, all calls are.
    ///
    /// # Errors
    /// If nothing was dispatched. Failures of handlers are part of the outcomes.
    pub async fn dispatch(
        &self,
        call: impl Into<Arc<Call>> + Send,
        options: Options,
    ) -> Result<Outcomes, DispatchError> {
        let call = call.into();
        if options.callers.len() > options.depth {
            let callers =
                options.callers.names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            return Err(DispatchError::TooDeep { depth: options.depth, callers });
        }
        let snapshot = self.snapshot();
        let defined = match &*call {
            Call::Custom { event, arguments } => Some(taken(&snapshot.defines, *event, arguments)?),
            _ => None,
        };
        let registrations = snapshot.entries.iter().map(|entry| &entry.registration);
        let plan = plan(registrations, call.event(), &options.include, &options.exclude, &options.callers)?;
        let run = Run {
            snapshot: &snapshot,
            waits: &self.0.waits,
            calls: &self.0.next,
            options: &options,
            returns: defined.and_then(|defined| defined.returns.as_ref()),
        };
        Ok(run.run(plan, call).await)
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes what is registered, all or nothing.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut Snapshot, u64) -> Result<T, RegisterError>,
    ) -> Result<T, RegisterError> {
        let node = self.0.next.fetch_add(1, Ordering::Relaxed);
        let mut current = self.0.snapshot.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = Snapshot::clone(&current);
        let done = change(&mut next, node)?;
        next.defines = Defines::of(&next.entries, &current.defines, self.0.compile)?;
        *current = Arc::new(next);
        Ok(done)
    }
}

/// The definition of an event, if these are arguments that it takes.
fn taken<'a>(
    defines: &'a Defines,
    event: CustomEvent,
    arguments: &str,
) -> Result<&'a Defined, DispatchError> {
    let Some(defined) = defines.get(event) else {
        let (name, nearest) = (event.name().to_owned(), defines.nearest(event.name()));
        return Err(DispatchError::UnknownEvent { name, nearest });
    };
    if let Some(check) = &defined.parameters {
        let value: Result<Value, _> = serde_json::from_str(arguments);
        let checked = value.map_err(|error| error.to_string()).and_then(|value| check(&value));
        checked.map_err(|problem| DispatchError::Arguments { event, problem, by: defined.by.to_string() })?;
    }
    Ok(defined)
}

#[cfg(test)]
mod tests;
