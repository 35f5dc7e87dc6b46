//! What the log says of a run.

use std::collections::BTreeMap;
use std::fmt::Display;

use servo_optimizer::session::{Level, Notice};
use servo_types::CheckStatus;
use tracing::{error, info, warn};

use super::RunEvent;

/// Writes the event to the log; progress comes too often for it.
pub(super) fn log(event: &RunEvent) {
    match event {
        RunEvent::Checked(report) if report.ready() => {
            let outcomes = || report.connectors.iter().flat_map(|one| &one.checks);
            let passed = outcomes().filter(|one| one.status == CheckStatus::Passed).count();
            // Not "all": there may be filters, and the optimizer's own check waits until it is asked.
            match outcomes().count() {
                0 => {}
                all if all == passed => info!(success = true, event = "check", "checks passed: {all}"),
                all => {
                    warn!(event = "check", "checks passed: {passed} of {all}; the others are only warnings")
                }
            }
        }
        RunEvent::Checked(report) => {
            for one in report.connectors.iter().filter(|one| !one.ready()) {
                let failed = one.checks.iter().filter(|check| !check.ready());
                let names: Vec<&str> = failed.map(|check| check.check.name.as_str()).collect();
                let failure = one.failure.as_ref().map(ToString::to_string).unwrap_or_default();
                warn!(connector = one.connector, event = "check", "not ready: {}{failure}", names.join(", "));
            }
        }
        RunEvent::TrialStarted { number, of, why, settings } => {
            info!(event = "trial", "{number} of {of} begins ({why}): {}", line(settings));
        }
        RunEvent::Progress { .. } => {}
        RunEvent::TrialEnded { row, unit } => {
            let value = |value: f64| format!("{value} {unit}").trim_end().to_owned();
            let score = row.score.map_or_else(|| "no value".to_owned(), value);
            let best = row.best_so_far.map_or_else(String::new, |best| format!(", best {}", value(best)));
            let mut remarks = row.violations.iter().chain(&row.problem).map(String::as_str).peekable();
            if remarks.peek().is_none() {
                info!(event = "trial", success = true, "{} ends: {score}{best}", row.number);
            } else {
                let remarks: Vec<&str> = remarks.collect();
                warn!(event = "trial", "{} ends: {score}{best}; {}", row.number, remarks.join("; "));
            }
        }
        RunEvent::Applying { settings } => info!(event = "adjust", "applying {}", line(settings)),
        RunEvent::Commanded(text) => info!("the optimizer asks: {text}"),
        RunEvent::Answered(Some(text)) => info!(success = true, "{text}"),
        RunEvent::Answered(None) => {}
        RunEvent::Optimizer(Notice { level: Level::Info, text }) => info!("{text}"),
        RunEvent::Optimizer(Notice { level: Level::Warning, text }) => warn!("{text}"),
        RunEvent::Optimizer(Notice { level: Level::Error, text }) => error!("{text}"),
        RunEvent::Notice(text) => info!("{text}"),
    }
}

fn line<V: Display>(settings: &BTreeMap<String, V>) -> String {
    settings.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}
