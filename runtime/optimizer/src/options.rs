//! How much to spend and how sure to be.

use serde::{Deserialize, Serialize};

/// What to use to choose the next settings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Search {
    /// The model of this crate.
    #[default]
    Model,
    /// Uniformly random settings, with the same baseline, candidate and finishing rules: what every claim is
    /// compared with.
    Random,
}

/// The knobs of a run; [`Options::with_budget`] has defaults that fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// Attempts in all, baseline and confirmation included; failed attempts count. 20 to 50 is usual, and under
    /// [`Options::BUDGET_MIN`] nothing can be found.
    pub budget: usize,
    /// How sure to be that the applied settings beat the baseline (0.95 = 95 %).
    pub confidence: f64,
    /// Same seed and history, same decision.
    pub seed: u64,
    /// Pairs of candidate and baseline measurements kept for the end, as far as half of the budget allows.
    pub confirm_pairs: usize,
    /// The search ends when the expected improvement stays below this fraction of the best …
    pub min_gain: f64,
    /// … for this many decisions in a row; 0 never ends it early.
    pub patience: usize,
    /// The baseline is measured again after this many attempts; 0 only at the end.
    pub drift_every: usize,
    /// See [`Search`].
    #[serde(default)]
    pub search: Search,
}

impl Options {
    /// The least that finds something: the baseline, two other settings, and candidate, baseline and candidate again.
    pub const BUDGET_MIN: usize = 6;

    /// Defaults for `budget` measurements: about a third of a small budget goes into being sure.
    pub fn with_budget(budget: usize) -> Self {
        Self {
            budget,
            confidence: 0.95,
            seed: 0,
            confirm_pairs: match budget {
                0..=11 => 2,
                12..=39 => 3,
                _ => 4,
            },
            min_gain: 0.01,
            patience: 4,
            drift_every: 12,
            search: Search::Model,
        }
    }

    /// The attempts kept for confirmation.
    pub(crate) fn confirmations(&self) -> usize {
        (2 * self.confirm_pairs).min(self.budget / 2)
    }

    /// The attempts before confirmation begins when all of it may be needed.
    pub(crate) fn search_budget(&self) -> usize {
        (self.budget - self.confirmations()).max(1)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::with_budget(30)
    }
}
