//! Limits of a connector instance.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::quantity::{ByteRate, CpuLimit, Human, Rate, Size};

/// What one instance may take. Every field is enforced and visible at run time.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Bytes of all linear memories and tables together.
    pub memory: u64,
    /// Resource-table entries and component handles.
    pub handles: u32,
    /// CPU time of one call; time parked in the host does not count.
    pub cpu: CpuLimit,
    /// Time of one call, in addition to what the event asks for.
    pub wall: Duration,
    /// Requests started, averaged over the interval.
    pub http_requests: Rate,
    /// Requests at the same time.
    pub http_in_flight: u32,
    /// Bytes each way in one call.
    pub http_bytes: u64,
    /// Bytes of arguments and results of one call, both ways.
    pub result: u64,
    /// Bytes of log lines.
    pub log: ByteRate,
    /// Nesting of dispatches.
    pub dispatch_depth: u32,
    /// Calls that may wait.
    pub mailbox: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            memory: 128 << 20,
            handles: 1000,
            cpu: CpuLimit { fixed: Duration::from_secs(2), share: 0.05 },
            wall: Duration::from_secs(30),
            http_requests: Rate { count: 50, per: Duration::from_secs(1) },
            http_in_flight: 8,
            http_bytes: 16 << 20,
            result: 4 << 20,
            log: ByteRate { bytes: 64 << 10, per: Duration::from_secs(1) },
            dispatch_depth: 8,
            mailbox: 64,
        }
    }
}

/// Limits of a connector instance; what is not given comes from `sandbox.limits`, then from the defaults.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Limits")]
pub(crate) struct RawLimits {
    /// All linear memories and tables of the instance together.
    #[schemars(extend("default" = "128MiB"))]
    memory: Option<Human<Size>>,
    /// Resource-table entries and component handles.
    #[schemars(range(min = 16, max = 1_000_000), extend("default" = 1000))]
    handles: Option<u32>,
    /// CPU time of one call: a fixed part and a share of the time the call was asked to take.
    #[schemars(extend("default" = "2s + 5%"))]
    cpu: Option<Human<CpuLimit>>,
    /// Time of one call, in addition to the delay, warm-up, duration and settlement that it was asked for.
    #[schemars(extend("default" = "30s"))]
    wall: Option<Human<Duration>>,
    /// HTTP requests started.
    #[schemars(extend("default" = "50/1s"))]
    http_requests: Option<Human<Rate>>,
    /// HTTP requests at the same time.
    #[schemars(range(min = 1, max = 10_000), extend("default" = 8))]
    http_in_flight: Option<u32>,
    /// HTTP bytes each way in one call.
    #[schemars(extend("default" = "16MiB"))]
    http_bytes: Option<Human<Size>>,
    /// Bytes of arguments and results of one call, both ways.
    #[schemars(extend("default" = "4MiB"))]
    result: Option<Human<Size>>,
    /// Log lines; what is more is dropped and counted.
    #[schemars(extend("default" = "64KiB/1s"))]
    log: Option<Human<ByteRate>>,
    /// Nesting of dispatches.
    #[schemars(range(min = 1, max = 64), extend("default" = 8))]
    dispatch_depth: Option<u32>,
    /// Calls that may wait.
    #[schemars(range(min = 1, max = 65_536), extend("default" = 64))]
    mailbox: Option<u32>,
}

/// Smallest and largest `memory`: one page, and what a 32-bit memory can address.
const MEMORY_RANGE: std::ops::RangeInclusive<u64> = (64 << 10)..=(4 << 30);

impl RawLimits {
    /// These limits over `base`.
    pub(crate) fn over(&self, base: &Limits) -> Limits {
        Limits {
            memory: self.memory.map_or(base.memory, |size| size.0.0),
            handles: self.handles.unwrap_or(base.handles),
            cpu: self.cpu.map_or(base.cpu, |cpu| cpu.0),
            wall: self.wall.map_or(base.wall, |wall| wall.0),
            http_requests: self.http_requests.map_or(base.http_requests, |rate| rate.0),
            http_in_flight: self.http_in_flight.unwrap_or(base.http_in_flight),
            http_bytes: self.http_bytes.map_or(base.http_bytes, |size| size.0.0),
            result: self.result.map_or(base.result, |size| size.0.0),
            log: self.log.map_or(base.log, |rate| rate.0),
            dispatch_depth: self.dispatch_depth.unwrap_or(base.dispatch_depth),
            mailbox: self.mailbox.unwrap_or(base.mailbox),
        }
    }

    /// Values that are well formed and still make no sense: key, what is wrong.
    pub(crate) fn senseless(&self) -> Vec<(&'static str, &'static str)> {
        let mut found = Vec::new();
        if self.memory.is_some_and(|size| !MEMORY_RANGE.contains(&size.0.0)) {
            found.push(("memory", "must be between 64KiB and 4GiB"));
        }
        if self.wall.is_some_and(|wall| wall.0.is_zero()) {
            found.push(("wall", "must be longer than zero"));
        }
        if self.cpu.is_some_and(|cpu| cpu.0.fixed.is_zero() && cpu.0.share <= 0.0) {
            found.push(("cpu", "must be more than zero"));
        }
        if self.result.is_some_and(|size| size.0.0 < 1024) {
            found.push(("result", "must be at least 1KiB"));
        }
        found
    }
}
