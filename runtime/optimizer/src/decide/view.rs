//! The history as the model needs it: coordinates, losses and constraint excess.

use crate::objective::{CheckedObjective, Direction, Evaluation};
use crate::space::same_point;
use crate::space::{Axes, Settings, Space, same_settings};
use crate::trial::{Role, Trial, TrialResult};

/// A history, evaluated.
pub(super) struct View<'a> {
    pub(super) objective: &'a CheckedObjective,
    pub(super) axes: Axes,
    pub(super) baseline: Settings,
    pub(super) baseline_point: Vec<f64>,
    pub(super) trials: Vec<Seen<'a>>,
    /// Per constraint, whether it is about settings alone.
    pub(super) of_settings: Vec<bool>,
    /// Losses are logarithms of scores.
    logarithmic: bool,
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
        /// The same, turned so that lower is better, as a logarithm if every score of the run is positive:
        /// the noise of services grows with the value, and only so is it even.
        loss: f64,
        /// Per constraint, positive = violated; relative to the bound if it always can be.
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
        let evaluations: Vec<Option<Evaluation>> =
            history.iter().map(|trial| evaluation(objective, trial)).collect();
        let logarithmic = evaluations.iter().flatten().all(|e| e.score > 0.0);
        let of_settings = objective.known(&baseline).iter().map(Option::is_some).collect();
        let relative: Vec<bool> = (0..objective.constraints().count())
            .map(|i| evaluations.iter().flatten().all(|e| e.relative[i].is_some()))
            .collect();
        let sign = if objective.direction() == Direction::Maximize { -1.0 } else { 1.0 };
        let verdict = |evaluation: Option<Evaluation>| {
            let Some(Evaluation { score, excess, relative: logs, violations }) = evaluation else {
                return Verdict::Failed;
            };
            let loss = sign * if logarithmic { score.ln() } else { score };
            let excess = excess.iter().enumerate();
            let excess = excess.map(|(i, e)| logs[i].filter(|_| relative[i]).unwrap_or(*e)).collect();
            Verdict::Measured { score, loss, excess, feasible: violations.is_empty() }
        };
        let trials = history
            .iter()
            .zip(evaluations)
            .map(|(trial, evaluation)| Seen {
                settings: &trial.settings,
                point: axes.encode(&trial.settings),
                role: trial.why.role,
                gain: trial.why.expected.map(|e| e.gain),
                verdict: verdict(evaluation),
            })
            .collect();
        Self { objective, axes, baseline, baseline_point, trials, of_settings, logarithmic }
    }

    /// Scores measured with the baseline settings, oldest first.
    pub(super) fn baseline_scores(&self) -> Vec<f64> {
        self.trials.iter().filter(|t| self.is_baseline(t)).filter_map(Seen::score).collect()
    }

    pub(super) fn is_baseline(&self, trial: &Seen<'_>) -> bool {
        trial.role.is_baseline() || same_settings(trial.settings, &self.baseline)
    }

    /// Whether `point` was ever tried, with whatever result.
    pub(super) fn tried(&self, point: &[f64]) -> bool {
        self.trials.iter().any(|t| t.point.as_ref().is_some_and(|p| same_point(p, point)))
    }

    /// Whether `point` may be tried: it holds the constraints that are about settings alone.
    pub(super) fn permitted(&self, point: &[f64]) -> bool {
        if !self.of_settings.contains(&true) {
            return true;
        }
        !self.objective.known(&self.axes.decode(point)).contains(&Some(false))
    }

    /// Whether `point` is still to be tried.
    pub(super) fn open(&self, point: &[f64]) -> bool {
        !self.tried(point) && self.permitted(point)
    }

    /// The measured trials with their coordinates.
    pub(super) fn measured(&self) -> impl Iterator<Item = (&[f64], &Seen<'a>)> {
        self.trials.iter().filter_map(|trial| {
            let point = trial.point.as_deref()?;
            matches!(trial.verdict, Verdict::Measured { .. }).then_some((point, trial))
        })
    }

    /// How often `point` was measured.
    pub(super) fn measurements(&self, point: &[f64]) -> usize {
        self.measured().filter(|(measured, _)| same_point(measured, point)).count()
    }

    /// A loss back as a value of the objective.
    pub(super) fn score_of(&self, loss: f64) -> f64 {
        let turned = if self.objective.direction() == Direction::Maximize { -loss } else { loss };
        if self.logarithmic { turned.exp() } else { turned }
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

/// The first of those that are the same, in their order.
pub(super) fn distinct<T>(items: impl Iterator<Item = T>, same: impl Fn(&T, &T) -> bool) -> Vec<T> {
    let mut found: Vec<T> = Vec::new();
    for item in items {
        if !found.iter().any(|known| same(known, &item)) {
            found.push(item);
        }
    }
    found
}

/// None for trials without a value: rejected, failed, aborted, or without the metrics the objective needs.
fn evaluation(objective: &CheckedObjective, trial: &Trial) -> Option<Evaluation> {
    let TrialResult::Measured(readings) = &trial.result else { return None };
    objective.evaluate(readings, &trial.settings).ok()
}
