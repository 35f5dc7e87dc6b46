//! Failures: one constructor for each code, so that a call site says which it means.

use crate::contract::{Code, Failure};

impl Failure {
    /// A failure; prefer the constructors that name the code.
    pub fn new(code: Code, message: impl Into<String>) -> Failure {
        Failure { code, reason: None, message: message.into() }
    }

    /// Something went wrong. The message says what happened to which object, and what to do next.
    pub fn failed(message: impl Into<String>) -> Failure {
        Failure::new(Code::Failed, message)
    }

    /// The change cannot be made; the optimizer learns from it.
    pub fn rejected(message: impl Into<String>) -> Failure {
        Failure::new(Code::Rejected, message)
    }

    /// Ended because going on would do harm.
    pub fn aborted(message: impl Into<String>) -> Failure {
        Failure::new(Code::Aborted, message)
    }

    /// Ended because somebody asked for it.
    pub fn cancelled(message: impl Into<String>) -> Failure {
        Failure::new(Code::Cancelled, message)
    }

    /// Not done in time.
    pub fn timed_out(message: impl Into<String>) -> Failure {
        Failure::new(Code::TimedOut, message)
    }

    /// Adds a short word for programs, for example `unschedulable`.
    pub fn because(self, reason: impl Into<String>) -> Failure {
        Failure { reason: Some(reason.into()), ..self }
    }
}
