//! The ids of commands. They follow from the journal, so that a server that was killed knows the answers to what it asked
//! before, and an answer that comes twice.

use std::fmt;

use super::exchange::Act;

/// One piece of work that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// Say what there is; counted from the start of the server.
    Describe(u32),
    /// Put the application on the settings of this trial.
    Adjust(usize),
    /// Measure this trial.
    Measure(usize),
    /// Back to safe settings after this trial.
    Refuge(usize),
    /// The settings that the run ended on.
    Apply,
}

impl Task {
    pub(super) fn act(self) -> Act {
        match self {
            Task::Describe(_) => Act::Describe,
            Task::Measure(_) => Act::Measure,
            Task::Adjust(_) | Task::Refuge(_) | Task::Apply => Act::Adjust,
        }
    }

    /// Its id within a run; a description is asked for by a server, whatever the run.
    pub(super) fn uid(self, run: &str, server: &str) -> String {
        match self {
            Task::Describe(_) => format!("{server}-{self}"),
            _ => format!("{run}-{self}"),
        }
    }

    /// The work with this id, if this run or this server asked for it.
    pub(super) fn read(uid: &str, run: &str, server: &str) -> Option<Self> {
        let mut parts = uid.rsplitn(3, '-');
        let last = parts.next()?;
        let (task, by) = if last == "apply" {
            (Task::Apply, uid.strip_suffix("-apply")?)
        } else {
            let (name, by) = (parts.next()?, parts.next()?);
            let trial = last.parse().ok()?;
            let task = match name {
                "describe" => Task::Describe(last.parse().ok()?),
                "adjust" => Task::Adjust(trial),
                "measure" => Task::Measure(trial),
                "refuge" => Task::Refuge(trial),
                _ => return None,
            };
            (task, by)
        };
        let asked = if matches!(task, Task::Describe(_)) { server } else { run };
        (by == asked).then_some(task)
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Task::Describe(number) => write!(f, "describe-{number}"),
            Task::Adjust(trial) => write!(f, "adjust-{trial}"),
            Task::Measure(trial) => write!(f, "measure-{trial}"),
            Task::Refuge(trial) => write!(f, "refuge-{trial}"),
            Task::Apply => f.write_str("apply"),
        }
    }
}
