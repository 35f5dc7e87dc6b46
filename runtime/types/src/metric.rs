//! What can be measured.

use std::fmt;

/// A metric that a connector offers. Its name is unique within a servo: connectors that offer the same name
/// measure the same thing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Metric {
    /// For example `throughput` or `latency_99th`.
    pub name: String,
    /// For example `rpm`, `rps`, `%`, `ms`, `GiB`; empty for plain numbers.
    #[cfg_attr(feature = "serde", serde(default))]
    pub unit: String,
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.unit.is_empty() {
            f.write_str(&self.name)
        } else {
            write!(f, "{} ({})", self.name, self.unit)
        }
    }
}
