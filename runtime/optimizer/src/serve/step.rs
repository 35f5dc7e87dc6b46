//! What a run does next, as far as its journal and what the application is known to have say: a pure function.

use super::task::Task;
use crate::course::refuge;
use crate::decide::{Decision, Outcome, decide};
use crate::journal::{Pending, Record, Replay};
use crate::objective::CheckedObjective;
use crate::options::Options;
use crate::space::Settings;
use crate::trial::Role;

/// The next thing to do.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// Add this to the journal, then ask again.
    Write(Box<Record>),
    /// Have the application put on these settings.
    Adjust(Task, Settings),
    /// Have it measured, in this role.
    Measure(Task, Role),
    /// Nothing: the run is over.
    Over(Box<Outcome>),
}

/// What follows. `has` says whether the application is known to have these settings.
pub(super) fn step(
    replay: &Replay,
    objective: &CheckedObjective,
    options: &Options,
    has: impl Fn(&Settings) -> bool,
) -> Step {
    let history = replay.history();
    let trial = history.len() + 1;
    let write = |record| Step::Write(Box::new(record));
    match replay.pending().clone() {
        Pending::Nothing => {
            if let Some(safe) = refuge(objective, replay).filter(|safe| !has(safe)) {
                return Step::Adjust(Task::Refuge(history.len()), safe);
            }
            write(match decide(&replay.header().space, objective, options, history) {
                Decision::Measure { settings, why } => Record::Planned { trial, settings, why },
                Decision::Finish { apply, outcome } => Record::Finishing { apply, outcome },
            })
        }
        Pending::Adjusted { settings, why } if has(&settings) => {
            Step::Measure(Task::Measure(trial), why.role)
        }
        Pending::Planned { settings, .. } | Pending::AdjustSent { settings, .. } if has(&settings) => {
            write(Record::Adjusted { trial })
        }
        Pending::AdjustSent { settings, .. } => Step::Adjust(Task::Adjust(trial), settings),
        Pending::Planned { .. } | Pending::Adjusted { .. } => write(Record::AdjustSent { trial }),
        Pending::Finishing { apply, .. } if has(&apply) => write(Record::Finished),
        Pending::Finishing { apply, sent: true, .. } => Step::Adjust(Task::Apply, apply),
        Pending::Finishing { .. } => write(Record::AdjustSent { trial }),
        Pending::Finished { outcome, .. } => Step::Over(Box::new(outcome)),
    }
}
