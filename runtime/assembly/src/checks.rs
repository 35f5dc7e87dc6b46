//! Checks of all connectors: list, filter, run, repair.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde::Serialize;
use servo_config::{Checks, HaltOn, Pattern};
use servo_events::{Call, Event, Options, Reply};
use servo_host::NOT_LEADING;
use servo_types::{Check, CheckOutcome, CheckStatus, Code, Failure, Severity};
use tokio_util::sync::CancellationToken;

use crate::secrets;
use crate::servo::Servo;

/// Which checks to run; an empty list stands for all.
#[derive(Clone, Debug, Default)]
pub struct CheckFilter {
    /// Of these connectors.
    pub connectors: Vec<String>,
    /// With one of these names.
    pub name: Vec<Pattern>,
    /// With one of these ids.
    pub id: Vec<Pattern>,
    /// With one of these tags.
    pub tag: Vec<Pattern>,
    /// Not of this one.
    pub(crate) without: Option<&'static str>,
}

/// What all checks said.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CheckReport {
    /// In the order of the configuration, those last that have no checks of their own; without those of whose checks
    /// none was asked for.
    pub connectors: Vec<CheckedConnector>,
}

/// The checks of one connector.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckedConnector {
    /// Its alias.
    pub connector: String,
    /// In the order in which the connector lists them.
    pub checks: Vec<CheckOutcome>,
    /// Why there are no checks, when it could not even list them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

impl CheckReport {
    /// Whether the servo can work: every check passed, or was only a warning.
    pub fn ready(&self) -> bool {
        self.connectors.iter().all(CheckedConnector::ready)
    }
}

impl CheckedConnector {
    /// Whether this connector can work.
    pub fn ready(&self) -> bool {
        self.failure.is_none() && self.checks.iter().all(CheckOutcome::ready)
    }
}

/// From which severity on a failed check skips the rest of its connector, as the configuration says it.
pub fn halt_on(checks: &Checks) -> Severity {
    match checks.halt_on {
        _ if checks.check_halting => Severity::Warning,
        HaltOn::Warning => Severity::Warning,
        HaltOn::Common => Severity::Common,
        HaltOn::Critical => Severity::Critical,
    }
}

impl CheckFilter {
    /// What the configuration asks for.
    pub fn configured(checks: &Checks) -> Self {
        Self {
            connectors: checks.connectors.clone(),
            name: checks.name.clone(),
            id: checks.id.clone(),
            tag: checks.tag.clone(),
            without: None,
        }
    }

    /// Whether it asks for certain checks only.
    pub fn selects(&self) -> bool {
        !(self.name.is_empty() && self.id.is_empty() && self.tag.is_empty())
    }

    fn wants(&self, check: &Check) -> bool {
        let any = |patterns: &[Pattern], texts: &[String]| {
            patterns.is_empty() || patterns.iter().any(|one| texts.iter().any(|text| one.matches(text)))
        };
        let named = any(&self.name, std::slice::from_ref(&check.name));
        named && any(&self.id, std::slice::from_ref(&check.id)) && any(&self.tag, &check.tags)
    }

    /// Those that are wanted, and the critical ones before them, on which they depend.
    fn select(&self, mut checks: Vec<Check>) -> Vec<Check> {
        let end = checks.iter().rposition(|check| self.wants(check)).map_or(0, |last| last + 1);
        checks.truncate(end);
        checks.retain(|check| check.severity == Severity::Critical || self.wants(check));
        checks
    }
}

impl Servo {
    /// Runs checks: of all connectors at once, one after another within a connector. A failed check of severity
    /// `halt_on` or worse skips the rest of its connector; `remedy` lets connectors repair what they can.
    pub async fn check(
        &self,
        filter: &CheckFilter,
        halt_on: Severity,
        remedy: bool,
        cancel: &CancellationToken,
    ) -> CheckReport {
        let wanted = |name: &str| {
            filter.without != Some(name)
                && (filter.connectors.is_empty() || filter.connectors.iter().any(|one| one == name))
        };
        let registrations = self.registrations();
        let asked = registrations.iter().filter(|one| one.on.contains(Event::Check) && wanted(&one.name));
        let runs = asked.map(|one| {
            let run = Run { servo: self, connector: &one.name, filter, halt_on, remedy, cancel };
            async move { run.connector().await }
        });
        let mut connectors = join_all(runs).await;
        for (alias, outcome) in secrets::failed(&self.wanted()).await {
            if !wanted(&alias) || !filter.wants(&outcome.check) {
                continue;
            }
            match connectors.iter_mut().find(|one| one.connector == alias) {
                Some(one) => one.checks.insert(0, outcome),
                None => {
                    let checks = vec![outcome];
                    connectors.push(CheckedConnector { connector: alias, checks, failure: None });
                }
            }
        }
        if filter.selects() {
            connectors.retain(|one| one.failure.is_some() || !one.checks.is_empty());
        }
        CheckReport { connectors }
    }
}

