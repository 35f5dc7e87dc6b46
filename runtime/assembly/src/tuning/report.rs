//! What is told of a run: where it stands, and how it ended.

use serde::Serialize;
use servo_optimizer::{Outcome, Settings, Standing, Stop, Summary};

/// A run so far, or as it ended.
#[derive(Clone, Debug, Serialize)]
pub struct TuningReport {
    /// What was worked towards.
    pub objective: String,
    /// Unit of the objective; empty when it has none of its own.
    pub unit: String,
    /// Measurements allowed.
    pub budget: usize,
    /// The settings that the run found.
    pub baseline: Settings,
    /// What was measured with them.
    pub before: Standing,
    /// Trials and the best of them.
    #[serde(flatten)]
    pub summary: Summary,
    /// Settings that the run ended on, and how.
    pub ended: Option<Ended>,
}

/// The end of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Ended {
    /// What the application was left on.
    pub settings: Settings,
    /// What was measured with them.
    pub after: Standing,
    /// Why, and how much was gained.
    pub outcome: Outcome,
}

impl TuningReport {
    /// Why the run ended without knowing how good the settings it found are.
    pub(crate) fn unmeasurable(&self) -> Option<&str> {
        let ended = self.ended.as_ref()?;
        let last = self.summary.rows.last().and_then(|row| row.problem.as_deref());
        (ended.outcome.stop == Stop::BaselineUnmeasurable).then(|| last.unwrap_or(&ended.outcome.text))
    }
}
