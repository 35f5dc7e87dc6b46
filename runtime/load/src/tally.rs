//! What a worker counts while it works, and how tallies add up to a report. Nothing here grows with the load.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use jiff::Timestamp;

use crate::error::Error;
use crate::fault::Fault;
use crate::report::{Bytes, Latencies, Report};

/// Sending later than this after the due moment is `late`. Below, it is what a busy machine does anyway.
pub(crate) const LATE: Duration = Duration::from_millis(10);
/// Latencies beyond an hour count as an hour.
const LATENCY_MAX: u64 = 3_600_000_000_000;
/// Different errors that are told apart; the others are counted together.
const FAILURES_MAX: usize = 100;

/// Counters and latencies of one worker or of all.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    latencies: Histogram<u64>,
    latency_total: u128,
    latency_min: u64,
    latency_max: u64,
    requests: u64,
    succeeded: u64,
    asked: u64,
    late: u64,
    late_max: Duration,
    missed: u64,
    abandoned: u64,
    bytes_in: u64,
    bytes_out: u64,
    statuses: BTreeMap<u16, u64>,
    failures: HashMap<Failure, u64>,
    other_failures: u64,
    first_sent: Option<Instant>,
    last_sent: Option<Instant>,
    last_end: Option<Instant>,
}

/// The part of an attack that a report is about, counted from its start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) from: Duration,
    /// When sending ended, or the moment of the report.
    pub(crate) until: Duration,
}

/// One request that was sent.
#[derive(Debug)]
pub(crate) struct Sample<'a> {
    pub(crate) origin: &'a Arc<str>,
    /// When it should have been sent.
    pub(crate) due: Instant,
    pub(crate) sent: Instant,
    pub(crate) end: Instant,
    pub(crate) bytes_out: u64,
    /// Status and counted bytes of the body.
    pub(crate) outcome: Result<(u16, u64), Fault>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Failure {
    Status(u16),
    Fault(Arc<str>, Fault),
}

/// One moment on the clock of latencies and on the clock of people.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Epoch {
    pub(crate) instant: Instant,
    pub(crate) time: Timestamp,
}

impl Tally {
    pub(crate) fn new() -> Result<Tally, Error> {
        let latencies = Histogram::new_with_bounds(1, LATENCY_MAX, 3)
            .map_err(|error| Error::Histogram(error.to_string()))?;
        Ok(Tally::around(latencies))
    }

    /// An empty one like this.
    pub(crate) fn fresh(&self) -> Tally {
        Tally::around(Histogram::new_from(&self.latencies))
    }

    fn around(latencies: Histogram<u64>) -> Tally {
        Tally {
            latencies,
            statuses: BTreeMap::new(),
            failures: HashMap::new(),
            latency_total: 0,
            latency_min: u64::MAX,
            latency_max: 0,
            requests: 0,
            succeeded: 0,
            asked: 0,
            late: 0,
            late_max: Duration::ZERO,
            missed: 0,
            abandoned: 0,
            bytes_in: 0,
            bytes_out: 0,
            other_failures: 0,
            first_sent: None,
            last_sent: None,
            last_end: None,
        }
    }

    pub(crate) fn record(&mut self, sample: Sample<'_>) {
        self.requests += 1;
        self.asked += 1;
        self.bytes_out += sample.bytes_out;
        self.latency(sample.end.saturating_duration_since(sample.due), 1);
        let delay = sample.sent.saturating_duration_since(sample.due);
        self.late += u64::from(delay > LATE);
        self.late_max = self.late_max.max(delay);
        self.first_sent = earlier(self.first_sent, Some(sample.sent));
        self.last_sent = self.last_sent.max(Some(sample.sent));
        self.last_end = self.last_end.max(Some(sample.end));
        match sample.outcome {
            Ok((status, bytes)) => {
                self.bytes_in += bytes;
                *self.statuses.entry(status).or_default() += 1;
                if (200..400).contains(&status) {
                    self.succeeded += 1;
                } else {
                    self.failure(Failure::Status(status), 1);
                }
            }
            Err(fault) => {
                *self.statuses.entry(0).or_default() += 1;
                self.failure(Failure::Fault(sample.origin.clone(), fault), 1);
            }
        }
    }

    /// `count` requests that were due about `due` and never found a connection. They waited at least until `end`,
    /// and leaving that out of the latencies would flatter the server.
    pub(crate) fn miss(&mut self, count: u64, due: Instant, end: Instant) {
        self.asked += count;
        self.missed += count;
        self.latency(end.saturating_duration_since(due), count);
    }

    /// Requests that were on their way when the attack was cancelled.
    pub(crate) fn abandon(&mut self, count: u64) {
        self.asked += count;
        self.abandoned += count;
    }

