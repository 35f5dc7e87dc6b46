//! A tuning run of the embedded optimizer: what was decided, what was done about it, and the journal of both.
//!
//! The order is the guarantee: what is about to be done is in the journal before it is done, so that a killed run
//! continues without counting a measurement twice or trusting a change that may not have arrived.

mod application;
mod inherited;
mod objective;
mod patience;
mod report;
mod unfinished;

use std::path::Path;

use servo_optimizer::{
    CheckedObjective, Decision, Header, Journal, Options, Outcome, Pending, Role, Settings, Space,
    TrialResult, Why, decide, refuge, same_settings, standing, summary, watched,
};
use servo_types::{Control, Description, Failure, Slo};
use tokio_util::sync::CancellationToken;

use crate::convert;
use crate::lead::{Reign, State};
use crate::run::{Reporter, RunError, RunEvent, RunOptions};
use crate::servo::Servo;

use application::Application;
use inherited::Start;
use report::Ended;

pub(crate) use application::{list, named};
pub use report::TuningReport;
pub use servo_optimizer::{Row as TrialView, Standing};
pub(crate) use unfinished::way_back;

const _: () = assert!(
    servo_config::Objective::BUDGET_MIN as usize == Options::BUDGET_MIN,
    "the configuration refuses what the optimizer cannot use"
);

/// A tuning run in progress.
pub(crate) struct Tuning<'a> {
    application: Application<'a>,
    stop: &'a CancellationToken,
    /// Cancelled when this process may not act any more.
    over: CancellationToken,
    reign: Option<&'a Reign>,
    reporter: &'a Reporter,
    objective: CheckedObjective,
    text: String,
    unit: String,
    options: Options,
    control: Control,
    /// The constraints that can be watched while a trial is measured.
    slo: Option<Slo>,
    promote: bool,
    space: Space,
    journal: Journal,
    /// What the application is known to have.
    current: Option<Settings>,
}

/// How a tuning run was left.
pub(crate) enum Left {
    /// Decided and applied.
    Finished(TuningReport),
    /// Asked to stop; the application is back on the settings it came with.
    Stopped(TuningReport),
}

impl<'a> Tuning<'a> {
    /// Looks at the application and opens the journal; a run that was killed is continued. None when nothing was to be
    /// done but to bring the run of the leader before to its end.
    pub(crate) async fn open(
        servo: &'a Servo,
        run: &'a RunOptions,
        reign: Option<&'a Reign>,
        reporter: &'a Reporter,
    ) -> Result<Option<Self>, RunError> {
        let over = reign.map_or_else(CancellationToken::new, |reign| reign.over().clone());
        let (objective, text, unit) = servo.objective().await?;
        let wanted = servo.config.objective.as_ref().ok_or(RunError::NoObjective)?;
        let times = wanted.measure;
        let settlement = Control { settlement: times.settlement, ..Control::default() };
        let path = run.state.journal(servo.name(), &run.config).map_err(RunError::State)?;
        let mut application = Application::new(servo, reporter, settlement);
        let mut found = application.describe(&run.stop).await?;
        let start = match reign {
            Some(reign) => {
                inherited::take(&mut application, reign, &path, run.fresh, &found, reporter).await?
            }
            None if run.fresh => {
                let changed = unfinished::undo(&mut application, &path, &found, &over, reporter).await?;
                Start::Anew { changed }
            }
            None => Start::Resume,
        };
        match start {
            Start::Done => return Ok(None),
            Start::Anew { changed: true } => found = application.describe(&run.stop).await?,
            Start::Anew { changed: false } | Start::Resume => {}
        }
        let space = convert::space(&found)?;
        if space.settings().iter().all(|setting| setting.pinned) {
            return Err(RunError::NothingToTune);
        }
        let asked = run.seed.or(wanted.seed);
        let seed = asked.unwrap_or_else(rand_seed);
        let mut options =
            Options { seed, confidence: wanted.confidence, ..Options::with_budget(wanted.budget as usize) };
        let header = Header::new(space.clone(), text.clone(), options.clone());
        let journal = open(&path, &header, matches!(start, Start::Anew { .. }))?;
        // A continued run keeps its own seed and the baseline that it found at first.
        let resumed = !journal.history().is_empty() || *journal.state().pending() != Pending::Nothing;
        let began = journal.state().header();
        let space = began.space.clone();
        if resumed {
            options.seed = began.options.seed;
            let trials = journal.history().len();
            reporter
                .notice(format!("continuing the run of {} after {trials} measurements", path.display()))
                .await;
            if let Some(asked) = asked.filter(|asked| *asked != options.seed) {
                let own = options.seed;
                reporter
                    .notice(format!("it keeps its seed {own}; `servo run --fresh` starts anew with {asked}"))
                    .await;
            }
        }
        let all = convert::adjustments(&space, &space.baseline());
        if let Some(reign) = reign {
            reign.leave(State::Tuning, all.clone()).await.map_err(RunError::Lead)?;
        }
        let current = convert::has(&found, &all).then(|| space.baseline());
        let slo = convert::slo(&objective, &space);
        let mut tuning = Self {
            application,
            stop: &run.stop,
            over,
            reign,
            reporter,
            objective,
            text,
            unit,
            options,
            control: Control {
                delay: times.delay,
                warmup: times.warmup,
                duration: times.duration,
                ..Control::default()
            },
            slo,
            promote: wanted.promote,
            space,
            journal,
            current,
        };
        tuning.recall(&found);
        Ok(Some(tuning))
    }

