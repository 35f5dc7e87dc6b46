//! Connectors that are part of servo, because they start programs: `scripts` and `exec`. They are configured like all
//! others and have no sandbox: what they run is what the operator wrote.

mod command;
mod exec;
mod lines;
mod process;
mod scripts;
mod settings;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use servo_config::{Config, Connector as Wanted, ConnectorRef, Grants, Notice, Problem, Problems};
use servo_events::{BoxFuture, Call, Context, Event, Handler, Hook, Reply};
use servo_host::Metadata;
use servo_types::{Code, Failure};
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::programs::ConnectorInfo;
use crate::servo::GrantRow;
use exec::Exec;
use scripts::Scripts;

/// Hooks of several events may come at once; the programs of more than so many calls wait.
const SCRIPTS_AT_ONCE: usize = 4;
/// Calls that wait until one is over.
const WAITING_MAX: usize = 64;

/// A connector of this kind, and what it has done.
#[derive(Debug)]
pub(crate) struct Native {
    alias: String,
    kind: Kind,
    turns: Semaphore,
    waiting: AtomicUsize,
    tally: Mutex<Tally>,
}

#[derive(Debug)]
enum Kind {
    Scripts(Scripts),
    Exec(Box<Exec>),
}

/// What a connector has done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    /// Calls by event and outcome: `ok` or the code of the failure.
    pub(crate) calls: BTreeMap<String, BTreeMap<String, u64>>,
    /// Time in calls.
    pub(crate) wall: Duration,
    /// The calls in progress, and when each began.
    busy: Vec<(Event, Instant)>,
}

/// Settings that the schema takes and that make no sense.
#[derive(Debug, Error)]
pub enum NativeError {
    /// What is wrong.
    #[error("{0}")]
    Settings(String),
    /// It has no sandbox.
    #[error(
        "`{0}` of this connector has no meaning: it starts programs of its own, without a sandbox; remove it, and give its \
         commands a `timeout`"
    )]
    Sandbox(&'static str),
}

/// A program that may be started.
struct Grantable {
    to: String,
    with: String,
}

/// What is known of these connectors, by name.
pub(crate) fn infos() -> [ConnectorInfo; 2] {
    let info = |name: &str, description: &str, schema, example| ConnectorInfo {
        name: name.to_owned(),
        metadata: Metadata {
            name: Some(name.to_owned()),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            description: Some(description.to_owned()),
            licenses: Some("Apache-2.0".to_owned()),
            maturity: Some("experimental".to_owned()),
            ..Metadata::default()
        },
        source: "native".to_owned(),
        schema,
        example,
    };
    let exec = "Describes, measures and adjusts by commands that the operator names";
    let scripts = "Runs commands of the operator before, on and after events";
    [
        info(exec::NAME, exec, settings::exec(), settings::exec_example()),
        info(scripts::NAME, scripts, settings::scripts(), settings::scripts_example()),
    ]
}

/// Whether a configuration means one of these.
pub(crate) fn is_native(reference: &ConnectorRef) -> bool {
    matches!(reference, ConnectorRef::Named(name) if is_native_name(name))
}

/// Whether one of these has this name.
pub(crate) fn is_native_name(name: &str) -> bool {
    matches!(name, exec::NAME | scripts::NAME)
}

/// What these connectors of a configuration say against their settings that no schema can say.
pub fn native_problems(config: &Config, file: &Path) -> Problems {
    let mut problems = Problems::new();
    for servo in &config.servos {
        for wanted in servo.connectors.iter().filter(|wanted| is_native(&wanted.kind)) {
            if let Err(error) = Native::new(wanted, servo.display_name(), file) {
                problems.push(Problem::new(wanted.origin.clone(), wanted.alias.as_str(), error.to_string()));
            }
        }
    }
    problems
}

/// What the commands of a configuration would have meant to ServoX.
pub fn native_notices(config: &Config) -> Vec<Notice> {
    let scripts =
        |wanted: &&Wanted| matches!(&wanted.kind, ConnectorRef::Named(name) if name == scripts::NAME);
    let named =
        |wanted: &&Wanted| ["before", "on", "after"].iter().any(|key| wanted.settings.get(key).is_some());
    let connectors = config.servos.iter().flat_map(|servo| &servo.connectors);
    let notice = |wanted: &Wanted| {
        Notice {
        origin: wanted.origin.clone(),
        path: wanted.alias.clone(),
        message: "a command that fails before an event cancels it, each has a minute unless `timeout` says otherwise, and \
                  sees only variables that `environment` and `inherit` name; ServoX ignores how its scripts end, waits for \
                  ever, and hands on its whole environment"
            .to_owned(),
    }
    };
    connectors.filter(scripts).filter(named).map(notice).collect()
}

