//! The event bus: who handles what, in which order, with which deadline.
//!
//! A [`Bus`] knows [`Handler`]s by name and dispatches [`Call`]s to them: `before` hooks, the handlers of the event,
//! `after` hooks. Which of them is a pure function of the registrations; asking them is structured, in the caller's
//! task, with nothing detached. It knows neither WebAssembly nor configuration.
#![forbid(unsafe_code)]

mod bus;
mod call;
mod chain;
mod custom;
mod event;
mod handler;
mod json;
mod merge;
mod nearest;
mod outcome;
mod plan;
mod progress;
mod registry;
mod run;
#[cfg(test)]
mod scripted;
mod waits;

pub use bus::{Bus, DEPTH, DispatchError, Options};
pub use call::{Call, Output, Reply, Verdict};
pub use chain::Chain;
pub use custom::{Checker, Compile, CustomEvent, Definition};
pub use event::{Event, Events, Hook, Moment};
pub use handler::{BoxFuture, Context, Handler};
pub use json::CallError;
pub use merge::{MixedAnswers, Offer, Offers, UnitConflict};
pub use outcome::{Answer, Cancellation, HookFailure, Outcomes};
pub use plan::UnknownConnector;
pub use progress::{Latest, Progress, ProgressSink, Update};
pub use registry::{RegisterError, Registration};
pub use run::PATIENCE;
