//! The sentences that go with decisions.

use crate::gain::{Gain, short};
use crate::trial::{Expected, Role, Why};

use super::Stop;

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
    let text = format!("the best setting again, round {round}{}", so_far(gain));
    why(Role::ConfirmCandidate, None, text)
}

pub(super) fn confirm_baseline(round: usize, gain: Option<&Gain>) -> Why {
    let text = format!("the baseline beside the candidate, round {round}{}", so_far(gain));
    why(Role::ConfirmBaseline, None, text)
}

fn so_far(gain: Option<&Gain>) -> String {
    gain.map_or_else(String::new, |g| format!(": gain so far {g}"))
}

pub(super) fn applied(gain: Option<&Gain>, baseline_violates: bool, stop: Stop) -> String {
    let gain = gain.map_or_else(String::new, |g| format!(": gain {g}"));
    let ended = ended(stop);
    if baseline_violates {
        return format!("the candidate holds the constraints and the baseline does not{gain}; {ended}");
    }
    format!("the candidate is better than the baseline{gain}; {ended}")
}

pub(super) fn kept(gain: Option<&Gain>, stop: Stop) -> String {
    let ended = ended(stop);
    match (stop, gain) {
        (Stop::NothingToTune | Stop::BaselineUnmeasurable, _) => format!("the baseline is kept: {ended}"),
        (_, Some(gain)) => format!("the baseline is kept: a gain of {gain} is not clear enough; {ended}"),
        (_, None) => format!("the baseline is kept: nothing measured promises to be better; {ended}"),
    }
}

fn ended(stop: Stop) -> &'static str {
    match stop {
        Stop::BudgetSpent => "the budget is spent",
        Stop::LittleToGain => "further search promised too little",
        Stop::SpaceExhausted => "every combination was measured",
        Stop::NothingToTune => "no setting may be moved",
        Stop::BaselineUnmeasurable => "it could not be measured, so nothing can be compared with it",
    }
}
