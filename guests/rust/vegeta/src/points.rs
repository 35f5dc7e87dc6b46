//! From the reports of an attack to the values of the metrics.

use servo_sdk::prelude::*;

use crate::options::Settings;

/// The values of every metric over time: one for each report.
#[derive(Debug, Default)]
pub(crate) struct Points {
    rows: Vec<(f64, Vec<f64>)>,
}

type Value = fn(&load::Report) -> f64;

/// Name, unit, and what it is of a report.
const METRICS: [(&str, &str, Value); 10] = [
    ("throughput", "rpm", |report| report.throughput * 60.0),
    ("error_rate", "%", error_rate),
    ("latency_total", "ms", |report| report.latencies.total),
    ("latency_mean", "ms", |report| report.latencies.mean),
    ("latency_50th", "ms", |report| report.latencies.p50),
    ("latency_90th", "ms", |report| report.latencies.p90),
    ("latency_95th", "ms", |report| report.latencies.p95),
    ("latency_99th", "ms", |report| report.latencies.p99),
    ("latency_max", "ms", |report| report.latencies.max),
    ("latency_min", "ms", |report| report.latencies.min),
];

/// The metrics that there are.
pub(crate) fn metrics() -> Vec<Metric> {
    METRICS.iter().map(|(name, unit, _)| Metric::new(*name, *unit)).collect()
}

/// Failed requests in percent.
pub(crate) fn error_rate(report: &load::Report) -> f64 {
    100.0 - 100.0 * report.success
}

/// A report in one line.
pub(crate) fn summary(what: &str, report: &load::Report) -> String {
    format!(
        "{what}: {:.1} requests per second, {:.1} % errors, 99 % within {:.1} ms",
        report.rate,
        error_rate(report),
        report.latencies.p99
    )
}

/// The values of one report, to be shown while the attack goes on.
pub(crate) fn interim(report: &load::Report) -> Vec<Reading> {
    let scalar = |(metric, _, value): &(&str, &str, Value)| {
        let value = value(report);
        let metric = (*metric).to_owned();
        value.is_finite().then_some(Reading::Scalar(Scalar { metric, id: None, at: report.end, value }))
    };
    METRICS.iter().filter_map(scalar).collect()
}

/// The value of a metric in one report; none when there is no such metric, or nothing was asked.
pub(crate) fn value(metric: &str, report: &load::Report) -> Option<f64> {
    let (.., value) = METRICS.iter().find(|(name, ..)| *name == metric)?;
    Some(value(report)).filter(|value| value.is_finite() && report.requests > 0.0)
}

/// Says that the rate could not be kept: the answer times are then those of a lighter load.
pub(crate) fn missed(total: &load::Report, settings: &Settings) -> Option<String> {
    let wanted = total.requests + total.missed;
    (total.missed > 0.0 && wanted > 0.0).then(|| {
        format!(
            "the rate {} could not be kept: {} of {wanted} requests ({:.1} %) were not sent",
            settings.rate,
            total.missed,
            100.0 * total.missed / wanted
        )
    })
}

impl Points {
    /// Adds a report. An interval in which nothing was asked says nothing.
    pub(crate) fn add(&mut self, report: &load::Report) {
        if report.requests > 0.0 {
            self.rows.push((report.end, METRICS.iter().map(|(_, _, value)| value(report)).collect()));
        }
    }

    /// The wanted metrics, all when none is named, as series.
    pub(crate) fn readings(&self, wanted: &[String]) -> Vec<Reading> {
        let mut readings = Vec::new();
        for (index, (metric, ..)) in METRICS.iter().enumerate() {
            if !wanted.is_empty() && !wanted.iter().any(|wanted| wanted == metric) {
                continue;
            }
            let (times, values): (Vec<f64>, Vec<f64>) = self
                .rows
                .iter()
                .filter_map(|(time, values)| Some((*time, *values.get(index)?)))
                .filter(|(_, value)| value.is_finite())
                .unzip();
            if !times.is_empty() {
                let metric = (*metric).to_owned();
                readings.push(Reading::Series(Series {
                    metric,
                    id: None,
                    annotations: Vec::new(),
                    times,
                    values,
                }));
            }
        }
        readings
    }
}

#[cfg(test)]
pub(crate) mod tests;
