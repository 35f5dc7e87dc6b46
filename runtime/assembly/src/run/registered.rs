//! A run among others: it registers as a service, and where only a leader works, it leads or follows.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use servo_liveness::{Candidate, Liveness, Role, Service, Term};
use servo_types::Adjustment;
use tokio::time::sleep;

use super::{Ending, Reporter, RunError, RunOptions};
use crate::lead::{Heritage, Post, Reign, until_leading};
use crate::liveness::{KeptUuid, host_name, new_uuid};
use crate::servo::Servo;
use crate::state::{StateDir, safe};
use crate::tuning::list;

/// A pause after a leadership; doubled while etcd does not do what a leader needs.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest such pause.
const PAUSE_MAX: Duration = Duration::from_secs(32);

impl Servo {
    /// Registers this servo, so that others see that it runs; under a name of its own for ever. When it cannot be, the
    /// run goes on.
    pub(super) async fn register(&self, state: &StateDir, reporter: &Reporter) -> Option<KeptUuid> {
        let (stanza, liveness) = (self.config.liveness.as_ref()?, self.liveness.as_ref()?);
        let kept = match state.uuid(&["servo", self.name()]) {
            Ok(kept) => kept,
            Err(error) => {
                reporter.notice(format!("this servo is not registered: {error}")).await;
                return None;
            }
        };
        if let Some(service) = &stanza.service {
            let service = Service {
                uuid: Arc::clone(&kept.uuid),
                kind: service.kind.as_str().into(),
                host: service.host.clone().unwrap_or_else(host_name).into(),
                region: service.region.as_str().into(),
                ..Service::default()
            };
            if let Err(error) = liveness.update(service).await {
                reporter.notice(format!("this servo is not registered yet: {error}")).await;
            }
        }
        Some(kept)
    }

    /// Gives up what it registered and led.
    pub(super) async fn leave(&self) {
        if let Some(post) = &self.post {
            post.resign().await;
        }
        if let Some(liveness) = &self.liveness {
            liveness.stop().await;
        }
    }

    /// Works whenever this process leads, until the run has an end.
    pub(super) async fn lead(
        &self,
        post: &Post,
        liveness: &Liveness,
        registered: Option<&KeptUuid>,
        options: &RunOptions,
        reporter: &Reporter,
    ) -> Result<Ending, RunError> {
        let Some(stanza) = &self.config.liveness else { return self.work(options, None, reporter).await };
        let me = match registered {
            Some(kept) => Arc::clone(&kept.uuid),
            None => new_uuid().map_err(RunError::State)?.into(),
        };
        let name = format!("{} (process {})", host_name(), std::process::id());
        let election = format!("servo-{}", safe(self.name()));
        let candidate = Arc::new(liveness.campaign(&election, &name, stanza.leader_ttl));
        post.follow(&candidate);
        let (mut heritage, mut options) = (Heritage::default(), options.clone());
        let (mut pause, mut told) = (PAUSE, String::new());
        // The last term that was lost, and what was sent in it.
        let mut lost = None;
        loop {
            let leads = until_leading(&candidate, &mut heritage, &options.stop, reporter).await;
            let Some((term, followed)) = leads else { return stopped(&candidate, lost) };
            // What was left is in the hands of those who have led since.
            lost = lost.filter(|(old, _)| followed.is_none_or(|followed| followed <= *old));
            let reign = Reign::new(Arc::clone(&candidate), term, Arc::clone(&me), &options.stop);
            post.lead(&reign);
            let ended = match heritage.is_finished(&reign).await {
                Ok(true) => Ok(Ending::LeaderFinished),
                Ok(false) => self.reign(&reign, &options, reporter).await,
                Err(error) => Err(error),
            };
            match ended {
                // What is done is done, whoever leads now.
                Ok(Ending::Finished(_) | Ending::LeaderFinished) | Err(RunError::Unmeasurable(_)) => {
                    return ended;
                }
                Err(error @ RunError::Lead(_)) if !reign.over().is_cancelled() => {
                    let text = error.to_string();
                    if text != told {
                        reporter.notice(text.clone()).await;
                    }
                    (pause, told) = ((pause * 2).min(PAUSE_MAX), text);
                }
                Ok(Ending::Stopped(None)) if !reign.over().is_cancelled() => {
                    return if lost.is_none() { Ok(Ending::Unbegun) } else { stopped(&candidate, lost) };
                }
                ended if !reign.over().is_cancelled() => return ended,
                _ => {
                    reporter.notice(format!("term {} is over: nothing more is sent", term.0)).await;
                    (pause, told) = (PAUSE, String::new());
                }
            }
            let sent = reign.sent();
            if !sent.is_empty() {
                lost = Some((term, sent));
                // The new run that was asked for has begun.
                options.fresh = false;
            }
            post.follow(&candidate);
            options.stop.run_until_cancelled(sleep(pause)).await;
        }
    }

    /// Works for as long as this process leads.
    async fn reign(
        &self,
        reign: &Reign,
        options: &RunOptions,
        reporter: &Reporter,
    ) -> Result<Ending, RunError> {
        reporter.notice(format!("leading (term {})", reign.term())).await;
        let options = RunOptions { stop: reign.stop().clone(), ..options.clone() };
        let mut work = pin!(self.work(&options, Some(reign), reporter));
        tokio::select! {
            biased;
            ended = &mut work => ended,
            () = reign.end() => work.await,
        }
    }
}

/// How it ended for one that did not lead when it was stopped, and had lost the lead before.
fn stopped(candidate: &Candidate, lost: Option<(Term, Vec<Adjustment>)>) -> Result<Ending, RunError> {
    match (lost, candidate.role()) {
        // Another one puts right what was left.
        (Some((old, _)), Role::Follower { term, .. }) if term > old => Ok(Ending::Followed),
        (Some((_, sent)), _) => Err(RunError::Lost { sent: list(&sent, " ") }),
        (None, _) => Ok(Ending::Followed),
    }
}
