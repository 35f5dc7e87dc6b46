//! What one application is to be tuned towards, as its operator wants it.

use std::time::Duration;

use crate::objective::Objective;
use crate::options::Options;

/// The wanted end of a run and the means to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    /// What is better, and what must hold.
    pub objective: Objective,
    /// The expression of the objective as it was written.
    pub expression: String,
    /// How much to spend; the seed is used where none is asked for.
    pub options: Options,
    /// Whether the seed of the options was asked for.
    pub seeded: bool,
    /// Pause before each measurement.
    pub delay: Duration,
    /// Load before a measurement counts.
    pub warmup: Duration,
    /// How long each measurement is.
    pub duration: Duration,
    /// How long a change must hold.
    pub settlement: Duration,
}