impl Native {
    /// The connector that a configuration wants; nothing is started. `file` is the configuration file.
    ///
    /// # Errors
    /// What is wrong with its settings.
    pub(crate) fn new(wanted: &Wanted, servo: &str, file: &Path) -> Result<Native, NativeError> {
        let own = |path: &str| path.starts_with("connectors.");
        if wanted.limit_sources.values().any(|source| own(&source.path)) {
            return Err(NativeError::Sandbox("limits"));
        }
        let Grants { http, load, tcp, dispatch, state, liveness } = &wanted.grants;
        let none = http.is_empty() && load.is_empty() && tcp.is_empty() && dispatch.is_empty();
        if !none || state.is_some() || liveness.is_some() {
            return Err(NativeError::Sandbox("grants"));
        }
        // Of a name without folder the parent is empty, and what is joined to it stays relative.
        let folder = file.parent().unwrap_or(Path::new(""));
        let (alias, settings) = (wanted.alias.as_str(), &wanted.settings);
        let (kind, turns) = match &wanted.kind {
            ConnectorRef::Named(name) if name == scripts::NAME => {
                let scripts = Scripts::new(alias, servo, settings, folder).map_err(NativeError::Settings)?;
                (Kind::Scripts(scripts), SCRIPTS_AT_ONCE)
            }
            _ => {
                let exec = Exec::new(alias, servo, settings, folder).map_err(NativeError::Settings)?;
                (Kind::Exec(Box::new(exec)), 1)
            }
        };
        Ok(Native {
            alias: alias.to_owned(),
            kind,
            turns: Semaphore::new(turns),
            waiting: AtomicUsize::new(0),
            tally: Mutex::default(),
        })
    }

    /// What it may start, as `servo show grants` has it.
    pub(crate) fn grants(&self, wanted: &Wanted) -> Vec<GrantRow> {
        let all = match &self.kind {
            Kind::Scripts(scripts) => scripts.grantable(),
            Kind::Exec(exec) => exec.grantable(),
        };
        let row = |Grantable { to, with }| GrantRow {
            connector: self.alias.clone(),
            kind: "program".to_owned(),
            to,
            with,
            source: wanted.origin.to_string(),
            taken_back: false,
        };
        all.into_iter().map(row).collect()
    }

    /// What it has done.
    pub(crate) fn tally(&self) -> Tally {
        self.tallied().clone()
    }

    /// Calls that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    fn inner(&self) -> &dyn Handler {
        match &self.kind {
            Kind::Scripts(scripts) => scripts,
            Kind::Exec(exec) => &**exec,
        }
    }

    fn tallied(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn in_turn(&self, call: Arc<Call>, context: Context) -> Result<Reply, Failure> {
        let waits = Waits::join(&self.waiting).ok_or_else(|| {
            Failure::new(Code::Busy, format!("`{}` has {WAITING_MAX} calls waiting", self.alias))
        })?;
        let turn = context.cancel.run_until_cancelled(self.turns.acquire()).await;
        let Some(Ok(_turn)) = turn else {
            return Err(Failure::new(Code::Cancelled, "cancelled before it began"));
        };
        drop(waits);
        let _busy = Busy::begin(self, call.event());
        self.inner().call(call, context).await
    }
}

impl Tally {
    /// The call in progress that began first.
    pub(crate) fn busy(&self) -> Option<(Event, Duration)> {
        self.busy.first().map(|(event, since)| (*event, since.elapsed()))
    }
}

impl Handler for Native {
    fn name(&self) -> &str {
        &self.alias
    }

    fn handles(&self, event: Event) -> bool {
        self.inner().handles(event)
    }

    fn hooks(&self) -> &[Hook] {
        self.inner().hooks()
    }

    fn call(&self, call: Arc<Call>, context: Context) -> BoxFuture<'_, Result<Reply, Failure>> {
        Box::pin(async move {
            let (event, began) = (call.event(), Instant::now());
            let answer = self.in_turn(call, context).await;
            let outcome = answer.as_ref().map_or_else(|failure| failure.code.name(), |_| "ok");
            let mut tally = self.tallied();
            tally.wall += began.elapsed();
            *tally
                .calls
                .entry(event.name().to_owned())
                .or_default()
                .entry(outcome.to_owned())
                .or_default() += 1;
            drop(tally);
            answer
        })
    }
}

/// A place among those that wait.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn join(waiting: &'a AtomicUsize) -> Option<Waits<'a>> {
        let place = Waits(waiting);
        (waiting.fetch_add(1, Ordering::Relaxed) < WAITING_MAX).then_some(place)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A call in progress, also when its future is dropped.
struct Busy<'a>(&'a Native, (Event, Instant));

impl<'a> Busy<'a> {
    fn begin(native: &'a Native, event: Event) -> Busy<'a> {
        let this = (event, Instant::now());
        native.tallied().busy.push(this);
        Busy(native, this)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        let mut tally = self.0.tallied();
        if let Some(at) = tally.busy.iter().position(|one| *one == self.1) {
            tally.busy.remove(at);
        }
    }
}

/// `a, b and c`.
fn said(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [some @ .., last] => format!("{} and {last}", some.join(", ")),
    }
}
