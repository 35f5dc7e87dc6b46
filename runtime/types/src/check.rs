//! Checks: is this servo fit to work?

use std::time::Duration;

/// A check that a connector can run.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Check {
    /// Unique within its connector; lower case letters, digits, `-` and `_`.
    pub id: String,
    /// One line for people.
    pub name: String,
    /// More than one line, where it helps.
    #[cfg_attr(feature = "serde", serde(default))]
    pub description: String,
    /// What a failure means.
    #[cfg_attr(feature = "serde", serde(default))]
    pub severity: Severity,
    /// For `--tag`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub tags: Vec<String>,
    /// Whether the connector can repair it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub remedy: bool,
}

/// What the failure of a check means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Severity {
    /// Worth knowing.
    Warning,
    /// The servo is not ready.
    #[default]
    Common,
    /// The servo is not ready and the checks after this one make no sense.
    Critical,
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CheckOutcome {
    /// Which one.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub check: Check,
    /// How it ended.
    pub status: CheckStatus,
    /// What was seen.
    #[cfg_attr(feature = "serde", serde(default))]
    pub message: String,
    /// What a person can do about a failure.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub hint: Option<String>,
    /// How long it ran.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub runtime: Duration,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum CheckStatus {
    /// As it should be.
    Passed,
    /// Not as it should be.
    Failed,
    /// Not run, because a critical check before it failed.
    Skipped,
}

impl CheckOutcome {
    /// Whether the servo can work: passed, or failed with severity warning.
    pub fn ready(&self) -> bool {
        self.status == CheckStatus::Passed || self.check.severity == Severity::Warning
    }
}
