//! The fitted models of a history: the objective, one per constraint, and where trials fail.

use crate::gp::{Data, Gp};
use crate::statistics::{log_cdf, log_expected_improvement, mean, median, quantile, t_upper_tail, variance};
use crate::warp::Warp;

use super::view::{Seen, View};

/// A move of the baseline by this many standard errors means the world has changed. A false alarm costs a few
/// measurements, a missed move the result.
const DRIFT_DEVIATIONS: f64 = 2.5;
/// The fitted noise is itself uncertain after few trials.
const NOISE_DOUBT: f64 = 1.3;
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
    /// The same losses without the warp, which flattens the bad end: for what compares bad settings.
    plain: Option<Plain>,
    drift: Option<Drift>,
    /// What is to be improved on: the incumbent, or the baseline while nothing feasible is known.
    pub(super) reference: f64,
}

/// A model of standardised losses.
struct Plain {
    gp: Gp,
    deviation: f64,
}

/// The baseline moved: its trials from `since` on (an index into the trials) are of the world as it is.
#[derive(Debug, Clone, Copy)]
struct Drift {
    since: usize,
    /// By so many deviations of the losses.
    moved: f64,
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
        let plain = plain_model(&losses, &data);
        let drift = plain.as_ref().and_then(|plain| find_drift(view, plain));
        if let Some(drift) = drift {
            let fresh = |(i, trial): (usize, &Seen<'_>)| trial.loss().map(|_| i >= drift.since);
            let fresh = view.trials.iter().enumerate().filter(|(_, t)| t.point.is_some()).filter_map(fresh);
            data.extra_noise = fresh.map(|fresh| if fresh { 0.0 } else { drift.moved.powi(2) }).collect();
        }
        let loss = Gp::fit(&data);
        let constraints = constraint_models(view, &data);
        let failures = failure_model(view, &data);
        let mut model =
            Self { loss, warp, constraints, failures, plain, drift, incumbent: None, reference: 0.0 };
        model.incumbent = model
            .best_measured(view, SAFE.ln(), |seen| {
                seen.point.as_ref().is_some_and(|point| view.permitted(point))
            })
            .map(|(mean, point, _)| Incumbent { point: point.to_vec(), mean });
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

    /// The standardised loss at `point` without the warp.
    pub(super) fn predict_plain(&self, point: &[f64]) -> f64 {
        self.plain.as_ref().map_or(0.0, |plain| plain.gp.predict(point).0)
    }

    /// The first trial (an index) after which the baseline is as it is now; 0 if it never moved.
    pub(super) fn fresh_since(&self) -> usize {
        self.drift.map_or(0, |drift| drift.since)
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

    /// The measured trial that passes `keep` and has the best posterior mean, warped, with that mean and its point; of
    /// those whose chance of being feasible is at least `floor` (a logarithm).
    pub(super) fn best_measured<'v, 'a>(
        &self,
        view: &'v View<'a>,
        floor: f64,
        keep: impl Fn(&Seen<'a>) -> bool,
    ) -> Option<(f64, &'v [f64], &'v Seen<'a>)> {
        let candidates =
            view.measured().filter(|(point, seen)| keep(seen) && self.log_feasible(point) >= floor);
        let predicted = candidates.map(|(point, seen)| (self.predict(point).0, point, seen));
        predicted.min_by(|(a, ..), (b, ..)| a.total_cmp(b))
    }
}

/// One model per constraint that only a measurement tells of: excess, bent around the bound so that far misses do not
/// drown what happens near it. The bound itself stays at 0.
fn constraint_models(view: &View<'_>, data: &Data) -> Vec<Gp> {
    let count = view.objective.constraints().count();
    (0..count)
        .filter(|i| !view.of_settings[*i])
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

fn plain_model(losses: &[f64], data: &Data) -> Option<Plain> {
    let deviation = variance(losses).sqrt();
    if deviation.is_nan() || deviation <= 0.0 {
        return None;
    }
    let center = mean(losses);
    let targets = losses.iter().map(|l| (l - center) / deviation).collect();
    Some(Plain { gp: Gp::fit(&Data { targets, ..data.clone() })?, deviation })
}

/// The split of the baseline's measurements, in time, that noise explains least; none if it explains it.
fn find_drift(view: &View<'_>, plain: &Plain) -> Option<Drift> {
    let of_baseline = view.trials.iter().enumerate().filter(|(_, t)| view.is_baseline(t));
    let (at, losses): (Vec<usize>, Vec<f64>) =
        of_baseline.filter_map(|(i, t)| Some((i, t.loss()? / plain.deviation))).unzip();
    let noise = plain.gp.noise_deviation();
    let mut worst: Option<(f64, Drift)> = None;
    for split in 1..losses.len() {
        let (before, after) = losses.split_at(split);
        let moved = mean(after) - mean(before);
        let size = (1.0 / before.len() as f64 + 1.0 / after.len() as f64).sqrt();
        let mut surprise = moved.abs() / (NOISE_DOUBT * noise * size);
        // A move inflates the fitted noise, so the scatter on either side of it is asked, too.
        let freedom = losses.len() as f64 - 2.0;
        let scatter = squares(before) + squares(after);
        if freedom >= 2.0 && scatter > 0.0 {
            let t = moved.abs() / (size * (scatter / freedom).sqrt());
            surprise = surprise.max(-quantile(t_upper_tail(t, freedom)));
        }
        if surprise > DRIFT_DEVIATIONS && worst.as_ref().is_none_or(|(most, _)| surprise > *most) {
            worst = Some((surprise, Drift { since: at[split - 1] + 1, moved }));
        }
    }
    worst.map(|(_, drift)| drift)
}

/// The sum of squared distances from the mean.
fn squares(values: &[f64]) -> f64 {
    variance(values) * (values.len() - 1) as f64
}
