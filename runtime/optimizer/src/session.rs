//! A servo's side of the conversation with a remote optimizer, without network, clock or connectors.
//!
//! [`Session::step`] takes what happened and the time, and says what to do; [`Session::wake`] says when to come
//! back. Whoever drives it sends its requests one at a time, carries out its operations one at a time, and tells it
//! what came of both. Time counts from any moment, and only forwards.

mod action;
mod answers;
mod backoff;
mod input;
mod machine;
mod options;
mod running;
mod state;
mod stopping;
mod talk;

pub use action::{Action, End, Level, Notice, Operation, Task};
pub use input::{Answer, FailureKind, Input, Outcome, Refusal, RequestFailure};
pub use machine::Session;
pub use options::{Budget, SessionOptions};
pub use state::{Phase, SessionState};

#[cfg(test)]
mod tests;
