//! From history to the next decision: baseline, design, search, confirmation, end.
//!
//! Nothing is remembered between calls. The phase a run is in follows from the roles its trials carry, so a
//! resumed run cannot disagree with the run that was killed.

mod confirm;
mod design;
mod explain;
mod importance;
mod model;
mod search;
mod view;

use serde::{Deserialize, Serialize};

use crate::gain::Gain;
use crate::objective::CheckedObjective;
use crate::options::Options;
use crate::space::{Settings, Space};
use crate::trial::{Role, Trial, Why};

use explain::Kept;
use model::Model;
use view::View;

/// A baseline that cannot be measured this often in a row ends the run: nothing can be compared with it.
const BASELINE_FAILURES_MAX: usize = 2;

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Apply `settings`, measure, and append the trial with this `why`.
    Measure { settings: Settings, why: Why },
    /// Apply `apply` for good; the run is over.
    Finish { apply: Settings, outcome: Outcome },
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub kept_baseline: bool,
    /// Of the candidate that was confirmed or refused last; none when there never was one.
    pub gain: Option<Gain>,
    /// How much each setting matters: the spread of the prediction when it alone is moved, as shares of 1,
    /// largest first. Empty without a model.
    pub importance: Vec<(String, f64)>,
    pub stop: Stop,
    /// One or two sentences.
    pub text: String,
}

/// Why the search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// All measurements of the budget are spent.
    BudgetSpent,
    /// Further measurements promised too little.
    LittleToGain,
    /// Every combination that may be tried was.
    SpaceExhausted,
    /// No setting may be moved.
    NothingToTune,
    /// The settings found could not be measured.
    BaselineUnmeasurable,
}

/// The next step of a run over `space` towards `objective`, given everything tried so far.
///
/// Pure: the same arguments give the same decision. Trials whose settings do not fit the space are counted
/// against the budget and otherwise ignored. Takes some tens of milliseconds at 50 trials and 15 settings.
pub fn decide(space: &Space, objective: &CheckedObjective, options: &Options, history: &[Trial]) -> Decision {
    let view = View::new(space, objective, history);
    let keep = |stop| confirm::keep_baseline(&view, options, Kept::Ended, None, Vec::new(), stop);
    if view.axes.len() == 0 {
        return keep(Stop::NothingToTune);
    }
    if view.baseline_scores().is_empty() {
        if options.budget == 0 {
            return keep(Stop::BudgetSpent);
        }
        if view.trials.len() >= BASELINE_FAILURES_MAX.min(options.budget) {
            return keep(Stop::BaselineUnmeasurable);
        }
        return Decision::Measure { settings: space.baseline(), why: explain::baseline() };
    }
    let model = Model::fit(&view);
    let confirming = view.trials.iter().any(|t| t.role.is_confirmation());
    let stop = if search::little_to_gain(&view, &model, options) {
        Stop::LittleToGain
    } else if confirming || view.trials.len() + confirm::reserve(&view, &model, options) >= options.budget {
        if search::exhausted(&view) { Stop::SpaceExhausted } else { Stop::BudgetSpent }
    } else {
        match search::step(&view, &model, options) {
            Some(decision) => return decision,
            None => Stop::SpaceExhausted,
        }
    };
    confirm::step(&view, &model, options, stop)
}

/// A measurement of the settings the service came with.
fn measure_baseline(view: &View<'_>, why: Why) -> Decision {
    debug_assert!(why.role.is_baseline() && why.role != Role::Baseline);
    Decision::Measure { settings: view.baseline.clone(), why }
}

#[cfg(test)]
mod tests;
