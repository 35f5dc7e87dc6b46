//! What is said between a servo and the optimizer, without its form on the wire.

use std::time::Duration;

use servo_types::{Adjustment, Control, Description, Failure, Measurement, Metric};

/// What a servo says.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// It began, with the name of its program if it said one.
    Hello { agent: Option<String> },
    /// It only asks whether it is known here; nothing begins.
    Check,
    /// It has nothing to do.
    WhatsNext,
    /// It is at work on the command with this id.
    Progress { act: Act, uid: Option<String>, percent: f64 },
    /// It is done with the command with this id.
    Done { act: Act, uid: Option<String>, result: Result<Outcome, Failure> },
    /// It ends, with the reason if it said one.
    Goodbye { reason: Option<String> },
}

/// The kinds of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Describe,
    Measure,
    Adjust,
}

impl Act {
    /// The event that reports it.
    pub fn event(self) -> &'static str {
        match self {
            Act::Describe => "DESCRIPTION",
            Act::Measure => "MEASUREMENT",
            Act::Adjust => "ADJUSTMENT",
        }
    }
}

/// What came of work that was done.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// What the application has: described, or after an adjustment.
    State(Description),
    /// What was measured.
    Measured(Measurement),
}

/// What the optimizer answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// Taken note of.
    Ok,
    /// What was said is wrong; it is ignored.
    Invalid(String),
    /// What was said does not follow what was asked; it is ignored.
    Unexpected(String),
    /// Another servo has taken the place of this one.
    Gone,
    /// Say what the application has.
    Describe { uid: String },
    /// Measure all of these.
    Measure { uid: String, metrics: Vec<Metric>, control: Box<Control> },
    /// Make these changes.
    Adjust { uid: String, adjustments: Vec<Adjustment>, control: Box<Control> },
    /// Ask again later.
    Sleep { duration: Duration, reason: String },
}
