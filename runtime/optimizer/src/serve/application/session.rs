//! What is known of the servo at the moment; gone when the server ends.

use servo_types::{Description, Metric};

use crate::serve::task::Task;

/// The state of the conversation.
#[derive(Debug, Default)]
pub(super) struct Session {
    pub(super) expects: Expects,
    /// Whether the application was described since the servo or the server began.
    pub(super) described: bool,
    /// Descriptions that were asked for.
    pub(super) descriptions: u32,
    /// What the application has, as far as it was seen and nothing was changed since.
    pub(super) found: Option<Description>,
    /// What can be measured.
    pub(super) metrics: Vec<Metric>,
    /// Percents of the work that is reported on.
    pub(super) progress: f64,
    /// Why the servo is to sleep once.
    pub(super) rest: Option<String>,
    /// How often the present trial was cancelled.
    pub(super) cancelled: u32,
    /// Whether the operator was told that two servos seem to be at work.
    pub(super) contested: bool,
}

/// Which report may come.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expects {
    /// None.
    Nothing,
    /// The one that the journal says was asked for by a server that is gone.
    #[default]
    Journal,
    /// On this.
    Task(Task),
}

impl Session {
    /// Something is asked for; asked again, it goes on. Whether the operator is to be told that somebody is at work on it
    /// already, which is said once in a conversation.
    pub(super) fn expect(&mut self, task: Task) -> bool {
        let worked_on = self.expects == Expects::Task(task) && self.progress > 0.0;
        self.expects = Expects::Task(task);
        self.progress = 0.0;
        let tells = worked_on && !self.contested;
        self.contested |= worked_on;
        tells
    }

    /// What was asked for is done.
    pub(super) fn reported(&mut self) {
        self.expects = Expects::Nothing;
        self.progress = 0.0;
    }
}
