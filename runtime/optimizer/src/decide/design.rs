//! The first points after the baseline: a Latin hypercube, so that every setting is seen over its whole range.

use crate::options::Options;
use crate::random::Random;
use crate::space::Axes;

/// Of the points made, this many hypercubes are drawn and the best spread one is kept.
const DRAWS: usize = 20;

/// How many design points a run over `axes` settings takes: enough to see each, never more than a part of
/// what can be searched. Over many settings so few points say little, and the model learns more by choosing.
pub(super) fn size(axes: usize, options: &Options) -> usize {
    let wanted = if axes >= 5 { 10 } else { axes + 3 };
    let share = if axes >= 8 { 0.25 } else { 0.4 };
    wanted.min((options.search_budget() as f64 * share) as usize).max(1)
}

/// The design of a run: the same for the same seed, whatever was measured.
pub(super) fn points(axes: &Axes, baseline: &[f64], count: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut best: (f64, Vec<Vec<f64>>) = (f64::NEG_INFINITY, Vec::new());
    for draw in 0..DRAWS {
        let mut random = Random::new(seed, u64::MAX - draw as u64);
        let points = hypercube(axes, count, &mut random);
        let spread = closest(&points, baseline);
        if spread > best.0 {
            best = (spread, points);
        }
    }
    best.1
}

fn hypercube(axes: &Axes, count: usize, random: &mut Random) -> Vec<Vec<f64>> {
    let mut points = vec![Vec::with_capacity(axes.len()); count];
    for axis in axes.iter() {
        let mut strata: Vec<usize> = (0..count).collect();
        random.shuffle(&mut strata);
        for (point, stratum) in points.iter_mut().zip(strata) {
            point.push(axis.at_share((stratum as f64 + random.unit()) / count as f64));
        }
    }
    points
}

/// The smallest distance between two points, the baseline included.
fn closest(points: &[Vec<f64>], baseline: &[f64]) -> f64 {
    let mut least = f64::INFINITY;
    for (i, a) in points.iter().enumerate() {
        for b in points[..i].iter().map(Vec::as_slice).chain([baseline]) {
            let distance = a.iter().zip(b).map(|(a, b)| (a - b).abs().min(1.0).powi(2)).sum();
            least = least.min(distance);
        }
    }
    least
}
