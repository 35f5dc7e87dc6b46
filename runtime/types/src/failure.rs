//! How an operation failed: a closed code and a text.

use std::fmt;

/// Why an operation failed. Ordered: of several failures of one event the greatest is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Code {
    /// The other side is occupied: a full mailbox, too deep a dispatch, or a cycle of connectors that wait for
    /// each other.
    Busy,
    /// Something went wrong.
    Failed,
    /// Not done within its deadline.
    TimedOut,
    /// A limit of the instance was hit.
    LimitExceeded,
    /// Not granted to the connector.
    Denied,
    /// The change cannot be made: not schedulable, unstable, out of range.
    Rejected,
    /// Ended because somebody asked for it.
    Cancelled,
    /// Ended because going on would do harm, for example a violated objective.
    Aborted,
}

impl Code {
    /// The name in the contract and in JSON, for example `limit-exceeded`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::TimedOut => "timed-out",
            Self::LimitExceeded => "limit-exceeded",
            Self::Denied => "denied",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Aborted => "aborted",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A failed operation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Failure {
    /// For programs.
    pub code: Code,
    /// A short word that says more than the code, for example `unschedulable`, `slo-violation`, `memory`.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub reason: Option<String>,
    /// For people: what happened to which object, and what to do next.
    pub message: String,
}

impl Failure {
    /// A failure without a reason.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, reason: None, message: message.into() }
    }

    /// The same failure with a reason.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// [`Code::Failed`].
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Code::Failed, message)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Some(reason) => write!(f, "{} ({reason}): {}", self.code, self.message),
            None => write!(f, "{}: {}", self.code, self.message),
        }
    }
}

impl std::error::Error for Failure {}
