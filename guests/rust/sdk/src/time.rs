//! The time as the contract counts it.

use std::time::SystemTime;

/// Seconds since 1970-01-01T00:00:00Z.
pub fn now() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
