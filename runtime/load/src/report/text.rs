//! The text form: vegeta's lines, and one line more about the schedule.

use std::fmt;
use std::time::Duration;

use super::{Bytes, Report};

/// Where the values start.
const COLUMN: usize = 48;

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |out: &mut fmt::Formatter<'_>, name: &str, of: &str, values: &str| {
            let label = format!("{name:<14}[{of}]");
            writeln!(out, "{label:<COLUMN$}{values}")
        };
        let list = |times: &[Duration]| times.iter().map(|time| short(*time)).collect::<Vec<_>>().join(", ");
        let counted = format!("{}, {:.2}, {:.2}", self.requests, self.rate, self.throughput);
        line(out, "Requests", "total, rate, throughput", &counted)?;
        let schedule =
            format!("{}, {} (max {}), {}", self.asked, self.late, short(self.late_max), self.missed);
        line(out, "Schedule", "asked, late, missed", &schedule)?;
        let times = list(&[self.duration + self.wait, self.duration, self.wait]);
        line(out, "Duration", "total, attack, wait", &times)?;
        let l = &self.latencies;
        let latencies = list(&[l.min, l.mean, l.p50, l.p90, l.p95, l.p99, l.max]);
        line(out, "Latencies", "min, mean, 50, 90, 95, 99, max", &latencies)?;
        line(out, "Bytes In", "total, mean", &amounts(self.bytes_in))?;
        line(out, "Bytes Out", "total, mean", &amounts(self.bytes_out))?;
        line(out, "Success", "ratio", &format!("{:.2}%", self.success * 100.0))?;
        let codes: Vec<String> =
            self.status_codes.iter().map(|(code, count)| format!("{code}:{count}")).collect();
        line(out, "Status Codes", "code:count", &codes.join("  "))?;
        if self.abandoned > 0 {
            writeln!(out, "Cancelled: {} requests were left without an answer.", self.abandoned)?;
        }
        if let Some(shortfall) = self.shortfall() {
            writeln!(out, "Attention: {shortfall}.")?;
        }
        writeln!(out, "Error Set:")?;
        self.errors.iter().try_for_each(|error| writeln!(out, "{error}"))
    }
}

fn amounts(bytes: Bytes) -> String {
    format!("{}, {:.2}", bytes.total, bytes.mean)
}

/// To three digits behind the point of the unit, because nobody reads nanoseconds behind seconds.
fn short(time: Duration) -> String {
    let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let step = match nanos {
        1_000_000_000.. => 1_000_000,
        1_000_000.. => 1_000,
        _ => 1,
    };
    format!("{:?}", Duration::from_nanos(nanos / step * step))
}
