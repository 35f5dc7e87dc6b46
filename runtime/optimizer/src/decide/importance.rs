//! How much each setting matters, by the model.

use crate::statistics::variance;

use super::model::Model;
use super::view::View;

/// Per movable setting, the deviation of the predicted loss when it alone is moved over its range, averaged
/// over the places measured; as shares of 1, largest first. Empty when the model knows nothing.
pub(super) fn importance(view: &View<'_>, model: &Model) -> Vec<(String, f64)> {
    let places: Vec<&[f64]> = view.measured().map(|(point, _)| point).collect();
    let mut spreads: Vec<(String, f64)> = Vec::new();
    for (i, axis) in view.axes.iter().enumerate() {
        let coordinates = axis.trials();
        let mut total = 0.0;
        for place in &places {
            let mut point = place.to_vec();
            let predicted: Vec<f64> = coordinates
                .iter()
                .map(|coordinate| {
                    point[i] = *coordinate;
                    model.predict_plain(&point)
                })
                .collect();
            let n = predicted.len() as f64;
            total += variance(&predicted) * (n - 1.0) / n;
        }
        spreads.push((axis.id.clone(), total));
    }
    let sum: f64 = spreads.iter().map(|(_, spread)| spread).sum();
    if sum.is_nan() || sum <= 0.0 {
        return Vec::new();
    }
    for (_, spread) in &mut spreads {
        *spread /= sum;
    }
    spreads.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    spreads
}
