//! `servo run`: check, startup, the control loop, shutdown.

mod registered;
mod reporter;
mod story;
mod whereabouts;

use std::path::PathBuf;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use servo_config::CheckDelay;
use servo_host::Gate as _;
use servo_optimizer::{JournalError, ObjectiveError, Settings, SpaceError};
use servo_types::Failure;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::checks::{CheckFilter, CheckReport, halt_on};
use crate::lead::Reign;
use crate::operations::OperationError;
use crate::remote;
use crate::servo::Servo;
use crate::state::StateDir;
use crate::tuning::{Left, TrialView, Tuning, TuningReport, way_back};

pub(crate) use reporter::Reporter;
pub use whereabouts::TrialCount;
pub(crate) use whereabouts::{Doing, Whereabouts};

/// How to run.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// The configuration file, which is part of the journal's name.
    pub config: PathBuf,
    /// Where journals are kept.
    pub state: StateDir,
    /// Wait until all checks pass, instead of giving up when one fails.
    pub check: bool,
    /// Only check.
    pub dry_run: bool,
    /// Only start up and wait for the signal to stop.
    pub no_poll: bool,
    /// Do not continue an earlier run.
    pub fresh: bool,
    /// Makes decisions repeatable; wins over the configuration.
    pub seed: Option<u64>,
    /// Cancelled to stop in good order.
    pub stop: CancellationToken,
    /// What stops it, for example the name of a signal; set before `stop` is cancelled.
    pub reason: Arc<OnceLock<&'static str>>,
}

/// What happens while a servo runs, for those who watch.
#[derive(Clone, Debug)]
pub enum RunEvent {
    /// All checks were run.
    Checked(CheckReport),
    /// A measurement is about to be made.
    TrialStarted {
        /// Counts from 1.
        number: usize,
        /// Measurements allowed.
        of: usize,
        /// Why these settings.
        why: String,
        /// The settings.
        settings: Settings,
    },
    /// How far the measurement is.
    Progress {
        /// 0 to 100, where it is known.
        percent: Option<f32>,
        /// Connector and text; empty when only time has passed.
        message: String,
    },
    /// A trial is over.
    TrialEnded {
        /// What came of it.
        row: Box<TrialView>,
        /// Unit of its score.
        unit: String,
    },
    /// Settings are applied that are to stay.
    Applying {
        /// The settings.
        settings: Settings,
    },
    /// The optimizer has commanded something.
    Commanded(String),
    /// It is over; what came of it, if it went well.
    Answered(Option<String>),
    /// How it stands with the optimizer.
    Optimizer(servo_optimizer::session::Notice),
    /// Something that should be known.
    Notice(String),
}

/// How a run ended in good order.
#[derive(Clone, Debug)]
pub enum Ending {
    /// Only checks were asked for, and they passed.
    Checked,
    /// The optimizer has decided.
    Finished(Box<TuningReport>),
    /// Stopped; the application has the settings it came with.
    Stopped(Option<Box<TuningReport>>),
    /// Stopped, and the optimizer was told.
    Parted {
        /// What became of the changes that it asked for.
        asked: remote::Asked,
    },
    /// Stopped before this servo tuned anything, where only a leader does.
    Unbegun,
    /// Stopped while another servo led, or none yet.
    Followed,
    /// The run was another leader's, and has come to its end.
    LeaderFinished,
}

