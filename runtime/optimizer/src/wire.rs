//! What servos and optimizers write to each other: requests of the servo, and the replies to them.
//!
//! Both sides are read and written, since either may be another program: the keys and their order are ServoX's,
//! unknown keys are ignored, and nothing larger than the two limits is looked at. What a message says is turned
//! into the vocabulary of `servo-types` by the methods `to_…` and from it by `of`.

mod control;
mod descriptor;
mod error;
mod measured;
mod order;
mod reply;
mod report;
mod request;
mod scalar;
mod slo;
mod time;

pub use control::{Control, UserData};
pub use descriptor::{
    Adjusted, Application, Described, Descriptor, Kind, Measurable, Setting, Settings, Unit,
};
pub use error::{CommandError, WireError};
pub use measured::{Line, Measured, Readings};
pub use order::{Adjust, Asked, AskedMetrics, Describe, Measure, Reason, Sleep, Target};
pub use reply::{Command, Detail, Order, Reply, Status, StatusKind};
pub use report::{Body, Failed, Progress, Report, ResultStatus};
pub use request::{Event, Goodbye, Hello, Request};
pub use scalar::Scalar;
pub use slo::{Condition, Slo};
pub use time::Time;

/// The header with the name of the process that a servo is; servo's own, ServoX sends none.
pub(crate) const PROCESS: http::HeaderName = http::HeaderName::from_static("servo-process");
/// The largest request, in bytes: some series of each of hundreds of metrics.
pub const REQUEST_MAX: usize = 16 * 1024 * 1024;
/// The largest reply, in bytes: an adjustment of thousands of settings.
pub const REPLY_MAX: usize = 4 * 1024 * 1024;

#[cfg(test)]
mod tests;
