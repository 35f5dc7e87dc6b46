//! The history as the model needs it: coordinates, losses and constraint excess.

use crate::objective::{CheckedObjective, Direction};
use crate::space::{Axes, Settings, Space, same_settings};
use crate::space::same_point;
use crate::trial::{Role, Trial, TrialResult};

/// A history, evaluated.
pub(super) struct View<'a> {
    pub(super) objective: &'a CheckedObjective,
    pub(super) axes: Axes,
    pub(super) baseline: Settings,
    pub(super) baseline_point: Vec<f64>,
    pub(super) trials: Vec<Seen<'a>>,
}

/// One trial, evaluated.
pub(super) struct Seen<'a> {
    pub(super) settings: &'a Settings,
    /// None when the settings do not fit the space.
    pub(super) point: Option<Vec<f64>>,
    pub(super) role: Role,
    pub(super) gain: Option<f64>,
    pub(super) verdict: Verdict,
}

/// What came of a trial.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    Measured {
        /// The objective's value.
        score: f64,
        /// The same, turned so that lower is better.
        loss: f64,
        /// Per constraint, positive = violated.
        excess: Vec<f64>,
        feasible: bool,
    },
    /// Rejected, failed, aborted, or measured without the metrics the objective needs.
    Failed,
}

impl<'a> View<'a> {
    pub(super) fn new(space: &Space, objective: &'a CheckedObjective, history: &'a [Trial]) -> Self {
        let axes = Axes::new(space);
        let baseline = space.baseline();
        let baseline_point = axes.encode(&baseline).unwrap_or_default();
        let trials = history
            .iter()
            .map(|trial| Seen {
                settings: &trial.settings,
                point: axes.encode(&trial.settings),
                role: trial.why.role,
                gain: trial.why.expected.map(|e| e.gain),
                verdict: verdict(objective, trial),
            })
            .collect();
        Self { objective, axes, baseline, baseline_point, trials }
    }

    /// Scores measured with the baseline settings, oldest first.
    pub(super) fn baseline_scores(&self) -> Vec<f64> {
        self.trials
            .iter()
            .filter(|t| self.is_baseline(t))
            .filter_map(Seen::score)
            .collect()
    }

    pub(super) fn is_baseline(&self, trial: &Seen<'_>) -> bool {
        trial.role.is_baseline() || same_settings(trial.settings, &self.baseline)
    }

    /// Whether `point` was ever tried, with whatever result.
    pub(super) fn tried(&self, point: &[f64]) -> bool {
        self.trials.iter().any(|t| t.point.as_ref().is_some_and(|p| same_point(p, point)))
    }

    /// The measured trials with their coordinates.
    pub(super) fn measured(&self) -> impl Iterator<Item = (&[f64], &Seen<'a>)> {
        self.trials.iter().filter_map(|trial| {
            let point = trial.point.as_deref()?;
            matches!(trial.verdict, Verdict::Measured { .. }).then_some((point, trial))
        })
    }

    /// A loss back as a value of the objective.
    pub(super) fn score_of(&self, loss: f64) -> f64 {
        if self.objective.direction() == Direction::Maximize { -loss } else { loss }
    }
}

impl Seen<'_> {
    pub(super) fn score(&self) -> Option<f64> {
        match self.verdict {
            Verdict::Measured { score, .. } => Some(score),
            Verdict::Failed => None,
        }
    }

    pub(super) fn loss(&self) -> Option<f64> {
        match self.verdict {
            Verdict::Measured { loss, .. } => Some(loss),
            Verdict::Failed => None,
        }
    }

    pub(super) fn feasible(&self) -> bool {
        matches!(self.verdict, Verdict::Measured { feasible: true, .. })
    }

    pub(super) fn excess(&self) -> Option<&[f64]> {
        match &self.verdict {
            Verdict::Measured { excess, .. } => Some(excess),
            Verdict::Failed => None,
        }
    }
}

fn verdict(objective: &CheckedObjective, trial: &Trial) -> Verdict {
    let TrialResult::Measured(readings) = &trial.result else { return Verdict::Failed };
    match objective.evaluate(readings, &trial.settings) {
        Ok(evaluation) => {
            let score = evaluation.score;
            let loss = if objective.direction() == Direction::Maximize { -score } else { score };
            let feasible = evaluation.violations.is_empty();
            Verdict::Measured { score, loss, excess: evaluation.excess, feasible }
        }
        Err(_) => Verdict::Failed,
    }
}
