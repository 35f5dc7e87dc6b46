//! What happens to a session.

use std::time::Duration;

use bytes::Bytes;
use servo_types::{Description, Failure, Measurement, Metric};

/// What happens to a session.
#[derive(Clone, Debug)]
pub enum Input {
    /// It begins.
    Start,
    /// What [`super::Session::wake`] said has come. At any other time it does nothing.
    Time,
    /// The request of [`super::Action::Post`] was answered, or could not be sent.
    Answered(Answer),
    /// The operation of [`super::Action::Begin`] is under way. As often as it likes: only the newest is sent.
    Progress {
        /// From 0 to 100.
        percent: f64,
        /// For people.
        message: String,
    },
    /// The operation of [`super::Action::Begin`] is over; exactly once, also after it was cancelled.
    Finished(Result<Outcome, Failure>),
    /// End in good order. The second time: end at once.
    Stop {
        /// For GOODBYE: the name of the signal, `shutdown` or `restarting`.
        reason: String,
    },
    /// What [`super::Action::Shutdown`] asked for is done.
    Down,
}

/// What came of a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// An HTTP status of 200 to 299, with the whole body.
    Body(Bytes),
    /// Any other HTTP status.
    Refused(Refusal),
    /// Nothing came, or nothing whole.
    Failed(RequestFailure),
}

/// An HTTP status that is no success.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// 300 to 599.
    pub status: u16,
    /// The `detail` of the body, else the start of its text; may be empty.
    pub detail: String,
    /// What the header `Retry-After` asks for.
    pub retry_after: Option<Duration>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestFailure {
    /// In what way.
    pub kind: FailureKind,
    /// For people: which peer, and what happened.
    pub message: String,
}

/// In what way a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// No connection, or it broke.
    Network,
    /// The peer is not whom it says it is.
    Tls,
    /// Nothing came in time.
    Timeout,
    /// The answer is too large.
    TooLarge,
    /// The token or what the token is asked for with cannot be had.
    Credentials,
}

/// What an operation brought.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// By describe.
    Described(Description),
    /// By measure.
    Measured {
        /// What was measured.
        measurement: Measurement,
        /// The metrics that connectors offer, for their units; what the optimizer asked for counts where one is
        /// missing.
        metrics: Vec<Metric>,
        /// Seconds since the epoch, for series without a name.
        at: u64,
    },
    /// By adjust: what the application has now.
    Adjusted(Description),
}
