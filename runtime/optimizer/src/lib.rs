//! The embedded optimizer: a pure, seeded function from the history of a run to its next decision; and the
//! protocol that servos and remote optimizers speak.
//!
//! [`decide`] knows no clock, no network and no service; the same history and seed give the same decision,
//! which is what lets a killed run continue. [`Journal`] is the only part that touches a file. [`wire`] is what
//! stands in the protocol's requests and replies, [`session`] is what a servo says when, and
//! [`client`] moves it; [`serve`] is the optimizer's side.
#![forbid(unsafe_code)]

pub mod client;
pub mod convert;
pub mod serve;

mod cholesky;
mod course;
mod decide;
mod gain;
mod gp;
mod journal;
mod objective;
mod options;
mod random;
pub mod session;
mod space;
mod statistics;
mod summary;
mod trial;
mod warp;
pub mod wire;

pub use course::{refuge, watched};
pub use decide::{Decision, Outcome, Stop, decide};
pub use gain::{Gain, Scale};
pub use journal::{Header, Journal, JournalError, Pending, Replay};
pub use objective::{
    Bound, CheckedObjective, Direction, EvaluateError, Evaluation, Limit, Objective, ObjectiveError,
};
pub use options::{Options, Search};
pub use space::{Domain, Setting, Settings, Space, SpaceError, Value, same_settings};
pub use summary::{Best, Row, Standing, Summary, last_safe, standing, summary};
pub use trial::{Expected, Reading, Role, Trial, TrialResult, Why};
