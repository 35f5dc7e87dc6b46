//! Keeps the instance: has it answer a call, and builds it again after it broke.
//!
//! When a call ends with an error of the engine, or is ended by the host, the instance is dropped and built again
//! for the next call, which is never the one that failed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use servo_events::{Call, Context, Reply};
use servo_types::{Code, Failure};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::drive::drive;
use crate::counters::Broken;
use crate::instance::{Ended, Instance, Refused};
use crate::loader::Program;
use crate::recovery::Recovery;
use crate::state::Scope;
use crate::tenant::Tenant;

/// The instance of a connector, and what it takes to build it again.
pub(super) struct Keeper {
    program: Arc<Program>,
    tenant: Arc<Tenant>,
    settings: String,
    /// Boxed: it goes back and forth with each call.
    instance: Option<Box<Instance>>,
    /// Whether `startup` was called; a rebuilt instance is started again.
    started: bool,
    cpu: Duration,
    recovery: Recovery,
    last_failure: Option<Failure>,
}

impl Keeper {
    /// Keeps an instance that was configured with these settings.
    pub(super) fn new(
        program: Arc<Program>,
        tenant: Arc<Tenant>,
        settings: String,
        instance: Instance,
    ) -> Self {
        tenant.tally.built(instance.memory());
        let (instance, recovery) = (Some(Box::new(instance)), Recovery::default());
        let (started, cpu) = (false, Duration::ZERO);
        Self { program, tenant, settings, instance, started, cpu, recovery, last_failure: None }
    }

    /// Ends the instance, for no fault of its own; the next call has a new one.
    pub(super) fn forget(&mut self) {
        self.instance = None;
    }

    /// CPU time of the last call.
    pub(super) fn cpu(&self) -> Duration {
        self.cpu
    }

    /// Whether there is an instance; else the next call builds it.
    pub(super) fn is_built(&self) -> bool {
        self.instance.is_some()
    }

    /// Has the instance answer; `answer` is watched, because an asker that left wants no answer any more.
    pub(super) async fn answer(
        &mut self,
        call: &Call,
        context: Context,
        answer: &mut oneshot::Sender<Result<Reply, Failure>>,
    ) -> Result<Reply, Failure> {
        let mut instance = match self.instance.take() {
            Some(instance) => instance,
            None => tokio::select! {
                biased;
                () = context.cancel.cancelled() => {
                    let text = format!("`{}` was not called: cancelled while it was built again", self.tenant.alias);
                    return Err(Failure::new(Code::Cancelled, text));
                }
                // Boxed: it is rare and large, and the size of a call is paid by each.
                rebuilt = Box::pin(self.rebuild()) => Box::new(rebuilt?),
            },
        };
        let start = Instant::now();
        self.tenant.tally.began(call.event(), start);
        let ended = drive(&self.tenant, &mut instance, call, context, answer).await;
        let (result, alive) = match ended {
            Ended::Answered(result) => (result, true),
            Ended::Broken(failure) => (Err(failure), false),
        };
        let code = result.as_ref().err().map(|failure| failure.code);
        let spent = instance.spent(start.elapsed(), call.asked());
        self.cpu = spent.cpu;
        self.tenant.tally.call(call.event(), code, spent);
        if alive {
            self.instance = Some(instance);
            self.recovery.answered(Instant::now);
            self.started |= matches!(call, Call::Startup) && result.is_ok();
        } else if let Err(failure) = &result {
            let (connector, event) = (&*self.tenant.alias, call.event());
            let event = event.name();
            tracing::error!(connector, event, "{failure}; the instance will be built again");
            self.broke(failure.clone());
        }
        result
    }

    /// Builds the instance again, whether it broke or not, and without waiting for its turn.
    pub(super) async fn restart(&mut self) -> Result<(), Failure> {
        self.instance = None;
        self.recovery = Recovery::default();
        self.instance = Some(Box::new(self.rebuild().await?));
        Ok(())
    }

    fn broke(&mut self, failure: Failure) {
        self.recovery.failed(Instant::now());
        self.tenant.tally.broke(Broken {
            failures: self.recovery.failures(),
            not_before: self.recovery.not_before(),
            last: failure.to_string(),
        });
        self.last_failure = Some(failure);
    }

    /// A new instance, unless it is too early to try again.
    async fn rebuild(&mut self) -> Result<Instance, Failure> {
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
                Ok(instance)
            }
            Err(failure) => {
                self.broke(failure.clone());
                Err(failure)
            }
        }
    }
}
