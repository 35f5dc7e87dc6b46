//! The fitted models of a history: the objective, one per constraint, and where trials fail.

use crate::gp::{Data, Gp};
use crate::statistics::{log_cdf, log_expected_improvement, mean, median, variance};
use crate::warp::Warp;

use super::view::{Seen, View};

/// A move of the baseline by this many noise deviations (of a difference) means the world has changed.
const DRIFT_DEVIATIONS: f64 = 3.0;
/// Settings count as safe enough to be the best so far from this chance on.
const SAFE: f64 = 0.5;

/// Everything the search asks of the past.
pub(super) struct Model {
    loss: Option<Gp>,
    warp: Warp,
    constraints: Vec<Gp>,
    failures: Option<Gp>,
    /// The best posterior mean among measured points that are probably feasible.
    pub(super) incumbent: Option<Incumbent>,
    /// What is to be improved on: the incumbent, or the baseline while nothing feasible is known.
    pub(super) reference: f64,
}

#[derive(Debug, Clone)]
pub(super) struct Incumbent {
    pub(super) point: Vec<f64>,
    /// Posterior mean, warped.
    pub(super) mean: f64,
}

impl Model {
    pub(super) fn fit(view: &View<'_>) -> Self {
        let metrics = view.axes.metrics();
        let rows: Vec<Vec<f64>> = view.measured().map(|(point, _)| point.to_vec()).collect();
        let losses: Vec<f64> = view.measured().filter_map(|(_, seen)| seen.loss()).collect();
        let warp = Warp::fit(&losses);
        let targets: Vec<f64> = losses.iter().map(|l| warp.forward(*l)).collect();
        let mut data = Data { metrics, extra_noise: vec![0.0; rows.len()], rows, targets };
        let mut loss = Gp::fit(&data);
        if let Some(first) = &loss
            && let Some(extra) = drift(view, &warp, first.noise_deviation())
        {
            data.extra_noise = extra;
            loss = Gp::fit(&data).or(loss);
        }
        let constraints = constraint_models(view, &data);
        let failures = failure_model(view, &data);
        let mut model = Self { loss, warp, constraints, failures, incumbent: None, reference: 0.0 };
        model.incumbent = model.best_measured(view, SAFE.ln());
        let fallback = model.predict(&view.baseline_point).0;
        model.reference = model.incumbent.as_ref().map_or(fallback, |i| i.mean);
        model
    }

    /// Mean and deviation of the loss at `point`, warped.
    pub(super) fn predict(&self, point: &[f64]) -> (f64, f64) {
        self.loss.as_ref().map_or((0.0, 1.0), |gp| gp.predict(point))
    }

    /// Deviation of one measurement, warped.
    pub(super) fn noise(&self) -> f64 {
        self.loss.as_ref().map_or(0.3, Gp::noise_deviation)
    }

    /// A warped loss as a loss.
    pub(super) fn unwarp(&self, z: f64) -> f64 {
        self.warp.backward(z)
    }

    /// ln of the chance that `point` can be measured and holds every constraint.
    pub(super) fn log_feasible(&self, point: &[f64]) -> f64 {
        let holds = |gp: &Gp| {
            let (mean, deviation) = gp.predict(point);
            log_cdf(-mean / deviation)
        };
        self.constraints.iter().chain(&self.failures).map(holds).sum()
    }

    /// How promising `point` is: ln of expected improvement × chance of being feasible. Comparable between
    /// points only.
    pub(super) fn acquisition(&self, point: &[f64]) -> f64 {
        let feasible = self.log_feasible(point);
        let (mean, deviation) = self.predict(point);
        log_expected_improvement(self.reference, mean, deviation) + feasible
    }

    /// The measured point with the best posterior mean whose chance of being feasible is at least `floor`
    /// (a logarithm).
    pub(super) fn best_measured(&self, view: &View<'_>, floor: f64) -> Option<Incumbent> {
        let mut best: Option<Incumbent> = None;
        for (point, _) in view.measured() {
            if self.log_feasible(point) < floor {
                continue;
            }
            let (mean, _) = self.predict(point);
            if best.as_ref().is_none_or(|b| mean < b.mean) {
                best = Some(Incumbent { point: point.to_vec(), mean });
            }
        }
        best
    }
}

/// One model per constraint that says something: excess, bent around the bound so that far misses do not
/// drown what happens near it. The bound itself stays at 0.
fn constraint_models(view: &View<'_>, data: &Data) -> Vec<Gp> {
    let count = view.objective.constraints().count();
    (0..count)
        .filter_map(|i| {
            let excess: Vec<f64> =
                view.measured().filter_map(|(_, seen)| seen.excess()?.get(i).copied()).collect();
            let sizes: Vec<f64> = excess.iter().map(|e| e.abs()).collect();
            let scale = median(&sizes).max(1e-12);
            let bent: Vec<f64> = excess.iter().map(|e| (e / scale).asinh()).collect();
            let size = (variance(&bent) + mean(&bent).powi(2)).sqrt().max(1e-9);
            let targets = bent.iter().map(|b| b / size).collect();
            Gp::fit(&Data { targets, ..data.clone() })
        })
        .collect()
}

/// Where trials fail, learnt from +1 (failed) and −1 (went well); none while nothing failed.
fn failure_model(view: &View<'_>, data: &Data) -> Option<Gp> {
    let known: Vec<(&Vec<f64>, f64)> = view
        .trials
        .iter()
        .filter_map(|t| Some((t.point.as_ref()?, if t.loss().is_some() { -1.0 } else { 1.0 })))
        .collect();
    if known.iter().all(|(_, label)| *label < 0.0) {
        return None;
    }
    let rows: Vec<Vec<f64>> = known.iter().map(|(point, _)| (*point).clone()).collect();
    let targets = known.iter().map(|(_, label)| *label).collect();
    Gp::fit(&Data { metrics: data.metrics.clone(), extra_noise: vec![0.0; rows.len()], rows, targets })
}

/// Noise to add to measurements from before the baseline moved, if it moved; per measured trial.
fn drift(view: &View<'_>, warp: &Warp, noise: f64) -> Option<Vec<f64>> {
    let at: Vec<(usize, f64)> = view
        .measured()
        .enumerate()
        .filter(|(_, (_, seen))| view.is_baseline(seen))
        .filter_map(|(i, (_, seen))| Some((i, warp.forward(seen.loss()?))))
        .collect();
    let (&(_, last), before) = at.split_last()?;
    let &(previous, _) = before.last()?;
    let known: Vec<f64> = before.iter().map(|(_, z)| *z).collect();
    let moved = last - mean(&known);
    let limit = DRIFT_DEVIATIONS * noise * (1.0 + 1.0 / known.len() as f64).sqrt();
    if moved.abs() <= limit {
        return None;
    }
    let aged = |i: usize| if i <= previous { moved * moved } else { 0.0 };
    Some((0..view.measured().count()).map(aged).collect())
}

/// Whether the baseline moved between its last two measurements; then only new ones may be compared.
pub(super) fn drifted(view: &View<'_>, model: &Model) -> bool {
    drift(view, &model.warp, model.noise()).is_some()
}

/// The mean loss of all measurements of `point`.
pub(super) fn losses_at(view: &View<'_>, point: &[f64], keep: impl Fn(&Seen<'_>) -> bool) -> Vec<f64> {
    view.measured()
        .filter(|(p, seen)| crate::space::same_point(p, point) && keep(seen))
        .filter_map(|(_, seen)| seen.loss())
        .collect()
}