    /// Tries, measures and decides until the run is over or asked to stop.
    pub(crate) async fn run(mut self) -> Result<Left, RunError> {
        match self.until_end().await {
            Ok(Some(left)) => Ok(left),
            // Somebody else acts now, and the application is theirs.
            Ok(None) if self.over.is_cancelled() => Ok(Left::Stopped(self.report())),
            Err(error) if self.over.is_cancelled() => Err(error),
            Ok(None) => self.retreat().await.map(Left::Stopped),
            // What was confirmed and applied stays, so that it can still be promoted.
            Err(error @ (RunError::Promote { .. } | RunError::Promotion(_))) => Err(error),
            Err(error) => {
                // Whatever else went wrong, the application is not left on a trial's settings.
                if let Err(worse) = self.retreat().await {
                    self.reporter.notice(worse.to_string()).await;
                }
                Err(error)
            }
        }
    }

    /// None when the run was asked to stop.
    async fn until_end(&mut self) -> Result<Option<Left>, RunError> {
        loop {
            let secured = self.secure().await;
            if self.stop.is_cancelled() {
                return Ok(None);
            }
            secured?;
            let (settings, why) = match self.journal.state().pending().clone() {
                Pending::Planned { settings, why }
                | Pending::AdjustSent { settings, why }
                | Pending::Adjusted { settings, why } => (settings, why),
                Pending::Finishing { apply, outcome, .. } => return self.finish(apply, outcome).await,
                Pending::Nothing | Pending::Finished { .. } => match self.decide() {
                    Decision::Measure { settings, why } => {
                        self.journal.planned(&settings, &why)?;
                        (settings, why)
                    }
                    Decision::Finish { apply, outcome } => {
                        self.journal.finishing(&apply, &outcome)?;
                        return self.finish(apply, outcome).await;
                    }
                },
            };
            let Some(result) = self.attempt(&settings, why).await? else { return Ok(None) };
            self.journal.measured(result)?;
            if let Some(row) = self.report().summary.rows.pop() {
                self.reporter
                    .send(RunEvent::TrialEnded { row: Box::new(row), unit: self.unit.clone() })
                    .await;
            }
        }
    }

    /// After a trial that did harm, the application is put on the last safe settings before anything else is tried.
    async fn secure(&mut self) -> Result<(), RunError> {
        let Some(safe) = refuge(&self.objective, self.journal.state()) else { return Ok(()) };
        let shown = list(&convert::adjustments(&self.space, &safe), " ");
        self.reporter.notice(format!("back to the last safe settings: {shown}")).await;
        self.adjust(&safe, self.stop).await.map_err(RunError::Unsafe)
    }

    fn decide(&self) -> Decision {
        let decide = || decide(&self.space, &self.objective, &self.options, self.journal.history());
        // Some tens of milliseconds of computing: other work of this thread moves elsewhere meanwhile.
        tokio::task::block_in_place(decide)
    }

    /// One trial; none when it was interrupted.
    async fn attempt(&mut self, settings: &Settings, why: Why) -> Result<Option<TrialResult>, RunError> {
        let control = self.control(why.role);
        let number = self.journal.history().len() + 1;
        let of = self.options.budget;
        let started = RunEvent::TrialStarted { number, of, why: why.text, settings: settings.clone() };
        self.reporter.send(started).await;
        let applied = self.apply(settings).await?;
        if self.stop.is_cancelled() {
            return Ok(None);
        }
        if let Err(failure) = applied {
            return Ok(Some(convert::failed(&failure)));
        }
        let measured = self.application.measure(control, self.stop).await;
        if self.stop.is_cancelled() {
            return Ok(None);
        }
        Ok(Some(match measured {
            Ok(measurement) => TrialResult::Measured(convert::means(&measurement)),
            Err(failure) => convert::failed(&failure),
        }))
    }

