//! Why a message cannot be read or written.

use servo_types::MixedReadings;

/// Why a message, or a part of one, means nothing here.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Not looked at any further.
    #[error("the {what} is larger than {limit} bytes")]
    TooLarge {
        /// `request` or `reply`.
        what: &'static str,
        /// In bytes.
        limit: usize,
    },
    /// Not JSON, or not of the form that the protocol asks for.
    #[error("the {what} is not what the protocol asks for: {source}")]
    Form {
        /// Which message or which part of it.
        what: String,
        /// What the reader met.
        source: serde_json::Error,
    },
    /// An event that no servo sends.
    #[error("`{0}` is not an event of the protocol")]
    UnknownEvent(String),
    /// A value that reads well and means nothing.
    #[error("{path}: {problem}")]
    Value {
        /// Where, for example `control.delay`.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Time series and scalars together.
    #[error(transparent)]
    Mixed(#[from] MixedReadings),
    /// A command that cannot be carried out.
    #[error(transparent)]
    Command(#[from] CommandError),
}

/// A command that cannot be carried out: one not known here, or a known one that says too little.
#[derive(Debug, thiserror::Error)]
#[error("the optimizer's command `{cmd}` cannot be carried out: {problem}")]
pub struct CommandError {
    /// Which, as it was written.
    pub cmd: String,
    /// The name that its answer must carry.
    pub cmd_uid: Option<String>,
    /// What is wrong with it.
    pub problem: String,
}

impl WireError {
    pub(super) fn value(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Value { path: path.into(), problem: problem.into() }
    }
}