/// Why a servo does not run, or ran into.
#[derive(Debug, Error)]
pub enum RunError {
    /// Nobody would decide.
    #[error(
        "there is neither an `objective` for the embedded optimizer nor an `optimizer` that can be asked; add for example\n  objective: {{maximize: throughput, subject_to: error_rate < 1%}}\nto the configuration"
    )]
    NoObjective,
    /// The remote optimizer cannot be asked with what the configuration says.
    #[error("the optimizer `{0}` cannot be asked: {1}")]
    Optimizer(String, servo_optimizer::client::ClientError),
    /// The remote optimizer cannot be asked any more.
    #[error("the optimizer `{0}` is given up: {1}")]
    GivenUp(String, String),
    /// A check failed.
    #[error("not ready: {}", .0.connectors.iter().filter(|one| !one.ready()).map(|one| one.connector.as_str()).collect::<Vec<_>>().join(", "))]
    NotReady(CheckReport),
    /// What is to be made permanent in the end could not be.
    #[error(
        "`objective.promote` is true, but no connector handles `promote`; remove it and write the settings that the run ends on into your application's own configuration"
    )]
    NobodyPromotes,
    /// An earlier run cannot be shown.
    #[error(
        "the last run had the objective `{0}`, which names what no connector offers any more; `servo run` starts a new one"
    )]
    OtherObjective(String),
    /// Connectors do not start: each with the reason.
    #[error("{}", .0.iter().map(|(connector, failure)| format!("startup of `{connector}`: {failure}")).collect::<Vec<_>>().join("; "))]
    Startup(Vec<(String, Failure)>),
    /// The state of the application is not known.
    #[error("the application cannot be described by `{connector}`: {failure}")]
    Describe {
        /// Which connector.
        connector: String,
        /// Why.
        failure: Failure,
    },
    /// Not even the settings that the run found could be measured.
    #[error(
        "the application cannot be measured with the settings it came with: {0}; `servo measure` shows what each connector answers"
    )]
    Unmeasurable(String),
    /// The settings that were decided on could not be applied.
    #[error("the settings that the run ended on could not be applied: {0}; run again to try once more")]
    Apply(Failure),
    /// A trial violated a constraint, and nothing else may be tried.
    #[error("after a trial that did harm the application could not be put on the last safe settings: {0}")]
    Unsafe(Failure),
    /// The application may be on settings of a trial.
    #[error(
        "the application could not be put back on the settings it came with: {0}; `servo adjust` can do it by hand"
    )]
    Retreat(Failure),
    /// The settings are in force but not permanent.
    #[error(
        "`{connector}` could not promote the settings: {failure}; they are in force, `servo promote` tries again"
    )]
    Promote {
        /// Which connector.
        connector: String,
        /// Why.
        failure: Failure,
    },
    /// Nobody was asked to make the settings permanent, or the answers are of no use.
    #[error("the settings could not be promoted: {0}; they are in force, `servo promote` tries again")]
    Promotion(OperationError),
    /// The application may be on settings of a trial of the run before.
    #[error(
        "the application could not be put back on the settings that it had before the last run, which was not finished: {failure}; delete {} to start from the present settings",
        .journal.display()
    )]
    Fresh {
        /// Why.
        failure: Failure,
        /// The journal of that run.
        journal: PathBuf,
    },
    /// There is nothing to decide about.
    #[error(
        "no connector offers a setting that may be changed, so there is nothing to tune; add one that does, for example `http-settings` (`servo show components` lists what there is)"
    )]
    NothingToTune,
    /// The settings offered cannot be tuned.
    #[error("the settings of the application cannot be tuned: {0}")]
    Space(#[from] SpaceError),
    /// The objective cannot be evaluated.
    #[error("objective: {0}")]
    Objective(#[from] ObjectiveError),
    /// The journal is of another run.
    #[error("{0}; `servo run --fresh` keeps the old journal beside and starts anew")]
    Changed(JournalError),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(JournalError),
    /// The state directory.
    #[error("the state directory cannot be used: {0}; SERVO_STATE_DIR names another one")]
    State(std::io::Error),
    /// Nothing can be left for the next leader, so nothing is begun.
    #[error("the next leader could not be told how things stand: {0}")]
    Lead(servo_liveness::Error),
    /// What the last leader left is not understood, so nothing is begun.
    #[error(
        "what the last leader left in etcd cannot be read: {0}; if it was a newer servo, run one like it, else see that the application has the settings it should have and delete the key `by-election-testament/servo-...` of this servo's name in the namespace"
    )]
    Testament(serde_json::Error),
    /// Stopped while it could not act, and nobody else had begun to.
    #[error(
        "stopped after this servo had lost the lead: the application may still have {sent}, which was sent last; the next leader puts it right"
    )]
    Lost {
        /// Settings.
        sent: String,
    },
    /// An event.
    #[error(transparent)]
    Operation(#[from] OperationError),
}

