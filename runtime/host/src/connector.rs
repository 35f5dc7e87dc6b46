//! The connector as others see it: a handler on the event bus, behind which one task owns the instance.
//!
//! Calls queue in a bounded mailbox and are answered one at a time. When a call ends with an error of the engine,
//! or is ended by the host, the instance is dropped and built again for the next call, which is never the one
//! that failed.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use servo_events::{BoxFuture, Bus, Call, Context, Event, Handler, Hook, Reply};
use servo_types::{Code, Failure};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep_until, timeout};

use crate::caps::load::LoadEngine;
use crate::counters::Counters;
use crate::grants::Grants;
use crate::instance::{Ended, Instance, Refused};
use crate::limits::Limits;
use crate::loader::Program;
use crate::recovery::Recovery;
use crate::state::{Scope, after};
use crate::tenant::Tenant;

/// Time between the wish that a call should end and its end.
const GRACE: Duration = Duration::from_secs(5);
/// A call that computes longer than this moves its instance to the runtime of those that compute much.
const HEAVY: Duration = Duration::from_millis(20);

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
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services").finish_non_exhaustive()
    }
}

/// A connector that does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// It does not like its settings.
    #[error("{}", .0.iter().map(|(pointer, text)| format!("{pointer}: {text}")).collect::<Vec<_>>().join("; "))]
    Settings(
        /// JSON pointer and text of each problem.
        Vec<(String, String)>,
    ),
    /// It trapped or hit a limit.
    #[error("{0}")]
    Failed(Failure),
}

/// A running connector. Its instance ends when the last reference is dropped.
#[derive(Debug)]
pub struct Connector {
    program: Arc<Program>,
    tenant: Arc<Tenant>,
    hooks: Vec<Hook>,
    mailbox: mpsc::Sender<Letter>,
}

/// One call on its way to the instance.
struct Letter {
    call: Arc<Call>,
    context: Context,
    answer: oneshot::Sender<Result<Reply, Failure>>,
}

impl Connector {
    /// Builds the instance and configures it; on the calling runtime.
    pub async fn start(program: Arc<Program>, options: ConnectorOptions) -> Result<Arc<Self>, StartError> {
        let ConnectorOptions { alias, settings, limits, grants, services } = options;
        let tenant = Tenant::new(alias.into(), limits, grants, services.bus, services.load);
        let settings = settings.to_string();
        let (instance, hooks) = match Instance::start(&program, &tenant, &settings).await {
            Ok(started) => started,
            Err(Refused::Failed(failure)) => return Err(StartError::Failed(failure)),
            Err(Refused::Settings(problems)) => {
                let problems = problems.into_iter().map(|problem| (problem.pointer, problem.text));
                return Err(StartError::Settings(problems.collect()));
            }
        };
        let (mailbox, letters) = mpsc::channel(limits.mailbox.max(1));
        let actor = Actor {
            program: Arc::clone(&program),
            tenant: Arc::clone(&tenant),
            settings,
            letters,
            instance: Some(instance),
            started: false,
            heavy: false,
            recovery: Recovery::default(),
            last_failure: None,
        };
        tokio::spawn(actor.run());
        Ok(Arc::new(Self { program, tenant, hooks, mailbox }))
    }

    /// The component it runs.
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// What it may use.
    pub fn limits(&self) -> &Limits {
        &self.tenant.limits
    }

    /// What it may reach.
    pub fn grants(&self) -> &Grants {
        &self.tenant.grants
    }

    /// What it has done and used.
    pub fn counters(&self) -> Counters {
        self.tenant.tally.read()
    }
}

impl Handler for Connector {
    fn name(&self) -> &str {
        &self.tenant.alias
    }

    fn handles(&self, event: Event) -> bool {
        self.program.handles(event)
    }

    fn hooks(&self) -> &[Hook] {
        &self.hooks
    }

