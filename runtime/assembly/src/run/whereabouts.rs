//! Where a run is, for those who ask from outside: kept by what those who watch are told.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use servo_optimizer::Settings;

use super::RunEvent;

/// The trials of a run so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrialCount {
    /// The one that is measured, or was measured last; counts from 1.
    pub number: usize,
    /// Measurements allowed.
    pub of: usize,
    /// The score of the best trial since this process began to tune; none before one held all constraints.
    pub best: Option<f64>,
    /// The settings that had it; none when an earlier process measured them.
    pub best_settings: Option<Settings>,
    /// Unit of the score; may be empty.
    pub unit: String,
}

/// What a run does.
#[derive(Clone, Debug)]
pub(crate) struct Doing {
    /// In words.
    pub(crate) text: String,
    /// Since when.
    pub(crate) since: Instant,
    /// How far it is, where that is known: 0 to 100.
    pub(crate) percent: Option<f32>,
    /// What a connector says of it; may be empty.
    pub(crate) message: String,
    /// What was tried, where the embedded optimizer decides.
    pub(crate) trials: Option<TrialCount>,
}

/// What a run does, kept while it is done.
#[derive(Debug)]
pub(crate) struct Whereabouts(Mutex<Place>);

#[derive(Debug)]
struct Place {
    doing: Doing,
    /// The settings of the trial that is measured.
    settings: Settings,
}

impl Default for Whereabouts {
    fn default() -> Self {
        let doing = Doing {
            text: "assembled".to_owned(),
            since: Instant::now(),
            percent: None,
            message: String::new(),
            trials: None,
        };
        Self(Mutex::new(Place { doing, settings: Settings::default() }))
    }
}

impl Whereabouts {
    /// From now on this is done.
    pub(crate) fn are(&self, text: impl Into<String>) {
        self.lock().doing.begin(text.into());
    }

    /// Takes what those who watch are told.
    pub(super) fn note(&self, event: &RunEvent) {
        let mut lock = self.lock();
        let Place { doing, settings: current } = &mut *lock;
        match event {
            RunEvent::Checked(report) => {
                let failing = report.connectors.iter().filter(|one| !one.ready());
                let names: Vec<&str> = failing.map(|one| one.connector.as_str()).collect();
                if !names.is_empty() {
                    doing.begin(format!("waiting for checks to pass: {}", names.join(", ")));
                }
            }
            RunEvent::TrialStarted { number, of, why, settings } => {
                doing.begin(format!("trial {number} of {of} ({why})"));
                let trials = doing.trials.get_or_insert_default();
                (trials.number, trials.of) = (*number, *of);
                current.clone_from(settings);
            }
            RunEvent::Progress { percent, message } => {
                (doing.percent, doing.message) = (*percent, message.clone());
            }
            RunEvent::TrialEnded { row, unit } => {
                let trials = doing.trials.get_or_insert_default();
                if trials.best != row.best_so_far {
                    let own = row.score == row.best_so_far;
                    (trials.best, trials.best_settings) = (row.best_so_far, own.then(|| current.clone()));
                }
                trials.unit.clone_from(unit);
                doing.begin("deciding what to try next".to_owned());
            }
            RunEvent::Applying { .. } => doing.begin("applying the settings that were decided on".to_owned()),
            RunEvent::Commanded(text) => doing.begin(format!("the optimizer asked: {text}")),
            RunEvent::Answered(_) => doing.begin("waiting for the optimizer".to_owned()),
            RunEvent::Optimizer(_) | RunEvent::Notice(_) => {}
        }
    }

    /// What is done now.
    pub(crate) fn now(&self) -> Doing {
        self.lock().doing.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Place> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Doing {
    /// For how long.
    pub(crate) fn lasts(&self) -> Duration {
        self.since.elapsed()
    }

    fn begin(&mut self, text: String) {
        if self.text != text {
            (self.text, self.since) = (text, Instant::now());
        }
        self.percent = None;
        self.message.clear();
    }
}

#[cfg(test)]
mod tests;
