//! Durations and rates as people write them in `servo.yaml`.

mod duration;
mod rate;

pub use duration::Duration;
pub use rate::Rate;