    fn call(&self, call: Arc<Call>, context: Context) -> BoxFuture<'_, Result<Reply, Failure>> {
        let (answer, answered) = oneshot::channel();
        let sent = self.mailbox.try_send(Letter { call, context, answer });
        Box::pin(async move {
            let alias = &self.tenant.alias;
            match sent {
                Ok(()) => {}
                Err(mpsc::error::TrySendError::Full(_)) => {
                    self.tenant.tally.limit("mailbox");
                    let limit = self.tenant.limits.mailbox;
                    let text = format!("{limit} calls wait for `{alias}` already: the limit `mailbox`");
                    return Err(Failure::new(Code::Busy, text).because("mailbox"));
                }
                Err(mpsc::error::TrySendError::Closed(_)) => return Err(ended(alias)),
            }
            answered.await.unwrap_or_else(|_| Err(ended(alias)))
        })
    }
}

fn ended(alias: &str) -> Failure {
    Failure::failed(format!("the connector `{alias}` has ended"))
}

/// The owner of the instance.
struct Actor {
    program: Arc<Program>,
    tenant: Arc<Tenant>,
    settings: String,
    letters: mpsc::Receiver<Letter>,
    instance: Option<Instance>,
    /// Whether `startup` was called; a rebuilt instance is started again.
    started: bool,
    heavy: bool,
    recovery: Recovery,
    last_failure: Option<Failure>,
}

impl Actor {
    /// Answers letters until nobody can write any more. Boxed, because it moves itself to another runtime.
    fn run(mut self) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            while let Some(letter) = self.letters.recv().await {
                if letter.answer.is_closed() || letter.context.cancel.is_cancelled() {
                    let cancelled = Failure::new(
                        Code::Cancelled,
                        format!("`{}` was not called: cancelled", self.tenant.alias),
                    );
                    let _ = letter.answer.send(Err(cancelled));
                    continue;
                }
                let Letter { call, context, mut answer } = letter;
                let result = self.answer(&call, context, &mut answer).await;
                let _ = answer.send(result);
                if !self.heavy && self.instance.as_ref().is_some_and(|instance| instance.cpu() > HEAVY) {
                    self.heavy = true;
                    tracing::debug!(
                        connector = &*self.tenant.alias,
                        "computes much: moved to the second runtime"
                    );
                    let heavy = self.program.sandbox.options.heavy.clone();
                    heavy.spawn(self.run());
                    return;
                }
            }
        })
    }

    async fn answer(
        &mut self,
        call: &Call,
        context: Context,
        answer: &mut oneshot::Sender<Result<Reply, Failure>>,
    ) -> Result<Reply, Failure> {
        tokio::select! {
            biased;
            () = context.cancel.cancelled() => {
                let text = format!("`{}` was not called: cancelled while it was built again", self.tenant.alias);
                return Err(Failure::new(Code::Cancelled, text));
            }
            rebuilt = self.rebuild() => rebuilt?,
        }
        let Some(mut instance) = self.instance.take() else { return Err(ended(&self.tenant.alias)) };
        let start = Instant::now();
        let ended = drive(&self.tenant, &mut instance, call, context, answer).await;
        let (result, alive) = match ended {
            Ended::Answered(result) => (result, true),
            Ended::Broken(failure) => (Err(failure), false),
        };
        let code = result.as_ref().err().map(|failure| failure.code);
        self.tenant.tally.call(call.event(), code, instance.cpu(), start.elapsed(), instance.memory());
        if alive {
            self.instance = Some(instance);
            self.recovery.answered();
            self.started |= matches!(call, Call::Startup) && result.is_ok();
        } else {
            self.recovery.failed(Instant::now());
            self.last_failure = result.as_ref().err().cloned();
            let connector = &*self.tenant.alias;
            let failure = self.last_failure.as_ref().map(ToString::to_string).unwrap_or_default();
            tracing::error!(
                connector,
                event = call.event().name(),
                "{failure}; the instance will be built again"
            );
        }
        result
    }

    /// Makes sure that there is an instance, unless it is too early to try again.
    async fn rebuild(&mut self) -> Result<(), Failure> {
        if self.instance.is_some() {
            return Ok(());
        }
        let alias = Arc::clone(&self.tenant.alias);
        if let Some(wait) = self.recovery.wait(Instant::now()) {
            let failures = self.recovery.failures();
            let last = self.last_failure.as_ref().map(|failure| failure.message.clone()).unwrap_or_default();
            let wait = wait.as_secs() + 1;
            return Err(Failure::failed(format!(
                "`{alias}` broke {failures} times in a row and is built again in {wait} s; the last time: {last}"
            ))
            .because("restarting"));
        }
        let built = match Instance::start(&self.program, &self.tenant, &self.settings).await {
            Ok((mut instance, _)) if self.started => {
                let wall = self.tenant.limits.wall;
                match timeout(wall, instance.call(&Call::Startup, Scope::internal(wall))).await {
                    Ok(Ended::Answered(Ok(_))) => Ok(instance),
                    Ok(Ended::Answered(Err(failure)) | Ended::Broken(failure)) => Err(failure),
                    Err(_) => {
                        let text = format!("startup of `{alias}` after a rebuild took more than {wall:?}");
                        Err(Failure::new(Code::TimedOut, text).because("wall"))
                    }
                }
            }
            Ok((instance, _)) => Ok(instance),
            Err(Refused::Failed(failure)) => Err(failure),
            Err(Refused::Settings(problems)) => {
                let texts: Vec<_> = problems.into_iter().map(|problem| problem.text).collect();
                Err(Failure::failed(format!(
                    "`{alias}` does not take its settings any more: {}",
                    texts.join("; ")
                )))
            }
        };
        match built {
            Ok(instance) => {
                self.tenant.tally.rebuilt();
                self.instance = Some(instance);
                Ok(())
            }
            Err(failure) => {
                self.recovery.failed(Instant::now());
                self.last_failure = Some(failure.clone());
                Err(failure)
            }
        }
    }
}

