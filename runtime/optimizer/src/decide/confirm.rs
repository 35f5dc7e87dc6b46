//! The end of a run: candidate and baseline measured alternately, and the rule that decides between them.
//!
//! A candidate was chosen because its measurements looked good, so those do not count for it here; the
//! baseline was chosen by nobody, so all of its measurements count unless the world moved in between.

use crate::gain::Gain;
use crate::options::Options;
use crate::space::{Settings, same_settings};
use crate::statistics::mean;
use crate::trial::Role;

use super::explain::{self, Kept};
use super::importance::importance;
use super::model::Model;
use super::view::{Seen, View, distinct};
use super::{Decision, Outcome, Stop};

/// A look at the data before the last one may only end the run at this fraction of the permitted error, so
/// that looking often does not make false alarms likely.
const EARLY_SHARE: f64 = 0.1;
/// Gains of so many noise deviations show with three or four measurements.
const OBVIOUS: f64 = 8.0;
const CLEAR: f64 = 5.0;
/// Candidates must be feasible with this probability; if none is, with the lower one.
const SURE: f64 = 0.9;
const LIKELY: f64 = 0.5;
/// Candidate, baseline, candidate: the least that can confirm anything.
const LEAST: usize = 3;
/// So often a candidate must be measured for confirmation to be applied, or to be given up by that alone.
const ROUNDS: usize = 2;

/// The next step once the search is over.
pub(super) fn step(view: &View<'_>, model: &Model, options: &Options, stop: Stop) -> Decision {
    let shares = importance(view, model);
    let Some(candidate) = candidate(view, model) else {
        let (kept, gain) = why_kept(view, model, options);
        return keep_baseline(view, options, kept, gain, shares, stop);
    };
    let left = confirmations_left(view, options);
    let evidence = Evidence::collect(view, model, options, &candidate);
    if evidence.accepted() {
        let ended = explain::ended(stop, attempts_left(view, options));
        let text = explain::applied(evidence.gain.as_ref(), evidence.baseline_violates, ended);
        let outcome = Outcome { kept_baseline: false, gain: evidence.gain, importance: shares, stop, text };
        return Decision::Finish { apply: candidate, outcome };
    }
    let needed = ROUNDS.saturating_sub(evidence.candidate.len());
    if left == 0 || left < needed {
        let (kept, gain) =
            if needed > 0 { (Kept::Unconfirmed, evidence.gain) } else { why_kept(view, model, options) };
        return keep_baseline(view, options, kept, gain, shares, stop);
    }
    if evidence.candidate_turn || left <= needed {
        let why = explain::confirm_candidate(evidence.candidate.len() + 1, evidence.gain.as_ref());
        return Decision::Measure { settings: candidate, why };
    }
    let why = explain::confirm_baseline(evidence.rounds, evidence.gain.as_ref());
    Decision::Measure { settings: view.baseline.clone(), why }
}

/// How many measurements to keep for the end: all that were set aside, or fewer when the gain is so far above
/// the noise that less will show it, or nothing is worth a confirmation yet. What is not needed for certainty is better
/// spent searching.
pub(super) fn reserve(view: &View<'_>, model: &Model, options: &Options) -> usize {
    let full = options.confirmations();
    if candidate(view, model).is_none() {
        return LEAST.min(full);
    }
    let Some(best) = &model.incumbent else { return full };
    let spare = if view.objective.constraints().next().is_some() { 1 } else { 0 };
    let effect = (model.predict(&view.baseline_point).0 - best.mean) / model.noise();
    let needed = match effect {
        e if e > OBVIOUS => 3,
        e if e > CLEAR => 4,
        _ => full,
    };
    (needed + spare).min(full)
}

/// The end that changes nothing.
pub(super) fn keep_baseline(
    view: &View<'_>,
    options: &Options,
    kept: Kept,
    gain: Option<Gain>,
    importance: Vec<(String, f64)>,
    stop: Stop,
) -> Decision {
    let constrained = view.objective.constraints().next().is_some();
    let ended = explain::ended(stop, attempts_left(view, options));
    let text = explain::kept(kept, gain.as_ref(), constrained, ended);
    let outcome = Outcome { kept_baseline: true, gain, importance, stop, text };
    Decision::Finish { apply: view.baseline.clone(), outcome }
}

/// Why nothing else is applied, and the gain of the candidate that was refused last.
fn why_kept(view: &View<'_>, model: &Model, options: &Options) -> (Kept, Option<Gain>) {
    let last = view.trials.iter().rev().find(|t| t.role == Role::ConfirmCandidate);
    let gain = last.and_then(|t| Evidence::collect(view, model, options, t.settings).gain);
    let kept = if !view.trials.iter().any(|t| !view.is_baseline(t) && t.score().is_some()) {
        Kept::Alone
    } else if violated(&fresh_baseline(view, model)) {
        Kept::NothingHolds
    } else if last.is_some_and(|t| !holds(view, t.settings)) {
        Kept::Broke
    } else if gain.is_some_and(|gain| gain.is_better()) {
        Kept::Unclear
    } else {
        Kept::BestFound
    };
    (kept, gain)
}

/// What the confirmation has shown of one candidate.
struct Evidence {
    /// Scores of the candidate measured for confirmation.
    candidate: Vec<f64>,
    gain: Option<Gain>,
    /// The error that may be made at this look.
    allowed: f64,
    /// The baseline violates a constraint, so that a feasible candidate need not be faster.
    baseline_violates: bool,
    candidate_turn: bool,
    rounds: usize,
}

