//! The checks: a short attack works, it yields reports, and nearly all of its requests succeed.

use servo_sdk::prelude::*;

use crate::options::Settings;
use crate::points;

pub(crate) const EXECUTION: &str = "execution";
const REPORTS: &str = "reports";
const ERROR_RATE: &str = "error-rate";

/// What a short attack showed.
#[derive(Debug)]
pub(crate) struct Tried {
    reports: usize,
    total: load::Report,
}

/// As long as it takes to see a few reports; short enough for the time that a check has.
const DURATION_MS: u32 = 2_000;
const REPORT_MS: u32 = 500;
const ERROR_RATE_MAX: f64 = 5.0;

pub(crate) fn list() -> Vec<CheckInfo> {
    vec![
        CheckInfo::new(EXECUTION, "Vegeta execution")
            .describe("A load of 2 seconds can be generated")
            .critical(),
        CheckInfo::new(REPORTS, "Report aggregation").describe("The load yields reports with values"),
        CheckInfo::new(ERROR_RATE, "Error rate < 5.0%").describe("Nearly all requests of the load succeed"),
    ]
}

/// Attacks for a short time.
pub(crate) fn attack(settings: &Settings) -> Result<Tried, Failure> {
    let attack = load::Attack::start(&settings.plan(DURATION_MS, REPORT_MS))?;
    let mut reports = 0;
    while attack.next()?.is_some() {
        reports += 1;
    }
    Ok(Tried { reports, total: attack.total() })
}

/// What the attack means for a check.
pub(crate) fn judge(id: &str, Tried { reports, total }: &Tried) -> Result<CheckOutcome, Failure> {
    let errors =
        || if total.errors.is_empty() { String::new() } else { format!(": {}", total.errors.join("; ")) };
    let passed_if = |fine: bool, message: String, hint: &str| {
        if fine { CheckOutcome::passed(message) } else { CheckOutcome::failed(message, hint) }
    };
    Ok(match id {
        EXECUTION => passed_if(
            total.requests > 0.0,
            format!("{} requests were made{}", total.requests, errors()),
            "see that the rate allows at least one request in 2 seconds, and that the target can be reached",
        ),
        REPORTS => passed_if(
            *reports > 0 && total.latencies.mean.is_finite(),
            format!("{reports} reports, {:.1} ms on average", total.latencies.mean),
            "raise the rate so that there are requests in each report",
        ),
        ERROR_RATE => passed_if(
            points::error_rate(total) < ERROR_RATE_MAX,
            format!("{:.1} % of {} requests failed{}", points::error_rate(total), total.requests, errors()),
            "ask the target by hand, for example with curl: does it answer with a status from 200 to 399?",
        ),
        _ => return Err(Failure::failed(format!("there is no check `{id}`"))),
    })
}

#[cfg(test)]
mod tests;
