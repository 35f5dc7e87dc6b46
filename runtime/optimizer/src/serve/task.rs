//! The ids of commands. They follow from the journal and from the conversation, so that a server that was killed knows
//! the answers to what it asked before, and an answer that comes twice, and what a servo says that was replaced is not
//! taken for the word of its successor.

use std::fmt;

use super::exchange::Act;

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asker<'a> {
    /// The name of the run; descriptions are asked for whatever the run.
    pub(super) run: &'a str,
    /// The name of this start of the server.
    pub(super) server: &'a str,
    /// Counts the servos that said hello.
    pub(super) conversation: u64,
}

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

    /// Its id.
    pub(super) fn uid(self, by: Asker<'_>) -> String {
        let name = if matches!(self, Task::Describe(_)) { by.server } else { by.run };
        format!("{name}-{}-{self}", by.conversation)
    }

    /// The work with this id, if it was asked for in this conversation.
    pub(super) fn read(uid: &str, by: Asker<'_>) -> Option<Self> {
        let mut parts = uid.rsplitn(3, '-');
        let last = parts.next()?;
        let task = if last == "apply" {
            Task::Apply
        } else {
            let trial = last.parse().ok()?;
            match parts.next()? {
                "describe" => Task::Describe(last.parse().ok()?),
                "adjust" => Task::Adjust(trial),
                "measure" => Task::Measure(trial),
                "refuge" => Task::Refuge(trial),
                _ => return None,
            }
        };
        (task.uid(by) == uid).then_some(task)
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