impl Evidence {
    fn collect(view: &View<'_>, model: &Model, options: &Options, settings: &Settings) -> Self {
        let candidate: Vec<f64> = confirmations(view, settings).filter_map(Seen::score).collect();
        let of_baseline = fresh_baseline(view, model);
        let baseline: Vec<f64> = of_baseline.iter().filter_map(|t| t.score()).collect();
        let direction = view.objective.direction();
        let gain = Gain::between(direction, &candidate, &baseline, options.confidence);
        let error = 1.0 - options.confidence;
        let looks = options.confirm_pairs.saturating_sub(1) as f64;
        let last_look = confirmations_left(view, options) == 0;
        let allowed =
            if last_look { error * (1.0 - EARLY_SHARE * looks).max(0.5) } else { error * EARLY_SHARE };
        // Every further candidate is a further chance to be wrong, so each gets half of the one before.
        let allowed = allowed * 0.5f64.powi(given_up_count(view, settings) as i32);
        let last = view.trials.iter().rev().find(|t| t.role.is_confirmation());
        Self {
            rounds: candidate.len(),
            candidate,
            gain,
            allowed,
            baseline_violates: violated(&of_baseline),
            candidate_turn: last
                .is_none_or(|t| t.role == Role::ConfirmBaseline || !same_settings(t.settings, settings)),
        }
    }

    fn accepted(&self) -> bool {
        if self.candidate.len() < ROUNDS {
            return false;
        }
        self.baseline_violates || self.gain.is_some_and(|g| g.is_better() && g.p_value < self.allowed)
    }
}

/// The settings under confirmation, or the best ones never given up; none when the baseline is the best.
fn candidate(view: &View<'_>, model: &Model) -> Option<Settings> {
    let baseline_violates = violated(&fresh_baseline(view, model));
    let (of_baseline, _) = model.predict(&view.baseline_point);
    // Everything measured speaks here, the luck that made it a candidate included: if even so it does not look better
    // than the baseline, there is nothing to confirm.
    let promises = |seen: &Seen<'_>| {
        let better = |point: &Vec<f64>| model.predict(point).0 < of_baseline;
        baseline_violates || seen.point.as_ref().is_some_and(better)
    };
    let worth = |seen: &Seen<'_>| !given_up(view, baseline_violates, seen.settings) && promises(seen);
    let current = view.trials.iter().rev().find(|t| t.role == Role::ConfirmCandidate);
    if let Some(current) = current.filter(|current| worth(current)) {
        return Some(current.settings.clone());
    }
    let open = |seen: &Seen<'_>| !view.is_baseline(seen) && worth(seen) && holds(view, seen.settings);
    let pick = |floor: f64| model.best_measured(view, floor, open).map(|(.., seen)| seen.settings.clone());
    pick(SURE.ln()).or_else(|| pick(LIKELY.ln()))
}

/// Whether all measurements of `settings` together hold every constraint.
fn holds(view: &View<'_>, settings: &Settings) -> bool {
    let all: Vec<&Seen<'_>> = view.trials.iter().filter(|t| same_settings(t.settings, settings)).collect();
    all.iter().all(|t| t.score().is_some()) && !violated(&all)
}

/// The measurements of the baseline since it last moved.
fn fresh_baseline<'v, 'a>(view: &'v View<'a>, model: &Model) -> Vec<&'v Seen<'a>> {
    view.trials.iter().skip(model.fresh_since()).filter(|t| view.is_baseline(t)).collect()
}

/// Whether confirmation spoke against `settings`: it failed, broke a constraint, or looks worse than a baseline that
/// breaks none.
fn given_up(view: &View<'_>, baseline_violates: bool, settings: &Settings) -> bool {
    let rounds: Vec<&Seen<'_>> = confirmations(view, settings).collect();
    if rounds.is_empty() {
        return false;
    }
    if !holds(view, settings) {
        return true;
    }
    if baseline_violates {
        return false;
    }
    let scores: Vec<f64> = rounds.iter().filter_map(|t| t.score()).collect();
    let gain = Gain::between(view.objective.direction(), &scores, &view.baseline_scores(), 0.5);
    scores.len() >= ROUNDS && gain.is_some_and(|g| !g.is_better())
}

/// How many other settings were under confirmation before.
fn given_up_count(view: &View<'_>, settings: &Settings) -> usize {
    let candidates = view.trials.iter().filter(|t| t.role == Role::ConfirmCandidate).map(|t| t.settings);
    distinct(candidates.filter(|other| !same_settings(other, settings)), |a, b| same_settings(a, b)).len()
}

fn confirmations<'v, 'a>(view: &'v View<'a>, settings: &'v Settings) -> impl Iterator<Item = &'v Seen<'a>> {
    view.trials
        .iter()
        .filter(|t| t.role == Role::ConfirmCandidate)
        .filter(|t| same_settings(t.settings, settings))
}

/// How many more confirmations fit: into the budget, and into what was set aside for them.
fn confirmations_left(view: &View<'_>, options: &Options) -> usize {
    let done = view.trials.iter().filter(|t| t.role.is_confirmation()).count();
    attempts_left(view, options).min(options.confirmations().saturating_sub(done))
}

/// Whether the means of `trials` break a constraint.
fn violated(trials: &[&Seen<'_>]) -> bool {
    let rows: Vec<&[f64]> = trials.iter().filter_map(|t| t.excess()).collect();
    let width = rows.first().map_or(0, |r| r.len());
    (0..width).any(|i| mean(&rows.iter().map(|r| r[i]).collect::<Vec<f64>>()) > 0.0)
}

fn attempts_left(view: &View<'_>, options: &Options) -> usize {
    options.budget.saturating_sub(view.trials.len())
}
