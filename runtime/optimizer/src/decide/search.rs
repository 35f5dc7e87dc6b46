//! Where to measure next: the design, then the best of many candidates by the acquisition.

use crate::options::{Options, Search};
use crate::random::Random;
use crate::space::{Axes, Axis, same_point};
use crate::statistics::quantile;
use crate::trial::{Expected, Role};

use super::model::{Incumbent, Model};
use super::view::{View, distinct};
use super::{Decision, design, explain, measure_baseline};

const RANDOM_CANDIDATES: usize = 400;
/// Constraints on settings may leave little of the space: so many times as many are drawn to find anything.
const DRAWS: usize = 20;
/// Whether all points of a space are tried is found out by going through them, up to so many.
const COUNTED_MAX: usize = 4096;
const PARENTS: usize = 5;
const MUTANTS_PER_PARENT: usize = 60;
/// Candidates that are improved by moving one setting at a time, and how often each goes round.
const CLIMBERS: usize = 6;
const ROUNDS: usize = 3;
/// The best so far is measured again when this many search trials went by since the last repeat.
const REPEAT_EVERY: usize = 10;
/// The trusted share of every range: shrinks on a violation or failure, grows on an improvement.
const SHRINK: f64 = 0.75;
const GROW: f64 = 1.5;
const TRUST_MIN: f64 = 0.2;

/// The next measurement of the search; none when every point was tried.
pub(super) fn step(view: &View<'_>, model: &Model, options: &Options) -> Option<Decision> {
    let done = view.trials.len();
    // Near the end the confirmation measures the baseline anyway.
    let early = done + options.drift_every / 2 < options.search_budget();
    let since_baseline = view.trials.iter().rev().take_while(|t| !view.is_baseline(t)).count();
    if options.drift_every > 0 && early && since_baseline >= options.drift_every {
        return Some(measure_baseline(view, explain::drift(since_baseline)));
    }
    let mut random = Random::new(options.seed, done as u64);
    if options.search == Search::Random {
        let point = draw(view, &mut random)?;
        let settings = view.axes.decode(&point);
        return Some(Decision::Measure { settings, why: explain::design(done, options.search_budget()) });
    }
    let size = design::size(view.axes.len(), options);
    let designed = view.trials.iter().filter(|t| t.role == Role::Design).count();
    if designed < size {
        let points = design::points(&view.axes, &view.baseline_point, size, options.seed);
        for wanted in &points[designed..] {
            let pulled = toward(&view.axes, wanted, &view.baseline_point, trust(view, model), &mut random);
            let point = if view.permitted(&pulled) { Some(pulled) } else { draw(view, &mut random) };
            if let Some(point) = point.filter(|point| !view.tried(point)) {
                let why = explain::design(designed + 1, size);
                return Some(Decision::Measure { settings: view.axes.decode(&point), why });
            }
        }
    }
    if let Some(incumbent) = &model.incumbent
        && wants_repeat(view, incumbent)
    {
        let expected = expect(view, model, &incumbent.point);
        let times = view.measurements(&incumbent.point);
        let settings = view.axes.decode(&incumbent.point);
        return Some(Decision::Measure { settings, why: explain::repeat(times, expected) });
    }
    let point = propose(view, model, &mut random)?;
    let expected = expect(view, model, &point);
    let better = model.incumbent.as_ref().is_some_and(|i| model.predict(&point).0 < i.mean);
    let why = explain::search(better, expected, model.incumbent.is_some());
    Some(Decision::Measure { settings: view.axes.decode(&point), why })
}

/// Whether the last decisions of the search all expected less than it takes to go on.
/// Never while nothing measured holds the constraints.
pub(super) fn little_to_gain(view: &View<'_>, model: &Model, options: &Options) -> bool {
    if options.patience == 0 || model.incumbent.is_none() {
        return false;
    }
    let expected: Vec<f64> = view
        .trials
        .iter()
        .filter(|t| matches!(t.role, Role::Explore | Role::Exploit))
        .filter_map(|t| t.gain)
        .collect();
    expected.len() >= options.patience
        && expected.iter().rev().take(options.patience).all(|gain| *gain < options.min_gain)
}

/// Whether every point that may be tried was; never for spaces with more than can be counted.
pub(super) fn exhausted(view: &View<'_>) -> bool {
    let levels: Option<Vec<usize>> = view.axes.iter().map(Axis::levels).collect();
    let Some(levels) = levels else { return false };
    let all = levels.iter().try_fold(1usize, |all, levels| all.checked_mul(*levels));
    let Some(all) = all.filter(|all| *all <= COUNTED_MAX) else { return false };
    (0..all).all(|mut rest| {
        let coordinate = |(axis, levels): (&Axis, &usize)| {
            let level = rest % levels;
            rest /= levels;
            axis.at_share((level as f64 + 0.5) / *levels as f64)
        };
        let point: Vec<f64> = view.axes.iter().zip(&levels).map(coordinate).collect();
        !view.open(&point)
    })
}

/// A random point that is still to be tried; none when many draws find none.
fn draw(view: &View<'_>, random: &mut Random) -> Option<Vec<f64>> {
    (0..RANDOM_CANDIDATES * DRAWS).map(|_| view.axes.random(random)).find(|point| view.open(point))
}

