//! A metric of the process with its values, for whoever shows it and whoever sends it.

/// Labels by name.
pub type Labels = Vec<(&'static str, String)>;

/// A metric with all its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// As Prometheus has it: with the unit, and with `_total` if it counts.
    pub name: &'static str,
    /// One sentence.
    pub help: &'static str,
    /// Whether it only ever grows.
    pub counts: bool,
    /// None where there is nothing to measure.
    pub points: Vec<(Labels, f64)>,
}