/// The checks of one connector in progress.
struct Run<'a> {
    servo: &'a Servo,
    connector: &'a Arc<str>,
    filter: &'a CheckFilter,
    halt_on: Severity,
    remedy: bool,
    cancel: &'a CancellationToken,
}

impl Run<'_> {
    async fn connector(&self) -> CheckedConnector {
        let mut checked =
            CheckedConnector { connector: self.connector.to_string(), checks: Vec::new(), failure: None };
        let list = match self.ask(Call::CheckList).await {
            Ok(Reply::Checks(list)) => list,
            Ok(_) => Vec::new(),
            Err(failure) => {
                checked.failure = Some(failure);
                return checked;
            }
        };
        let mut halted = false;
        for check in self.filter.select(list) {
            let outcome = if halted {
                let message = "a check before this one failed".to_owned();
                CheckOutcome {
                    check,
                    status: CheckStatus::Skipped,
                    message,
                    hint: None,
                    runtime: Default::default(),
                }
            } else {
                self.run(check).await
            };
            halted |= outcome.status == CheckStatus::Failed && outcome.check.severity >= self.halt_on;
            checked.checks.push(outcome);
        }
        checked
    }

    async fn run(&self, check: Check) -> CheckOutcome {
        let outcome = self.once(check).await;
        if !(self.remedy && outcome.check.remedy && outcome.status == CheckStatus::Failed) {
            return outcome;
        }
        let id = outcome.check.id.clone();
        match self.ask(Call::CheckRemedy { id }).await {
            Ok(reply) => {
                let done = if let Reply::Remedied(done) = reply { done } else { String::new() };
                let mut again = self.once(outcome.check).await;
                again.message = format!("{} (remedied: {done})", again.message);
                again
            }
            Err(failure) => {
                CheckOutcome { message: format!("{}; the remedy: {failure}", outcome.message), ..outcome }
            }
        }
    }

    async fn once(&self, check: Check) -> CheckOutcome {
        let start = Instant::now();
        let answer = self.ask(Call::CheckRun { id: check.id.clone() }).await;
        outcome(check, answer, start.elapsed())
    }

    async fn ask(&self, call: Call) -> Result<Reply, Failure> {
        let options = Options {
            include: vec![self.connector.to_string()],
            cancel: self.cancel.clone(),
            ..Options::default()
        };
        let outcomes = self.servo.bus.dispatch(call, options).await?;
        if let Some(by) = outcomes.cancelled_by {
            return Err(by.failure);
        }
        let answer = outcomes.answers.into_iter().next().map(|answer| answer.result);
        answer.unwrap_or_else(|| Err(Failure::new(Code::Busy, "the connector waits for this very check")))
    }
}

/// What the answer to a check means.
fn outcome(mut check: Check, answer: Result<Reply, Failure>, runtime: Duration) -> CheckOutcome {
    let (status, message, hint) = match answer {
        Ok(Reply::Checked(verdict)) if verdict.passed => (CheckStatus::Passed, verdict.message, verdict.hint),
        Ok(Reply::Checked(verdict)) => (CheckStatus::Failed, verdict.message, verdict.hint),
        Ok(_) => (CheckStatus::Failed, "the connector did not answer with a verdict".into(), None),
        // Whoever follows cannot make it, and is no less ready for that.
        Err(failure) if failure.reason.as_deref() == Some(NOT_LEADING) => {
            check.severity = Severity::Warning;
            (CheckStatus::Skipped, failure.message, None)
        }
        Err(failure) => (CheckStatus::Failed, failure.message, None),
    };
    CheckOutcome { check, status, message, hint, runtime }
}

#[cfg(test)]
mod tests;
