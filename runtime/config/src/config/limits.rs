//! Limits of a connector instance.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use servo_types::{self as t, Limits};

use crate::origin::Origin;
use crate::quantity::{ByteRate, CpuLimit, Human, Percent, Quantity, Rate, Size};

/// Where a limit was set that is no default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitSource {
    /// The setting, for instance `sandbox.limits.memory`.
    pub path: String,
    /// Where it was written.
    pub origin: Origin,
}

/// Every limit: its key, and its value as it is written in the configuration.
pub fn limit_texts(limits: &Limits) -> [(&'static str, String); 13] {
    let Limits { http_requests, log, .. } = limits;
    let requests = Rate { count: http_requests.amount, per: http_requests.per };
    let log = ByteRate { bytes: log.amount, per: log.per };
    [
        ("memory", size(limits.memory)),
        ("handles", limits.handles.to_string()),
        ("cpu", CpuLimit { fixed: limits.cpu, share: limits.cpu_of_asked }.to_text()),
        ("cpu_share", Percent { fraction: limits.cpu_share }.to_text()),
        ("wall", limits.wall.to_text()),
        ("http_requests", requests.to_text()),
        ("http_in_flight", limits.http_in_flight.to_string()),
        ("http_bytes", Size(limits.http_bytes).to_text()),
        ("result", size(limits.result)),
        ("log", log.to_text()),
        ("state", size(limits.state)),
        ("dispatch_depth", limits.dispatch_depth.to_string()),
        ("mailbox", limits.mailbox.to_string()),
    ]
}

fn size(bytes: usize) -> String {
    Size(bytes as u64).to_text()
}

/// The default of a limit, for the schema.
fn default(key: &str) -> serde_json::Value {
    let text = limit_texts(&Limits::DEFAULT).into_iter().find(|(name, _)| *name == key).map(|(_, text)| text);
    let number = text.as_deref().and_then(|text| text.parse::<u64>().ok());
    number.map_or_else(|| text.into(), serde_json::Value::from)
}

/// Limits of a connector instance; what is not given comes from `sandbox.limits`, then from the defaults.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Limits")]
pub(crate) struct RawLimits {
    /// All linear memories and tables of the instance together.
    #[schemars(extend("default" = default("memory")))]
    memory: Option<Human<Size>>,
    /// Resource-table entries and component handles.
    #[schemars(range(min = 16, max = 1_000_000), extend("default" = default("handles")))]
    handles: Option<u32>,
    /// CPU time of one call: a fixed part and a share of the time the call was asked to take.
    #[schemars(extend("default" = default("cpu")))]
    cpu: Option<Human<CpuLimit>>,
    /// Share of one core, averaged over two seconds; an instance over it is slowed, 100% slows none.
    #[schemars(extend("default" = default("cpu_share")))]
    cpu_share: Option<Human<Percent>>,
    /// Time of one call, in addition to the delay, warm-up, duration and settlement that it was asked for.
    #[schemars(extend("default" = default("wall")))]
    wall: Option<Human<Duration>>,
    /// HTTP requests started.
    #[schemars(extend("default" = default("http_requests")))]
    http_requests: Option<Human<Rate>>,
    /// HTTP requests at the same time.
    #[schemars(range(min = 1, max = 10_000), extend("default" = default("http_in_flight")))]
    http_in_flight: Option<u32>,
    /// HTTP bytes each way in one call.
    #[schemars(extend("default" = default("http_bytes")))]
    http_bytes: Option<Human<Size>>,
    /// Bytes of arguments and results of one call, both ways.
    #[schemars(extend("default" = default("result")))]
    result: Option<Human<Size>>,
    /// Log lines; what is more is dropped and counted.
    #[schemars(extend("default" = default("log")))]
    log: Option<Human<ByteRate>>,
    /// Keys and values that the connector keeps, 64 bytes for each on top.
    #[schemars(extend("default" = default("state")))]
    state: Option<Human<Size>>,
    /// Nesting of dispatches.
    #[schemars(range(min = 1, max = 64), extend("default" = default("dispatch_depth")))]
    dispatch_depth: Option<u32>,
    /// Calls that may wait.
    #[schemars(range(min = 1, max = 65_536), extend("default" = default("mailbox")))]
    mailbox: Option<u32>,
}

/// Smallest and largest `memory`: one page, and what a 32-bit memory can address.
const MEMORY_RANGE: std::ops::RangeInclusive<u64> = (64 << 10)..=(4 << 30);

/// Smallest and largest `state`: it is held in memory and read at every start.
const STATE_RANGE: std::ops::RangeInclusive<u64> = (1 << 10)..=(64 << 20);

impl RawLimits {
    /// These limits over `base`.
    pub(crate) fn over(&self, base: &Limits) -> Limits {
        let bytes = |size: Human<Size>| usize::try_from(size.0.0).unwrap_or(usize::MAX);
        let number = |number: Option<u32>, base| number.map_or(base, |number| number as usize);
        Limits {
            memory: self.memory.map_or(base.memory, bytes),
            handles: number(self.handles, base.handles),
            cpu: self.cpu.map_or(base.cpu, |cpu| cpu.0.fixed),
            cpu_of_asked: self.cpu.map_or(base.cpu_of_asked, |cpu| cpu.0.share),
            cpu_share: self.cpu_share.map_or(base.cpu_share, |share| share.0.fraction),
            wall: self.wall.map_or(base.wall, |wall| wall.0),
            http_requests: self
                .http_requests
                .map_or(base.http_requests, |rate| t::Rate { amount: rate.0.count, per: rate.0.per }),
            http_in_flight: number(self.http_in_flight, base.http_in_flight),
            http_bytes: self.http_bytes.map_or(base.http_bytes, |size| size.0.0),
            result: self.result.map_or(base.result, bytes),
            log: self.log.map_or(base.log, |rate| t::Rate { amount: rate.0.bytes, per: rate.0.per }),
            state: self.state.map_or(base.state, bytes),
            dispatch_depth: number(self.dispatch_depth, base.dispatch_depth),
            mailbox: number(self.mailbox, base.mailbox),
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
        if self.cpu_share.is_some_and(|share| !(0.001..=1.0).contains(&share.0.fraction)) {
            found.push(("cpu_share", "must be between 0.1% and 100%"));
        }
        if self.result.is_some_and(|size| size.0.0 < 1024) {
            found.push(("result", "must be at least 1KiB"));
        }
        if self.state.is_some_and(|size| !STATE_RANGE.contains(&size.0.0)) {
            found.push(("state", "must be between 1KiB and 64MiB"));
        }
        found
    }
}

#[cfg(test)]
mod tests;