    pub(crate) fn merge(&mut self, other: &Tally) {
        self.latencies += &other.latencies;
        self.latency_total += other.latency_total;
        self.latency_min = self.latency_min.min(other.latency_min);
        self.latency_max = self.latency_max.max(other.latency_max);
        self.requests += other.requests;
        self.succeeded += other.succeeded;
        self.asked += other.asked;
        self.late += other.late;
        self.late_max = self.late_max.max(other.late_max);
        self.missed += other.missed;
        self.abandoned += other.abandoned;
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
        for (status, count) in &other.statuses {
            *self.statuses.entry(*status).or_default() += count;
        }
        for (failure, count) in &other.failures {
            self.failure(failure.clone(), *count);
        }
        self.other_failures += other.other_failures;
        self.first_sent = earlier(self.first_sent, other.first_sent);
        self.last_sent = self.last_sent.max(other.last_sent);
        self.last_end = self.last_end.max(other.last_end);
    }

    pub(crate) fn report(&self, epoch: Epoch, window: Window) -> Report {
        let first = self.first_sent.unwrap_or(epoch.instant);
        let last = self.last_sent.unwrap_or(first);
        let end = self.last_end.unwrap_or(last);
        // The time that was attacked, and not the time between the first and the last request: that lacks the pause
        // after the last one, so that two requests in a second would count as two in half a second.
        let from = epoch.instant + window.from;
        let until = (epoch.instant + window.until).max(last);
        let (duration, wait) = (until.saturating_duration_since(from), end.saturating_duration_since(until));
        let rate = ratio(self.requests as f64, duration.as_secs_f64(), 0.0);
        let throughput = ratio(self.succeeded as f64, (duration + wait).as_secs_f64(), 0.0);
        Report {
            latencies: self.latency_report(),
            bytes_in: bytes(self.bytes_in, self.requests),
            bytes_out: bytes(self.bytes_out, self.requests),
            earliest: epoch.at(first),
            latest: epoch.at(last),
            end: epoch.at(end),
            duration,
            wait,
            requests: self.requests,
            rate,
            throughput,
            success: ratio(self.succeeded as f64, self.requests as f64, 0.0),
            status_codes: self.statuses.iter().map(|(code, count)| (code.to_string(), *count)).collect(),
            errors: self.errors(),
            asked: self.asked,
            late: self.late,
            late_max: self.late_max,
            missed: self.missed,
            abandoned: self.abandoned,
        }
    }

    fn latency(&mut self, latency: Duration, count: u64) {
        let nanos = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.latencies.saturating_record_n(nanos, count);
        self.latency_total += u128::from(nanos) * u128::from(count);
        self.latency_min = self.latency_min.min(nanos);
        self.latency_max = self.latency_max.max(nanos);
    }

    fn latency_report(&self) -> Latencies {
        let count = self.latencies.len();
        if count == 0 {
            return Latencies::default();
        }
        let at = |quantile| {
            let value = self.latencies.value_at_quantile(quantile);
            Duration::from_nanos(value.clamp(self.latency_min, self.latency_max))
        };
        let total = u64::try_from(self.latency_total).unwrap_or(u64::MAX);
        Latencies {
            total: Duration::from_nanos(total),
            mean: Duration::from_nanos(total / count),
            p50: at(0.5),
            p90: at(0.9),
            p95: at(0.95),
            p99: at(0.99),
            max: Duration::from_nanos(self.latency_max),
            min: Duration::from_nanos(self.latency_min),
        }
    }

    fn failure(&mut self, failure: Failure, count: u64) {
        if let Some(known) = self.failures.get_mut(&failure) {
            *known += count;
        } else if self.failures.len() < FAILURES_MAX {
            self.failures.insert(failure, count);
        } else {
            self.other_failures += count;
        }
    }

    /// The most frequent first.
    fn errors(&self) -> Vec<String> {
        let mut errors: Vec<(u64, String)> =
            self.failures.iter().map(|(failure, count)| (*count, failure.text())).collect();
        errors.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let mut texts: Vec<String> = errors.into_iter().map(|(_, text)| text).collect();
        if self.other_failures > 0 {
            texts.push(format!("{} requests failed in other ways", self.other_failures));
        }
        if self.missed > 0 {
            texts.push(format!("{} requests never found a free connection", self.missed));
        }
        texts
    }
}

impl Failure {
    fn text(&self) -> String {
        match self {
            Failure::Status(code) => {
                let status = http::StatusCode::from_u16(*code).ok();
                let reason = status.and_then(|status| status.canonical_reason()).unwrap_or("unknown status");
                format!("{code} {reason}")
            }
            Failure::Fault(origin, fault) => format!("{origin}: {fault}"),
        }
    }
}

impl Epoch {
    pub(crate) fn now() -> Epoch {
        Epoch { instant: Instant::now(), time: Timestamp::now() }
    }

    /// The moment `time` later, on both clocks.
    pub(crate) fn later(self, time: Duration) -> Epoch {
        let instant = self.instant + time;
        Epoch { instant, time: self.at(instant) }
    }

    fn at(&self, instant: Instant) -> Timestamp {
        let later = instant.saturating_duration_since(self.instant);
        self.time.checked_add(later).unwrap_or(self.time)
    }
}

fn earlier(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn ratio(value: f64, by: f64, otherwise: f64) -> f64 {
    if by > 0.0 { value / by } else { otherwise }
}

fn bytes(total: u64, requests: u64) -> Bytes {
    Bytes { total, mean: ratio(total as f64, requests as f64, 0.0) }
}

#[cfg(test)]
mod tests;
