//! The load generator of the host. Needs a grant for each origin, loopback included.

use crate::bindings::imports::servo::connector::load;
pub use load::{Attack, Format, Latencies, Pace, Plan, Report};