impl From<JournalError> for RunError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Changed { .. } => Self::Changed(error),
            error => Self::Journal(error),
        }
    }
}

/// Longest pause between two rounds of checks.
const CHECK_PAUSE_MAX: Duration = Duration::from_secs(300);

impl Servo {
    /// Runs until the optimizer has decided or `options.stop` is cancelled. `shutdown` is dispatched whatever
    /// happens after `startup`.
    pub async fn run(
        &self,
        options: &RunOptions,
        events: mpsc::Sender<RunEvent>,
    ) -> Result<Ending, RunError> {
        let reporter = Reporter::new(events, Arc::clone(&self.whereabouts));
        // Before anything is asked of connectors. A dry run acts for a person, as commands do.
        if let Some(post) = self.post.as_ref().filter(|_| !options.dry_run) {
            post.close();
        }
        if !options.no_poll {
            self.decidable(options.dry_run)?;
        }
        let ready = self.ready(options, &reporter).await;
        if matches!(ready, Err(RunError::NotReady(_)))
            && !options.dry_run
            && self.post.is_none()
            && let Ok(path) = options.state.journal(self.name(), &options.config)
            && let Some(hint) = way_back(&path)
        {
            reporter.notice(hint).await;
        }
        if !ready? {
            let leads = self.post.is_some();
            return Ok(if leads { Ending::Unbegun } else { Ending::Stopped(None) });
        }
        if options.dry_run {
            match (&self.config.objective, &self.config.optimizer) {
                _ if options.no_poll => {}
                (Some(_), _) => drop(self.objective().await?),
                (None, Some(_)) => {}
                (None, None) => {
                    let text = "there is no `objective` yet; `servo run` needs one to work towards";
                    reporter.notice(text.to_owned()).await;
                }
            }
            return Ok(Ending::Checked);
        }
        let registered = self.register(&options.state, &reporter).await;
        let ended = match (&self.post, &self.liveness) {
            (Some(post), Some(liveness)) => {
                self.lead(post, liveness, registered.as_ref(), options, &reporter).await
            }
            _ => self.work(options, None, &reporter).await,
        };
        let reason = match &ended {
            Ok(Ending::Finished(_) | Ending::LeaderFinished | Ending::Checked) => "finished",
            Ok(Ending::Stopped(_) | Ending::Parted { .. } | Ending::Unbegun | Ending::Followed) => "stopped",
            Err(_) => "failed",
        };
        self.finish(reason, &reporter).await;
        self.leave().await;
        ended
    }

    /// Dispatches `shutdown`, unless this process may not act: connectors could only fail then.
    async fn end(&self, reason: &str, reporter: &Reporter) {
        if self.post.as_ref().is_some_and(|post| post.pass().is_err()) {
            return;
        }
        // What came of the run counts, however its connectors end.
        match self.shutdown(reason).await {
            Ok(answered) => {
                for (connector, failure) in answered.failures {
                    reporter.notice(format!("shutdown of `{connector}`: {failure}")).await;
                }
            }
            Err(error) => reporter.notice(format!("shutdown: {error}")).await,
        }
    }

    /// Ends the connectors of a servo that does not work any more, for as long as it may act.
    pub(crate) async fn finish(&self, reason: &str, reporter: &Reporter) {
        if self.started.swap(false, Relaxed) {
            self.whereabouts.are("shutting connectors down");
            self.end(reason, reporter).await;
        }
    }

