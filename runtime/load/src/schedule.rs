//! When each request of an open loop is due: a pure function from its number to a moment.

use std::time::Duration;

use crate::rate::Rate;

/// The due moments of a whole attack, counted from its start; nothing is stored per request.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    segments: Vec<Segment>,
}

#[derive(Clone, Debug)]
struct Segment {
    start: u64,
    first: u64,
    count: u64,
    requests: u64,
    per: u64,
}

impl Schedule {
    /// One rate after another, each for its time, cut off at `limit`.
    pub(crate) fn new(steps: &[(Rate, Duration)], limit: Duration) -> Schedule {
        let limit = nanos(limit);
        let (mut start, mut first) = (0, 0);
        let mut segments = Vec::with_capacity(steps.len());
        for (rate, length) in steps {
            let length = nanos(*length).min(limit - start);
            let (requests, per) = (rate.requests(), nanos(rate.per()).max(1));
            // The request at the very end of a step belongs to the next one.
            let count = scale(length, requests, per, per - 1);
            segments.push(Segment { start, first, count, requests, per });
            start += length;
            first += count;
        }
        Schedule { segments }
    }

    /// When request `index` (from 0) is due; nothing after the last one.
    pub(crate) fn due(&self, index: u64) -> Option<Duration> {
        let segment = self.segments.iter().find(|segment| index - segment.first < segment.count)?;
        let offset = scale(index - segment.first, segment.per, segment.requests.max(1), 0);
        Some(Duration::from_nanos(segment.start + offset))
    }

    /// How many requests are due at `elapsed` or earlier.
    pub(crate) fn due_by(&self, elapsed: Duration) -> u64 {
        let elapsed = nanos(elapsed);
        let passed = self.segments.iter().take_while(|segment| segment.start <= elapsed);
        passed.map(|segment| segment.due_by(elapsed)).sum()
    }
}

impl Segment {
    fn due_by(&self, elapsed: u64) -> u64 {
        let inside = scale((elapsed - self.start).saturating_add(1), self.requests, self.per, self.per - 1);
        inside.min(self.count)
    }
}

/// `value * times + add` divided by `by`, without overflow on the way.
fn scale(value: u64, times: u64, by: u64, add: u64) -> u64 {
    let scaled = (u128::from(value) * u128::from(times) + u128::from(add)) / u128::from(by);
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
