//! From the outcomes of all queries to one measurement.

use servo_sdk::prelude::{Code, Failure, Measurement, Reading, Series};

/// The reason of a failure that `absent: fail` asks for.
pub(crate) const ABSENT: &str = "absent-metric";

/// What one query came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) metric: String,
    pub(crate) result: Result<Vec<Series>, Failure>,
}

/// The readings of the queries that have an answer. A query without one costs the measurement its own metric, which is
/// named in an annotation `failed.<metric>`; who needs that metric misses it, and nobody else does.
///
/// # Errors
/// When no query has an answer, when the measurement was cancelled, and when a metric is absent that must not be.
pub(crate) fn settle(outcomes: Vec<Outcome>) -> Result<Measurement, Failure> {
    let mut measurement = Measurement::default();
    let mut failures: Vec<(String, Failure)> = Vec::new();
    let asked = outcomes.len();
    for Outcome { metric, result } in outcomes {
        match result {
            Ok(series) => measurement.readings.extend(series.into_iter().map(Reading::Series)),
            Err(failure) if ends_all(&failure) => return Err(failure),
            Err(failure) => failures.push((metric, failure)),
        }
    }
    if failures.len() < asked || asked == 0 {
        let failed =
            failures.into_iter().map(|(metric, failure)| (format!("failed.{metric}"), failure.message));
        measurement.annotations.extend(failed);
        return Ok(measurement);
    }
    let mut failures = failures.into_iter();
    let Some((_, mut first)) = failures.next() else { return Ok(measurement) };
    let others: Vec<String> = failures.map(|(metric, _)| format!("`{metric}`")).collect();
    if !others.is_empty() {
        first.message.push_str(&format!("; {} failed too", others.join(", ")));
    }
    Err(first)
}

fn ends_all(failure: &Failure) -> bool {
    failure.code == Code::Cancelled || failure.reason.as_deref() == Some(ABSENT)
}

#[cfg(test)]
mod tests;
