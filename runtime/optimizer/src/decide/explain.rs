//! The sentences that go with decisions.

use crate::gain::{Gain, short};
use crate::trial::{Expected, Role, Why};

use super::Stop;

/// Why the settings of the beginning are those of the end.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kept {
    /// The way the run ended says it.
    Ended,
    /// Nothing else has a value.
    Alone,
    /// Nothing better was measured.
    BestFound,
    /// The candidate may be better, or not.
    Unclear,
    /// There are better settings, and too few measurements to be sure of them.
    Unconfirmed,
    /// The candidate did not hold the constraints again.
    Broke,
    /// The baseline violates a constraint, and so may all that was measured.
    NothingHolds,
}

fn why(role: Role, expected: Option<Expected>, text: String) -> Why {
    Why { role, expected, text }
}

pub(super) fn baseline() -> Why {
    why(Role::Baseline, None, "the settings found: everything is compared with them".to_owned())
}

pub(super) fn design(index: usize, of: usize) -> Why {
    why(Role::Design, None, format!("spread over the whole space, {index} of {of}: no model yet"))
}

pub(super) fn drift(since: usize) -> Why {
    why(Role::Drift, None, format!("the baseline again after {since} trials: has the world moved?"))
}

pub(super) fn repeat(times: usize, expected: Expected) -> Why {
    let text = format!("the best so far again (measured {times}x): one good measurement may be luck");
    why(Role::Repeat, Some(expected), text)
}

pub(super) fn search(better: bool, expected: Expected, feasible_known: bool) -> Why {
    let Expected { value, low, high, gain, feasible } = expected;
    let (value, low, high) = (short(value), short(low), short(high));
    let chance = if feasible < 0.95 {
        format!(", {:.0} % likely to hold the constraints", 100.0 * feasible)
    } else {
        String::new()
    };
    let text = if !feasible_known {
        format!("nothing measured holds the constraints: most likely to ({:.0} %)", 100.0 * feasible)
    } else if better {
        format!("should be better: {value} ({low} to {high}){chance}")
    } else {
        format!("may be better: {value} ({low} to {high}), expected gain {:.1} %{chance}", 100.0 * gain)
    };
    why(if better { Role::Exploit } else { Role::Explore }, Some(expected), text)
}

pub(super) fn confirm_candidate(round: usize, gain: Option<&Gain>) -> Why {
    let text = format!("the best candidate again, round {round}{}", so_far(gain));
    why(Role::ConfirmCandidate, None, text)
}

pub(super) fn confirm_baseline(round: usize, gain: Option<&Gain>) -> Why {
    let text = format!("the baseline beside the candidate, round {round}{}", so_far(gain));
    why(Role::ConfirmBaseline, None, text)
}

fn so_far(gain: Option<&Gain>) -> String {
    gain.map_or_else(String::new, |g| format!(": gain so far {g}"))
}

pub(super) fn applied(gain: Option<&Gain>, baseline_violates: bool, ended: &str) -> String {
    let gain = gain.map_or_else(String::new, |g| format!(": gain {g}"));
    if baseline_violates {
        return format!("the candidate holds the constraints and the baseline does not{gain}; {ended}");
    }
    format!("the candidate is better than the baseline{gain}; {ended}")
}

pub(super) fn kept(kept: Kept, gain: Option<&Gain>, constrained: bool, ended: &str) -> String {
    let which = if constrained { "the best found that holds the constraints" } else { "the best found" };
    let gain =
        |before: &str, after: &str| gain.map_or_else(String::new, |gain| format!("{before}{gain}{after}"));
    let why = match kept {
        Kept::Ended => return format!("the baseline is kept: {ended}"),
        Kept::Alone => "nothing else was measured".to_owned(),
        Kept::BestFound => format!("it is {which}{}", gain(" (the last candidate, beside it: ", ")")),
        Kept::Unclear => format!("a gain{} is not clear enough", gain(" of ", "")),
        Kept::Unconfirmed => "too few measurements were left to confirm a better setting".to_owned(),
        Kept::Broke => "the candidate failed or violated a constraint when it was measured again".to_owned(),
        Kept::NothingHolds => {
            "it violates a constraint, but nothing was confirmed to hold them all".to_owned()
        }
    };
    format!("the baseline is kept: {why}; {ended}")
}

/// How the search ended, with so many measurements left.
pub(super) fn ended(stop: Stop, left: usize) -> &'static str {
    match stop {
        Stop::BudgetSpent if left > 0 => "the search has spent its part of the budget",
        Stop::BudgetSpent => "the budget is spent",
        Stop::LittleToGain => "further search promised too little",
        Stop::SpaceExhausted => "no combination is left to try",
        Stop::NothingToTune => "no setting may be moved",
        Stop::BaselineUnmeasurable => "it could not be measured, so nothing can be compared with it",
    }
}
