//! What is owed to the service between two decisions, by everything that carries a run out: a way back after harm, and
//! eyes on the constraints.

use crate::journal::{Pending, Replay};
use crate::objective::CheckedObjective;
use crate::space::Settings;
use crate::summary::last_safe;
use crate::trial::{Role, Trial, TrialResult};

/// After a trial that did harm: the settings that the service is put on before anything else is tried. What was planned
/// after it was planned on safe settings.
pub fn refuge(objective: &CheckedObjective, replay: &Replay) -> Option<Settings> {
    let history = replay.history();
    let harmed = matches!(history.last(), Some(Trial { result: TrialResult::Aborted(_), .. }));
    if !harmed || *replay.pending() != Pending::Nothing {
        return None;
    }
    Some(last_safe(objective, history).cloned().unwrap_or_else(|| replay.header().space.baseline()))
}

/// Whether the constraints are watched while a trial of this role is measured: once there are settings to go back to that
/// hold them all. Before that, and for the settings that the run found, how far they are violated is what is to be known.
pub fn watched(objective: &CheckedObjective, history: &[Trial], role: Role) -> bool {
    !role.is_baseline() && last_safe(objective, history).is_some()
}
