//! How an application stands, read from its files while a server may be writing them.

use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::Serialize;

use super::application::{BLOCKED_FILE, FILE, read};
use super::binding::Binding;
use super::goal::Goal;
use crate::decide::{Outcome, Stop};
use crate::gain::Gain;
use crate::journal::{Journal, JournalError, Pending};
use crate::objective::CheckedObjective;
use crate::space::Settings;
use crate::summary::{Best, Standing, standing, summary};

/// How an application stands.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// `organisation/application`.
    pub id: String,
    pub state: State,
    /// Why nothing goes on until the operator does something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The objective with its constraints.
    pub objective: String,
    /// Unit of the objective; empty when it has none of its own.
    pub unit: String,
    /// Trials that ended.
    pub trials: usize,
    /// Trials allowed.
    pub budget: usize,
    /// The settings that the run found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Settings>,
    /// What was measured with them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Standing>,
    /// The best settings so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<Best>,
    /// What the run ended on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied: Option<Settings>,
    /// What was measured with them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Standing>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Who takes care of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub servo: Option<Binding>,
    /// When something was written last, in seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<u64>,
}

/// How far an application is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// No servo has described it yet.
    Waiting,
    /// Between two trials.
    Deciding,
    /// Its settings are being changed for a trial.
    Adjusting,
    /// A trial is being measured.
    Measuring,
    /// The run is decided; its settings are being applied.
    Applying,
    /// Over.
    Finished,
    /// It needs the operator.
    Blocked,
}

impl State {
    /// The state in one word.
    pub fn name(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Deciding => "deciding",
            State::Adjusting => "adjusting",
            State::Measuring => "measuring",
            State::Applying => "applying",
            State::Finished => "finished",
            State::Blocked => "blocked",
        }
    }
}

/// The settings that count most, and what is known of just these.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown<'a> {
    /// Those that the run ended on; before that, the best so far.
    pub settings: Option<&'a Settings>,
    /// Mean of the objective with them.
    pub score: Option<f64>,
    /// Over the settings that the run found.
    pub gain: Option<&'a Gain>,
    /// Measured only once, which may have been luck.
    pub once: bool,
}

impl Status {
    /// What people look for first.
    pub fn shown(&self) -> Shown<'_> {
        if let Some(applied) = &self.applied {
            // A gain that was refused is none of the settings that the application has.
            let improved = self.outcome.as_ref().filter(|outcome| !outcome.kept_baseline);
            return Shown {
                settings: Some(applied),
                score: self.after.as_ref().and_then(|after| after.score),
                gain: improved.and_then(|outcome| outcome.gain.as_ref()),
                once: false,
            };
        }
        let best = self.best.as_ref();
        Shown {
            settings: best.map(|best| &best.settings),
            score: best.map(|best| best.score),
            gain: best.and_then(|best| best.gain.as_ref()),
            once: best.is_some_and(|best| best.measurements == 1),
        }
    }

    /// The state, and why it is that one, in a few words.
    pub fn words(&self) -> String {
        let outcome = self.outcome.as_ref().filter(|outcome| outcome.kept_baseline);
        let kept = outcome.map(|outcome| match outcome.stop {
            Stop::BaselineUnmeasurable => "the baseline cannot be measured",
            Stop::NothingToTune => "there is nothing to tune",
            _ => "the baseline is kept",
        });
        match self.problem.as_deref().or(kept) {
            Some(why) => format!("{}: {why}", self.state.name()),
            None => self.state.name().to_owned(),
        }
    }
}

/// How the application with this folder stands.
///
/// # Errors
/// A file cannot be read. A journal that makes no sense, or is of another objective, is a state and no error.
pub fn status(folder: &Path, id: &str, goal: &Goal) -> Result<Status, JournalError> {
    let path = folder.join(FILE);
    let servo = Binding::read(folder).ok().flatten();
    let changed = std::fs::metadata(&path).and_then(|known| known.modified()).ok();
    let changed = changed.and_then(|at| at.duration_since(UNIX_EPOCH).ok()).map(|since| since.as_secs());
    let mut status = Status {
        id: id.to_owned(),
        state: State::Waiting,
        problem: None,
        objective: goal.objective.to_string(),
        unit: String::new(),
        trials: 0,
        budget: goal.options.budget,
        baseline: None,
        before: None,
        best: None,
        applied: None,
        after: None,
        outcome: None,
        servo,
        changed,
    };
    let blocked = |status: Status, why| Status { state: State::Blocked, problem: Some(why), ..status };
    let replay = match Journal::peek(&path) {
        Ok(Some(replay)) => replay,
        Ok(None) => return Ok(status),
        Err(error @ (JournalError::Corrupt { .. } | JournalError::TooLarge { .. })) => {
            return Ok(blocked(status, error.to_string()));
        }
        Err(error) => return Err(error),
    };
    let (header, history) = (replay.header(), replay.history());
    status.trials = history.len();
    let objective: CheckedObjective = match read(&replay, goal) {
        Ok(objective) => objective,
        Err(why) => return Ok(blocked(status, why)),
    };
    status.unit = header.units.get(goal.expression.trim()).cloned().unwrap_or_default();
    let baseline = header.space.baseline();
    status.before = Some(standing(&objective, history, &baseline));
    status.baseline = Some(baseline);
    status.best = summary(&header.space, &objective, goal.options.confidence, history).best;
    status.state = match replay.pending() {
        Pending::Nothing | Pending::Planned { .. } => State::Deciding,
        Pending::AdjustSent { .. } => State::Adjusting,
        Pending::Adjusted { .. } => State::Measuring,
        Pending::Finishing { .. } => State::Applying,
        Pending::Finished { .. } => State::Finished,
    };
    if let Ok(why) = std::fs::read_to_string(folder.join(BLOCKED_FILE)) {
        return Ok(blocked(status, why));
    }
    if let Pending::Finishing { apply, outcome, .. } | Pending::Finished { apply, outcome } = replay.pending()
    {
        status.after = Some(standing(&objective, history, apply));
        status.applied = Some(apply.clone());
        status.outcome = Some(outcome.clone());
    }
    Ok(status)
}
