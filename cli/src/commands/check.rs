//! `servo check`.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anstyle::AnsiColor;
use servo_assembly::{CheckFilter, CheckReport, CheckedConnector, halt_on};
use servo_config::{CheckDelay, Checks};
use servo_types::{CheckOutcome, CheckStatus, Severity};

use super::answers::known;
use crate::args::{Check, Format, SeverityName};
use crate::exit::{FAILED, Trouble};
use crate::printer::Printer;
use crate::session::Session;
use crate::signals::Stop;
use crate::table::Table;

/// The first and the longest of growing pauses between two tries.
const PAUSE: Duration = Duration::from_secs(8);
const PAUSE_MAX: Duration = Duration::from_secs(300);

/// Runs the checks until they pass or time is up; fails when they do not.
pub(crate) async fn run(args: &Check, session: &Session) -> Result<(), Trouble> {
    let servo = session.assemble(&args.components).await?;
    known(&args.connectors, &servo)?;
    let stop = Stop::listen(&session.printer)?;
    let configured = &servo.config().checks;
    let filter = filter(args, configured);
    let halt_on = match args.halt_on {
        Some(SeverityName::Warning) => Severity::Warning,
        Some(SeverityName::Common) => Severity::Common,
        Some(SeverityName::Critical) => Severity::Critical,
        None => halt_on(configured),
    };
    let (verbose, quiet) = (args.verbose || configured.verbose, args.quiet || configured.quiet);
    let quiet = quiet && !args.verbose;
    let wait = args.wait.unwrap_or(if args.progressive { configured.wait } else { Duration::ZERO });
    let (start, mut growing) = (Instant::now(), PAUSE);
    let mut told = BTreeSet::new();
    let report = loop {
        let report = servo.check(&filter, halt_on, args.remedy, &stop.token).await;
        stop.cut_short()?;
        if args.progressive && !quiet {
            tell(&report, &mut told, &session.printer);
        }
        let left = wait.saturating_sub(start.elapsed());
        if report.ready() || left.is_zero() {
            break report;
        }
        let pause = match (args.delay, configured.delay) {
            (Some(delay), _) | (None, CheckDelay::Fixed(delay)) => delay,
            (None, CheckDelay::Exponential) => {
                let longer = (growing * 2).min(PAUSE_MAX);
                std::mem::replace(&mut growing, longer)
            }
        };
        tokio::select! {
            () = stop.token.cancelled() => return stop.cut_short(),
            () = tokio::time::sleep(pause.min(left)) => {}
        }
    };
    if report.connectors.is_empty() && filter.selects() {
        return Err(Trouble::Usage(
            "no check matches the filters (flags, or else `checks` in the configuration); `servo check --verbose` \
             without filters lists names, ids and tags"
                .to_owned(),
        ));
    }
    if args.output != Format::Table || !(quiet || args.progressive) {
        session.printer.show(args.output, &report, |report| table(report, verbose))?;
    }
    if !report.ready() {
        return Err(Trouble::Said(FAILED));
    }
    if args.progressive && !quiet {
        session.printer.say("all checks passed");
    }
    Ok(())
}

/// What is typed takes the place of what is configured, list by list.
fn filter(args: &Check, configured: &Checks) -> CheckFilter {
    let mut filter = CheckFilter::configured(configured);
    if !args.connectors.is_empty() {
        filter.connectors.clone_from(&args.connectors);
    }
    if !args.name.is_empty() {
        filter.name.clone_from(&args.name);
    }
    for (typed, list) in [(&args.id, &mut filter.id), (&args.tag, &mut filter.tag)] {
        if !typed.is_empty() {
            *list = typed.iter().flat_map(|patterns| patterns.0.clone()).collect();
        }
    }
    filter
}

/// Says each check once: when it passes, and when it fails for the first time.
fn tell(report: &CheckReport, told: &mut BTreeSet<(String, String, bool)>, printer: &Printer) {
    for connector in &report.connectors {
        for outcome in &connector.checks {
            let passed = outcome.ready();
            if outcome.status == CheckStatus::Skipped
                || !told.insert((connector.connector.clone(), outcome.check.id.clone(), passed))
            {
                continue;
            }
            let (mark, color) = if passed { ("√", AnsiColor::Green) } else { ("X", AnsiColor::Red) };
            let colon = if outcome.message.is_empty() { "" } else { ": " };
            let text = format!("{} {}{colon}{}", connector.connector, outcome.check.name, outcome.message);
            printer.say_marked(mark, color, &text);
            if let (false, Some(hint)) = (passed, &outcome.hint) {
                printer.say(&format!("  {hint}"));
            }
        }
        if let Some(failure) = &connector.failure {
            printer.error(&format!("connector `{}`: {failure}", connector.connector));
        }
    }
}

/// The table for people: one line per connector with what failed, or with `verbose` one line per check.
pub(super) fn table(report: &CheckReport, verbose: bool) -> String {
    if report.connectors.is_empty() {
        return "no connector has checks\n".to_owned();
    }
    if verbose { every_check(report) } else { by_connector(report) }
}

fn by_connector(report: &CheckReport) -> String {
    let mut table = Table::new(["CONNECTOR", "STATUS", "ERRORS"]);
    for connector in &report.connectors {
        let status = if connector.ready() { "√ PASSED" } else { "X FAILED" };
        table.row([connector.connector.clone(), status.to_owned(), errors(connector)]);
    }
    table.render()
}

fn errors(connector: &CheckedConnector) -> String {
    let failed: Vec<&CheckOutcome> =
        connector.checks.iter().filter(|outcome| outcome.status == CheckStatus::Failed).collect();
    let mut lines: Vec<String> = Vec::new();
    for (index, outcome) in failed.iter().enumerate() {
        let warning = if outcome.ready() { "warning: " } else { "" };
        let hint = outcome.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        let (number, of) = (index + 1, failed.len());
        lines.push(format!("({number}/{of}) {warning}{}: {}{hint}", outcome.check.name, outcome.message));
    }
    lines.extend(connector.failure.iter().map(ToString::to_string));
    lines.join("\n")
}

fn every_check(report: &CheckReport) -> String {
    let mut table = Table::new(["CONNECTOR", "CHECK", "ID", "TAGS", "STATUS", "MESSAGE"]);
    for connector in &report.connectors {
        for outcome in &connector.checks {
            let status = match outcome.status {
                CheckStatus::Passed => "√ PASSED",
                CheckStatus::Failed if outcome.ready() => "! WARNING",
                CheckStatus::Failed => "X FAILED",
                CheckStatus::Skipped => "- SKIPPED",
            };
            let check = &outcome.check;
            let hint = outcome.hint.as_ref().map(|hint| format!("\n{hint}")).unwrap_or_default();
            let message = format!("{}{hint}", outcome.message);
            let name = connector.connector.clone();
            table.row([
                name,
                check.name.clone(),
                check.id.clone(),
                check.tags.join(", "),
                status.to_owned(),
                message,
            ]);
        }
        if let Some(failure) = &connector.failure {
            let none = String::new;
            table.row([
                connector.connector.clone(),
                none(),
                none(),
                none(),
                "X FAILED".to_owned(),
                failure.to_string(),
            ]);
        }
    }
    table.render()
}

#[cfg(test)]
mod tests;