    /// Starts connectors up, if they are not, and tunes.
    pub(crate) async fn work(
        &self,
        options: &RunOptions,
        reign: Option<&Reign>,
        reporter: &Reporter,
    ) -> Result<Ending, RunError> {
        if !self.started.load(Relaxed) {
            self.whereabouts.are("starting connectors");
            let started = self.startup().await;
            if !self.started.load(Relaxed) {
                // Some may have begun.
                self.end("failed", reporter).await;
                return Err(RunError::Startup(started?.failures));
            }
        }
        match (&self.config.objective, &self.config.optimizer) {
            (None, Some(optimizer)) => {
                self.whereabouts.are("waiting for the optimizer");
                remote::obey(self, optimizer, options, reporter).await
            }
            _ if options.no_poll => {
                self.whereabouts.are("waiting for a signal (--no-poll)");
                options.stop.cancelled().await;
                Ok(Ending::Stopped(None))
            }
            _ => {
                self.whereabouts.are("looking at the application");
                self.tune(options, reign, reporter).await
            }
        }
    }

    /// Whether somebody would decide, and could do what is wanted in the end. Without any optimizer a dry run is
    /// still worth its checks.
    fn decidable(&self, dry_run: bool) -> Result<(), RunError> {
        match (&self.config.objective, &self.config.optimizer) {
            (Some(_), _) => self.can_promote(),
            (None, Some(_)) => Ok(()),
            (None, None) if dry_run => Ok(()),
            (None, None) => Err(RunError::NoObjective),
        }
    }

    async fn tune(
        &self,
        options: &RunOptions,
        reign: Option<&Reign>,
        reporter: &Reporter,
    ) -> Result<Ending, RunError> {
        let opened = Tuning::open(self, options, reign, reporter).await;
        let tuning = match opened {
            Err(_) if options.stop.is_cancelled() => return Ok(Ending::Stopped(None)),
            opened => opened?,
        };
        let Some(tuning) = tuning else { return Ok(Ending::LeaderFinished) };
        match tuning.run().await? {
            Left::Finished(report) => match report.unmeasurable() {
                Some(why) => Err(RunError::Unmeasurable(why.to_owned())),
                None => Ok(Ending::Finished(Box::new(report))),
            },
            Left::Stopped(report) => Ok(Ending::Stopped(Some(Box::new(report)))),
        }
    }

    /// Runs the checks; once, or with `--check` until they pass or time is up. False when asked to stop.
    async fn ready(&self, options: &RunOptions, reporter: &Reporter) -> Result<bool, RunError> {
        let checks = &self.config.checks;
        self.whereabouts.are("checking");
        let (mut filter, halt_on) = (CheckFilter::configured(checks), halt_on(checks));
        // A run does not end because its optimizer is away: it is asked until it is there.
        filter.without = (!options.check && !options.dry_run).then_some(remote::NAME);
        let start = Instant::now();
        let mut growing = Duration::from_secs(8);
        // Whoever may only follow repairs nothing.
        let remedy = checks.remedy && self.post.is_none();
        if checks.remedy && !remedy {
            let text = "remedies are not carried out with `liveness.leader`, because no servo leads yet when it checks; `servo check` carries them out";
            reporter.notice(text.to_owned()).await;
        }
        loop {
            let report = self.check(&filter, halt_on, remedy, &options.stop).await;
            if options.stop.is_cancelled() {
                return Ok(false);
            }
            reporter.send(RunEvent::Checked(report.clone())).await;
            if report.ready() {
                if report.connectors.is_empty() && filter.selects() {
                    let text = "no check matches the filters in `checks`, so none was run";
                    reporter.notice(text.to_owned()).await;
                }
                return Ok(true);
            }
            let left = checks.wait.saturating_sub(start.elapsed());
            if !options.check || left.is_zero() {
                return Err(RunError::NotReady(report));
            }
            let pause = match checks.delay {
                CheckDelay::Fixed(delay) => delay,
                CheckDelay::Exponential => growing,
            };
            growing = (growing * 2).min(CHECK_PAUSE_MAX);
            tokio::select! {
                () = options.stop.cancelled() => return Ok(false),
                () = tokio::time::sleep(pause.min(left)) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
