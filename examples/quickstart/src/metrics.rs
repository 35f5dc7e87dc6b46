//! What the service counts, and its Prometheus text.

use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::memory;
use crate::settings::Settings;

/// Upper bounds of the histogram's buckets, in microseconds.
const BOUNDS: [u64; 15] = [
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000,
];

/// The counters; all of them may be moved from any thread.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// Answers by the first digit of their status code.
    classes: [AtomicU64; 5],
    /// One more than there are bounds: the last bucket takes the rest.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    microseconds: AtomicU64,
    bytes: AtomicU64,
    hits: AtomicU64,
    misses: AtomicU64,
    rendered: AtomicU64,
}

/// What is shown beside the counters.
#[derive(Debug)]
pub(crate) struct Gauges<'a> {
    /// The settings in force.
    pub(crate) settings: &'a Settings,
    /// Entries and bytes of the cache.
    pub(crate) cache: (usize, usize),
    /// Whether no change is being applied.
    pub(crate) ready: bool,
}

impl Metrics {
    /// A document was asked for and answered with `status` and `bytes` of body, `took` after its request was complete.
    pub(crate) fn answered(&self, status: u16, bytes: usize, took: Duration) {
        let class = usize::from(status / 100).clamp(1, 5) - 1;
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.partition_point(|&bound| bound < micros);
        for (counter, by) in [
            (self.classes.get(class), 1),
            (self.buckets.get(bucket), 1),
            (Some(&self.microseconds), micros),
            (Some(&self.bytes), bytes as u64),
        ] {
            counter.map(|counter| counter.fetch_add(by, Ordering::Relaxed));
        }
    }

    /// The cache was asked for a document.
    pub(crate) fn looked_up(&self, hit: bool) {
        let counter = if hit { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// A document was rendered.
    pub(crate) fn rendered(&self) {
        self.rendered.fetch_add(1, Ordering::Relaxed);
    }

    /// Everything in Prometheus' text format.
    pub(crate) fn text(&self, gauges: &Gauges<'_>) -> String {
        let mut text = String::with_capacity(4096);
        // Writing to a string cannot fail.
        let _ = self.write(&mut text, gauges);
        text
    }

    fn write(&self, out: &mut String, gauges: &Gauges<'_>) -> fmt::Result {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        head(
            out,
            "quickstart_requests_total",
            "counter",
            "Requests for documents, by class of status code.",
        )?;
        for (counter, class) in self.classes.iter().zip(1..) {
            writeln!(out, "quickstart_requests_total{{code=\"{class}xx\"}} {}", load(counter))?;
        }
        let name = "quickstart_request_duration_seconds";
        head(out, name, "histogram", "Time from a complete request for a document to its answer.")?;
        let mut count = 0;
        for (counter, bound) in self.buckets.iter().zip(BOUNDS.iter().map(Some).chain([None])) {
            count += load(counter);
            let bound = bound.map_or("+Inf".to_owned(), |&micros| (micros as f64 / 1e6).to_string());
            writeln!(out, "{name}_bucket{{le=\"{bound}\"}} {count}")?;
        }
        writeln!(out, "{name}_sum {}\n{name}_count {count}", load(&self.microseconds) as f64 / 1e6)?;
        for (name, counter, help) in [
            ("quickstart_response_bytes_total", &self.bytes, "Bytes of documents as they were sent."),
            ("quickstart_cache_hits_total", &self.hits, "Documents that were found in the cache."),
            ("quickstart_cache_misses_total", &self.misses, "Documents that were not in the cache."),
            ("quickstart_rendered_total", &self.rendered, "Documents that were rendered."),
        ] {
            head(out, name, "counter", help)?;
            writeln!(out, "{name} {}", load(counter))?;
        }
        for (name, value, help) in [
            ("quickstart_cache_entries", gauges.cache.0 as u64, "Documents in the cache."),
            ("quickstart_cache_bytes", gauges.cache.1 as u64, "Bytes of the documents in the cache."),
            ("quickstart_ready", u64::from(gauges.ready), "0 while a change of settings is being applied."),
        ] {
            head(out, name, "gauge", help)?;
            writeln!(out, "{name} {value}")?;
        }
        head(out, "quickstart_setting", "gauge", "The settings in force.")?;
        for (name, value) in gauges.settings.numbers() {
            writeln!(out, "quickstart_setting{{name=\"{name}\"}} {value}")?;
        }
        if let Some(bytes) = memory::resident_bytes() {
            head(out, "process_resident_memory_bytes", "gauge", "Memory that the process occupies.")?;
            writeln!(out, "process_resident_memory_bytes {bytes}")?;
        }
        Ok(())
    }
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) -> fmt::Result {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}")
}

#[cfg(test)]
mod tests;
