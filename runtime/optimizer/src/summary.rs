//! A history for people: every trial, the best so far, and the gain over the baseline.

use serde::Serialize;

use crate::gain::Gain;
use crate::objective::{CheckedObjective, Direction};
use crate::space::{Settings, Space, same_settings};
use crate::statistics::mean;
use crate::trial::{Role, Trial, TrialResult};

/// What `servo history` shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    pub rows: Vec<Row>,
    /// The settings with the best mean score among those whose means hold every constraint.
    pub best: Option<Best>,
}

/// One trial.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Counts from 1.
    pub number: usize,
    pub role: Role,
    /// Settings that differ from the baseline.
    pub changed: Settings,
    /// The objective's value; none when the trial has none.
    pub score: Option<f64>,
    /// Texts of the constraints violated, or what was said when a violation ended the measurement.
    pub violations: Vec<String>,
    /// Why there is no score.
    pub problem: Option<String>,
    /// Best feasible score of a single trial so far, for a progress display.
    pub best_so_far: Option<f64>,
    /// Why it was chosen.
    pub why: String,
}

/// The best settings of a history.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Best {
    pub settings: Settings,
    /// Mean over the measurements of these settings.
    pub score: f64,
    pub measurements: usize,
    /// Over the baseline, with the interval at the stated confidence. From all measurements, so the luck that
    /// made them the best is in it; [`crate::Outcome::gain`] is free of it.
    pub gain: Option<Gain>,
}

/// Sums up `history`, with intervals at `confidence` (0.95 = 95 %).
pub fn summary(space: &Space, objective: &CheckedObjective, confidence: f64, history: &[Trial]) -> Summary {
    let baseline = space.baseline();
    let better = |a: f64, b: f64| match objective.direction() {
        Direction::Maximize => a > b,
        Direction::Minimize => a < b,
    };
    let mut rows: Vec<Row> = Vec::with_capacity(history.len());
    let mut best_so_far: Option<f64> = None;
    for (i, trial) in history.iter().enumerate() {
        let mut row = row(i + 1, trial, &baseline, objective);
        if let Some(score) = row.score.filter(|_| row.violations.is_empty())
            && best_so_far.is_none_or(|best| better(score, best))
        {
            best_so_far = Some(score);
        }
        row.best_so_far = best_so_far;
        rows.push(row);
    }
    let mut best: Option<(&Settings, Vec<f64>)> = None;
    for (i, trial) in history.iter().enumerate() {
        if history[..i].iter().any(|t| same_settings(&t.settings, &trial.settings)) {
            continue;
        }
        let Some(scores) = scores(history, &trial.settings, objective) else { continue };
        if best.as_ref().is_none_or(|(_, other)| better(mean(&scores), mean(other))) {
            best = Some((&trial.settings, scores));
        }
    }
    let base = measured(history, &baseline, objective);
    let best = best.map(|(settings, scores)| {
        let gain = (!same_settings(settings, &baseline))
            .then(|| Gain::between(objective.direction(), &scores, &base, confidence));
        let (score, measurements) = (mean(&scores), scores.len());
        Best { settings: settings.clone(), score, measurements, gain: gain.flatten() }
    });
    Summary { rows, best }
}

/// The settings that were measured last and have held every constraint whenever they were tried; what the service is
/// put on when a trial does harm.
pub fn last_safe<'a>(objective: &CheckedObjective, history: &'a [Trial]) -> Option<&'a Settings> {
    let holds = |trial: &Trial| match &trial.result {
        TrialResult::Measured(readings) => {
            let evaluated = objective.evaluate(readings, &trial.settings);
            evaluated.is_ok_and(|evaluation| evaluation.violations.is_empty())
        }
        _ => false,
    };
    let always = |settings: &Settings| {
        history.iter().filter(|trial| same_settings(&trial.settings, settings)).all(holds)
    };
    history.iter().rev().map(|trial| &trial.settings).find(|settings| always(settings))
}

fn row(number: usize, trial: &Trial, baseline: &Settings, objective: &CheckedObjective) -> Row {
    let changed = trial
        .settings
        .iter()
        .filter(|(id, value)| baseline.get(*id).is_none_or(|b| !b.same(value)))
        .map(|(id, value)| (id.clone(), value.clone()))
        .collect();
    let (score, violations, problem) = match &trial.result {
        TrialResult::Measured(readings) => match objective.evaluate(readings, &trial.settings) {
            Ok(evaluation) => (Some(evaluation.score), evaluation.violations, None),
            Err(error) => (None, Vec::new(), Some(error.to_string())),
        },
        TrialResult::Rejected(reason) => (None, Vec::new(), Some(format!("rejected: {reason}"))),
        TrialResult::Failed(reason) => (None, Vec::new(), Some(format!("failed: {reason}"))),
        TrialResult::Aborted(reason) => (None, vec![reason.clone()], Some(format!("violated: {reason}"))),
    };
    let (role, why) = (trial.why.role, trial.why.text.clone());
    Row { number, role, changed, score, violations, problem, best_so_far: None, why }
}

/// Scores of `settings` if their mean excess holds every constraint and no trial of them failed.
fn scores(history: &[Trial], settings: &Settings, objective: &CheckedObjective) -> Option<Vec<f64>> {
    let (mut scores, mut excess) = (Vec::new(), vec![0.0; objective.constraints().count()]);
    for trial in history.iter().filter(|t| same_settings(&t.settings, settings)) {
        let TrialResult::Measured(readings) = &trial.result else { return None };
        let evaluation = objective.evaluate(readings, &trial.settings).ok()?;
        scores.push(evaluation.score);
        for (sum, over) in excess.iter_mut().zip(evaluation.excess) {
            *sum += over;
        }
    }
    excess.iter().all(|e| *e <= 0.0).then_some(scores)
}

fn measured(history: &[Trial], settings: &Settings, objective: &CheckedObjective) -> Vec<f64> {
    let of = history.iter().filter(|t| same_settings(&t.settings, settings));
    of.filter_map(|t| match &t.result {
        TrialResult::Measured(readings) => objective.evaluate(readings, &t.settings).ok().map(|e| e.score),
        _ => None,
    })
    .collect()
}

#[cfg(test)]
mod tests;