    /// How a trial is measured.
    fn control(&self, role: Role) -> Control {
        let watched = watched(&self.objective, self.journal.history(), role);
        Control { slo: self.slo.clone().filter(|_| watched), ..self.control.clone() }
    }

    /// Makes the application have these settings, unless it has them; the inner error is the application's.
    async fn apply(&mut self, settings: &Settings) -> Result<Result<(), Failure>, RunError> {
        self.journal.adjust_sent()?;
        let applied = self.adjust(settings, self.stop).await;
        if applied.is_ok() && !matches!(self.journal.state().pending(), Pending::Finishing { .. }) {
            self.journal.adjusted()?;
        }
        Ok(applied)
    }

    async fn adjust(&mut self, settings: &Settings, cancel: &CancellationToken) -> Result<(), Failure> {
        if self.current.as_ref().is_some_and(|current| same_settings(current, settings)) {
            return Ok(());
        }
        self.current = None;
        self.application.change(convert::adjustments(&self.space, settings), cancel).await?;
        self.current = Some(settings.clone());
        Ok(())
    }

    async fn finish(&mut self, apply: Settings, outcome: Outcome) -> Result<Option<Left>, RunError> {
        let promote = self.promote && !outcome.kept_baseline;
        let wanted = convert::adjustments(&self.space, &apply);
        // From here on whoever leads brings it to this end.
        self.leave(State::Finishing { apply: wanted, promote }).await?;
        self.reporter.send(RunEvent::Applying { settings: apply.clone() }).await;
        let applied = self.apply(&apply).await?;
        if self.stop.is_cancelled() {
            return Ok(None);
        }
        applied.map_err(RunError::Apply)?;
        if promote {
            match self.application.promote(self.stop.clone()).await {
                Err(_) if self.stop.is_cancelled() => return Ok(None),
                promoted => promoted?,
            }
        }
        self.journal.finished()?;
        self.tell(State::Finished).await;
        let mut report = self.report();
        let after = standing(&self.objective, self.journal.history(), &apply);
        report.ended = Some(Ended { settings: apply, after, outcome });
        Ok(Some(Left::Finished(report)))
    }

    /// Puts the application back on the settings it came with. Not cancelled by the wish to stop; the limits of the
    /// connectors bound it.
    async fn retreat(&mut self) -> Result<TuningReport, RunError> {
        let baseline = self.space.baseline();
        self.reporter.send(RunEvent::Applying { settings: baseline.clone() }).await;
        let over = self.over.clone();
        self.adjust(&baseline, &over).await.map_err(RunError::Retreat)?;
        self.tell(State::Restored).await;
        Ok(self.report())
    }

    /// Tells the next leader how things stand.
    async fn leave(&self, state: State) -> Result<(), RunError> {
        let Some(reign) = self.reign else { return Ok(()) };
        let baseline = convert::adjustments(&self.space, &self.space.baseline());
        reign.leave(state, baseline).await.map_err(RunError::Lead)
    }

    /// The same at the end. One that is not told does what was left to it before, which comes to the same.
    async fn tell(&self, state: State) {
        if let Err(error) = self.leave(state).await {
            self.reporter.notice(error.to_string()).await;
        }
    }

    /// After a restart: what the application has decides, not what was sent to it.
    fn recall(&mut self, found: &Description) {
        let wanted = match self.journal.state().pending() {
            Pending::AdjustSent { settings, .. } | Pending::Adjusted { settings, .. } => settings,
            Pending::Finishing { apply, sent: true, .. } => apply,
            _ => return,
        };
        if convert::has(found, &convert::adjustments(&self.space, wanted)) {
            self.current = Some(wanted.clone());
        }
    }

    fn report(&self) -> TuningReport {
        let (baseline, history) = (self.space.baseline(), self.journal.history());
        TuningReport {
            objective: self.text.clone(),
            unit: self.unit.clone(),
            budget: self.options.budget,
            before: standing(&self.objective, history, &baseline),
            baseline,
            summary: summary(&self.space, &self.objective, self.options.confidence, history),
            ended: None,
        }
    }
}

/// A finished run is followed by a new one; a run over other settings is kept until `fresh` says otherwise.
fn open(path: &Path, header: &Header, fresh: bool) -> Result<Journal, RunError> {
    if fresh {
        return Ok(Journal::restart(path, header)?);
    }
    if let Some(replay) = Journal::peek(path)?
        && matches!(replay.pending(), Pending::Finished { .. })
    {
        return Ok(Journal::restart(path, header)?);
    }
    Ok(Journal::open(path, header)?)
}

/// A seed for runs that ask for none; it is in the journal.
pub(crate) fn rand_seed() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    RandomState::new().build_hasher().finish()
}
