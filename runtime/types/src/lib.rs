//! The vocabulary of servo: what connectors, the event bus, the optimizer and the command line talk about.
//!
//! Plain values without IO, clocks or async. With the feature `serde` they have one JSON form, which is the
//! form of `-o json`, of hooks and of dispatched events; field names are ServoX's where it had them.
#![forbid(unsafe_code)]

mod adjustment;
mod check;
mod command;
mod component;
mod control;
mod failure;
mod limits;
mod measurement;
mod metric;
mod value;

pub use adjustment::{Adjustment, ParseAdjustmentError};
pub use check::{Check, CheckOutcome, CheckStatus, Severity};
pub use command::{Argument, ArgumentKind, Command, CommandError};
pub use component::{Component, Description, Domain, Range, Scale, Setting};
pub use control::{Condition, Control, Keep, Slo, Threshold};
pub use failure::{Code, Failure};
pub use limits::{Limits, Rate};
pub use measurement::{Measurement, MixedReadings, Reading, Scalar, Series, mean};
pub use metric::Metric;
pub use value::Value;
