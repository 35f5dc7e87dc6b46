//! A history for people: every trial, the best so far, and the gain over the baseline.

use serde::Serialize;

use crate::gain::Gain;
use crate::objective::{CheckedObjective, Direction, Evaluation};
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

/// What all measurements of some settings say together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Standing {
    /// Mean of the objective; none when it was never measured.
    pub score: Option<f64>,
    /// Texts of the constraints that the means violate.
    pub violations: Vec<String>,
}

/// How `settings` stand after `history`.
pub fn standing(objective: &CheckedObjective, history: &[Trial], settings: &Settings) -> Standing {
    let all = evaluations(history, settings, objective);
    let scores: Vec<f64> = all.iter().map(|evaluation| evaluation.score).collect();
    let texts = objective.constraints().enumerate().filter(|(i, _)| violated(&all, *i));
    Standing {
        score: (!scores.is_empty()).then(|| mean(&scores)),
        violations: texts.map(|(_, text)| text.to_owned()).collect(),
    }
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
    let base: Vec<f64> = evaluations(history, &baseline, objective).iter().map(|e| e.score).collect();
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

/// Scores of `settings` if together they hold every constraint and no trial of them failed.
fn scores(history: &[Trial], settings: &Settings, objective: &CheckedObjective) -> Option<Vec<f64>> {
    let trials = history.iter().filter(|t| same_settings(&t.settings, settings)).count();
    let all = evaluations(history, settings, objective);
    let holds = (0..objective.constraints().count()).all(|i| !violated(&all, i));
    (all.len() == trials && holds).then(|| all.iter().map(|evaluation| evaluation.score).collect())
}

/// Whether the mean excess over this constraint is above 0: relative to the bound, if it always can be.
fn violated(all: &[Evaluation], constraint: usize) -> bool {
    let relative: Option<f64> = all.iter().map(|evaluation| evaluation.relative[constraint]).sum();
    relative.unwrap_or_else(|| all.iter().map(|evaluation| evaluation.excess[constraint]).sum()) > 0.0
}

/// Of every measurement of `settings` that has a value.
fn evaluations(history: &[Trial], settings: &Settings, objective: &CheckedObjective) -> Vec<Evaluation> {
    let of = history.iter().filter(|t| same_settings(&t.settings, settings));
    of.filter_map(|t| match &t.result {
        TrialResult::Measured(readings) => objective.evaluate(readings, &t.settings).ok(),
        _ => None,
    })
    .collect()
}

#[cfg(test)]
mod tests;
