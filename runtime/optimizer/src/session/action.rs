//! What a session wants done.

use bytes::Bytes;
use servo_types::{Adjustment, Control, Metric};

/// What a session wants done, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Send this; there is never more than one request on its way. Answered by [`super::Input::Answered`].
    Post {
        /// The name of the event, for the log.
        event: &'static str,
        /// The JSON.
        body: Bytes,
    },
    /// Give up the request that is on its way; no answer to it is expected any more.
    Abandon,
    /// Begin an operation; there is never more than one. Answered by [`super::Input::Finished`].
    Begin(Operation),
    /// Ask the operation to end.
    Cancel {
        /// For people.
        reason: String,
    },
    /// The operation did not end when asked: end it.
    Kill,
    /// Tell people.
    Tell(Notice),
    /// Nothing is under way any more: let connectors shut down. Answered by [`super::Input::Down`].
    Shutdown,
    /// The session is over; nothing follows.
    End(End),
}

/// What the optimizer wants done.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// As the optimizer named it.
    pub cmd_uid: Option<String>,
    /// What.
    pub task: Task,
}

/// What the optimizer wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// Say what can be changed and measured.
    Describe {
        /// How.
        control: Control,
    },
    /// Measure.
    Measure {
        /// What; a unit is empty where the optimizer gave none.
        metrics: Vec<Metric>,
        /// How.
        control: Control,
    },
    /// Change settings.
    Adjust {
        /// In the order in which they were written.
        adjustments: Vec<Adjustment>,
        /// How.
        control: Control,
    },
}

/// Something for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How loud.
    pub level: Level,
    /// One line.
    pub text: String,
}

/// How loud a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// As it should be.
    Info,
    /// Not as it should be, and handled.
    Warning,
    /// Somebody must do something.
    Error,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// As it was told to.
    Stopped,
    /// A request cannot be written; the text says which and why.
    GaveUp(String),
}

impl Task {
    /// The name of the command, as the optimizer writes it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Describe { .. } => "DESCRIBE",
            Self::Measure { .. } => "MEASURE",
            Self::Adjust { .. } => "ADJUST",
        }
    }

    /// How it is to be carried out.
    pub fn control(&self) -> &Control {
        match self {
            Self::Describe { control } | Self::Measure { control, .. } | Self::Adjust { control, .. } => {
                control
            }
        }
    }
}
