//! What came out: vegeta's JSON report with what it lacks, and its text form.

mod text;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The result of an attack, or of a part of one. In JSON, durations are nanoseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How long requests took, counted from when they should have been sent. Requests that were never sent are
    /// among them, with the time they waited in vain.
    pub latencies: Latencies,
    /// Bytes of response bodies.
    pub bytes_in: Bytes,
    /// Bytes of request bodies.
    pub bytes_out: Bytes,
    /// When the first request was sent.
    pub earliest: Timestamp,
    /// When the last request was sent.
    pub latest: Timestamp,
    /// When the last response was complete.
    pub end: Timestamp,
    /// How long it was attacked: from when the first request was due until no more was to be sent.
    #[serde(with = "nanos")]
    pub duration: Duration,
    /// How long answers were waited for afterwards.
    #[serde(with = "nanos")]
    pub wait: Duration,
    /// Requests that were sent and have ended.
    pub requests: u64,
    /// `requests` per second of `duration`.
    pub rate: f64,
    /// Successful responses per second of `duration` and `wait` together.
    pub throughput: f64,
    /// The part (0 to 1) of `requests` that was answered with a status from 200 to 399. What was never sent is in
    /// `missed` and no part of it.
    pub success: f64,
    /// How often each status came; `0` counts requests without a response.
    pub status_codes: BTreeMap<String, u64>,
    /// What went wrong, each text once, the most frequent first.
    pub errors: Vec<String>,
    /// Requests that should have been sent: `requests`, `missed` and `abandoned`.
    #[serde(default)]
    pub asked: u64,
    /// Requests sent more than 10 ms after they were due.
    #[serde(default)]
    pub late: u64,
    /// The longest time from due to sent.
    #[serde(default, with = "nanos")]
    pub late_max: Duration,
    /// Requests that found no free connection until 10 ms after the end.
    #[serde(default)]
    pub missed: u64,
    /// Requests without an answer when the attack was cancelled; they are in no other figure but `asked`.
    #[serde(default)]
    pub abandoned: u64,
}

/// Latencies in all, on average, and by percentile (to three digits; the extremes are exact).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Latencies {
    /// All together.
    #[serde(with = "nanos")]
    pub total: Duration,
    /// Arithmetic mean.
    #[serde(with = "nanos")]
    pub mean: Duration,
    /// Median.
    #[serde(rename = "50th", with = "nanos")]
    pub p50: Duration,
    /// 90th percentile.
    #[serde(rename = "90th", with = "nanos")]
    pub p90: Duration,
    /// 95th percentile.
    #[serde(rename = "95th", with = "nanos")]
    pub p95: Duration,
    /// 99th percentile.
    #[serde(rename = "99th", with = "nanos")]
    pub p99: Duration,
    /// The longest.
    #[serde(with = "nanos")]
    pub max: Duration,
    /// The shortest.
    #[serde(with = "nanos")]
    pub min: Duration,
}

/// Bytes in all and per request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bytes {
    /// All together.
    pub total: u64,
    /// Per request.
    pub mean: f64,
}

impl Report {
    /// Says in one sentence, with figures, how the asked rate was missed; nothing when it was kept: everything
    /// sent, and at most one request in a hundred late.
    pub fn shortfall(&self) -> Option<String> {
        if self.missed == 0 && self.late.saturating_mul(100) <= self.asked {
            return None;
        }
        Some(format!(
            "the rate was not kept: of {} requests {} were sent more than 10ms late (at most {:?}) and {} never",
            self.asked, self.late, self.late_max, self.missed
        ))
    }
}

mod nanos {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &Duration, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_u64(u64::try_from(value.as_nanos()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
        u64::deserialize(input).map(Duration::from_nanos)
    }
}

#[cfg(test)]
mod tests;