/// Waits for the guest; asks it to stop when it is time, and stops it when it does not.
async fn drive(
    tenant: &Tenant,
    instance: &mut Instance,
    call: &Call,
    mut context: Context,
    answer: &mut oneshot::Sender<Result<Reply, Failure>>,
) -> Ended {
    let doing = call.event().name();
    let alias = &tenant.alias;
    let time = tenant.limits.wall.saturating_add(call.asked());
    let own_end = after(time);
    let end = own_end.min(context.deadline);
    let asker = context.cancel.clone();
    context.cancel = asker.child_token();
    let stop = context.cancel.clone();
    // Whatever the guest left running, such as an attack, ends with the call.
    let _ends_with_the_call = stop.clone().drop_guard();
    let mut work =
        pin!(instance.call(call, Scope { context, event: Some(call.event()), deadline: end + GRACE }));
    let late = tokio::select! {
        biased;
        ended = &mut work => return ended,
        () = asker.cancelled() => false,
        () = answer.closed() => false,
        () = sleep_until(end) => true,
    };
    stop.cancel();
    let why = |after: &str| {
        if late && end == own_end {
            tenant.tally.limit("wall");
            Failure::new(
                Code::TimedOut,
                format!("{doing} of `{alias}` took more than {time:?}{after}: the limit `wall`"),
            )
            .because("wall")
        } else if late {
            Failure::new(Code::TimedOut, format!("{doing} of `{alias}` was not done in time{after}"))
        } else {
            Failure::new(Code::Cancelled, format!("{doing} of `{alias}` was cancelled{after}"))
        }
    };
    match timeout(GRACE, work).await {
        Ok(Ended::Answered(Err(failure))) if late && failure.code == Code::Cancelled => {
            Ended::Answered(Err(why("")))
        }
        Ok(ended) => ended,
        Err(_) => Ended::Broken(why(&format!(" and was ended, because it did not stop within {GRACE:?}"))),
    }
}

#[cfg(test)]
mod tests;
