use std::time::Duration;

use servo_assembly::{CheckReport, CheckedConnector};
use servo_types::{Check, CheckOutcome, CheckStatus, Failure, Severity};

use super::table;

fn outcome(
    name: &str,
    severity: Severity,
    status: CheckStatus,
    message: &str,
    hint: Option<&str>,
) -> CheckOutcome {
    let check = Check {
        id: name.to_lowercase(),
        name: name.to_owned(),
        description: String::new(),
        severity,
        tags: vec!["net".to_owned()],
        remedy: false,
    };
    let (message, hint) = (message.to_owned(), hint.map(str::to_owned));
    CheckOutcome { check, status, message, hint, runtime: Duration::ZERO }
}

fn report() -> CheckReport {
    let checks = vec![
        outcome("Reachable", Severity::Critical, CheckStatus::Passed, "fine", None),
        outcome("Load", Severity::Warning, CheckStatus::Failed, "meh", None),
        outcome("Targets", Severity::Common, CheckStatus::Failed, "none", Some("name one")),
        outcome("Rates", Severity::Common, CheckStatus::Skipped, "not run", None),
    ];
    CheckReport {
        connectors: vec![
            CheckedConnector { connector: "load".into(), checks, failure: None },
            CheckedConnector {
                connector: "app".into(),
                checks: Vec::new(),
                failure: Some(Failure::failed("gone")),
            },
            CheckedConnector { connector: "wait".into(), checks: Vec::new(), failure: None },
        ],
    }
}

#[test]
fn failures_are_numbered_by_connector() {
    assert_eq!(
        table(&report(), false),
        "CONNECTOR  STATUS    ERRORS\n\
         load       X FAILED  (1/2) warning: Load: meh\n                     \
                              (2/2) Targets: none (name one)\n\
         app        X FAILED  failed: gone\n\
         wait       √ PASSED\n"
    );
}

#[test]
fn verbose_shows_every_check() {
    assert_eq!(
        table(&report(), true),
        "CONNECTOR  CHECK      ID         TAGS  STATUS     MESSAGE\n\
         load       Reachable  reachable  net   √ PASSED   fine\n\
         load       Load       load       net   ! WARNING  meh\n\
         load       Targets    targets    net   X FAILED   none\n                                                  \
                                                          name one\n\
         load       Rates      rates      net   - SKIPPED  not run\n\
         app                                    X FAILED   failed: gone\n"
    );
}