/// What the model expects at `point`, in the objective's unit.
fn expect(view: &View<'_>, model: &Model, point: &[f64]) -> Expected {
    let (mean, deviation) = model.predict(point);
    let at = |z: f64| view.score_of(model.unwarp(z));
    let (a, b) = (at(mean - 1.645 * deviation), at(mean + 1.645 * deviation));
    let best = at(model.reference);
    // The mean of 16 equally likely outcomes: the warp has no closed form for it.
    let outcomes = (0..16).map(|i| {
        let share = (f64::from(i) + 0.5) / 16.0;
        let z = (mean + deviation * quantile(share)).min(model.reference);
        (best - at(z)).abs()
    });
    let gain = outcomes.sum::<f64>() / 16.0 / best.abs().max(1e-12);
    let feasible = model.log_feasible(point).exp();
    // Journals hold finite numbers only.
    let finite = |v: f64| if v.is_nan() { 0.0 } else { v.clamp(-f64::MAX, f64::MAX) };
    let (low, high) = (finite(a.min(b)), finite(a.max(b)));
    Expected { value: finite(at(mean)), low, high, gain: finite(gain), feasible: finite(feasible) }
}

/// A best that was measured once may have been lucky; asked every few trials, and only while it is best.
fn wants_repeat(view: &View<'_>, incumbent: &Incumbent) -> bool {
    let searching = |role| matches!(role, Role::Explore | Role::Exploit | Role::Design);
    let since = view.trials.iter().rev().take_while(|t| searching(t.role)).count();
    let times = view.measurements(&incumbent.point);
    since >= REPEAT_EVERY && times < 2 && !same_point(&incumbent.point, &view.baseline_point)
}

/// The share of every range around the best that is trusted now: all, while nothing is known to be safe.
fn trust(view: &View<'_>, model: &Model) -> f64 {
    if model.incumbent.is_none() {
        return 1.0;
    }
    let mut share: f64 = 1.0;
    let mut best = f64::INFINITY;
    for trial in &view.trials {
        match trial.loss() {
            Some(loss) if trial.feasible() => {
                if loss < best {
                    best = loss;
                    share = (share * GROW).min(1.0);
                }
            }
            _ if trial.role.is_baseline() => {}
            _ => share = (share * SHRINK).max(TRUST_MIN),
        }
    }
    share
}

/// Pulls `point` towards `center`: ranges to the trusted share, other settings with that probability.
fn toward(axes: &Axes, point: &[f64], center: &[f64], share: f64, random: &mut Random) -> Vec<f64> {
    let mut out = point.to_vec();
    for ((axis, value), center) in axes.iter().zip(&mut out).zip(center) {
        if axis.is_category() {
            if random.unit() >= share {
                *value = *center;
            }
        } else {
            *value = axis.snap(center + share * (*value - center));
        }
    }
    out
}

/// The untried point with the highest acquisition found.
fn propose(view: &View<'_>, model: &Model, random: &mut Random) -> Option<Vec<f64>> {
    let axes = &view.axes;
    let center = model.incumbent.as_ref().map_or(&view.baseline_point, |i| &i.point);
    let share = trust(view, model);
    let mut candidates: Vec<(f64, Vec<f64>)> = Vec::new();
    let offer = |point: Vec<f64>, found: &mut Vec<(f64, Vec<f64>)>| {
        if view.open(&point) {
            found.push((model.acquisition(&point), point));
        }
    };
    for drawn in 0..RANDOM_CANDIDATES * DRAWS {
        if drawn >= RANDOM_CANDIDATES && candidates.len() >= CLIMBERS {
            break;
        }
        let point = axes.random(random);
        let point = if share < 1.0 { toward(axes, &point, center, share, random) } else { point };
        offer(point, &mut candidates);
    }
    for parent in parents(view, model) {
        for _ in 0..MUTANTS_PER_PARENT {
            offer(mutate(axes, &parent, share, random), &mut candidates);
        }
    }
    candidates.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut best = candidates.first().cloned();
    for (value, point) in candidates.into_iter().take(CLIMBERS) {
        let climbed = climb(view, model, (value, point));
        if best.as_ref().is_none_or(|b| climbed.0 > b.0) {
            best = Some(climbed);
        }
    }
    best.map(|(_, point)| point)
}

/// The measured points with the best posterior means.
fn parents(view: &View<'_>, model: &Model) -> Vec<Vec<f64>> {
    let points = distinct(view.measured().map(|(point, _)| point), |a, b| same_point(a, b));
    let rank = |point| (model.predict(point).0 - model.log_feasible(point), point);
    let mut ranked: Vec<(f64, &[f64])> = points.into_iter().map(rank).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    ranked.into_iter().take(PARENTS).map(|(_, point)| point.to_vec()).collect()
}

/// Moves one to three settings a little.
fn mutate(axes: &Axes, parent: &[f64], share: f64, random: &mut Random) -> Vec<f64> {
    let mut point = parent.to_vec();
    for _ in 0..1 + random.below(3) {
        let chosen = random.below(axes.len());
        if let Some(axis) = axes.iter().nth(chosen) {
            point[chosen] = axis.nudge(point[chosen], 0.15 * share, random);
        }
    }
    point
}

/// Improves one setting at a time until nothing changes.
fn climb(view: &View<'_>, model: &Model, start: (f64, Vec<f64>)) -> (f64, Vec<f64>) {
    let (mut value, mut point) = start;
    for _ in 0..ROUNDS {
        let mut moved = false;
        for (i, axis) in view.axes.iter().enumerate() {
            let before = point[i];
            let near = [before - 0.1, before - 0.03, before + 0.03, before + 0.1].map(|c| axis.snap(c));
            let mut best = (value, before);
            for coordinate in axis.trials().into_iter().chain(near) {
                point[i] = coordinate;
                if coordinate != before && view.open(&point) {
                    let here = model.acquisition(&point);
                    if here > best.0 {
                        best = (here, coordinate);
                    }
                }
            }
            moved |= best.1 != before;
            (value, point[i]) = best;
        }
        if !moved {
            break;
        }
    }
    (value, point)
}
