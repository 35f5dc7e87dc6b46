use servo_events::Verdict;

use super::*;

fn check(name: &str, severity: Severity, tags: &[&str]) -> Check {
    Check {
        id: name.to_lowercase().replace(' ', "-"),
        name: name.to_owned(),
        description: String::new(),
        severity,
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        remedy: false,
    }
}

fn ids(filter: &CheckFilter) -> Vec<String> {
    let checks = vec![
        check("Connect", Severity::Critical, &["net"]),
        check("Active targets", Severity::Common, &["net", "data"]),
        check("Run query one", Severity::Common, &["data"]),
        check("Access", Severity::Critical, &["net"]),
        check("Run query two", Severity::Warning, &[]),
    ];
    filter.select(checks).into_iter().map(|check| check.id).collect()
}

#[test]
fn kinds_of_filters_must_all_agree_and_critical_checks_before_come_along() {
    let patterns = |text: &str| if text.is_empty() { Vec::new() } else { Pattern::list(text).unwrap() };
    for (name, id, tag, expected) in [
        ("", "", "", &["connect", "active-targets", "run-query-one", "access", "run-query-two"][..]),
        ("Active targets", "", "", &["connect", "active-targets"]),
        ("/^Run/", "", "", &["connect", "run-query-one", "access", "run-query-two"]),
        ("", "active-targets,run-query-one", "", &["connect", "active-targets", "run-query-one"]),
        ("", "/one$/", "", &["connect", "run-query-one"]),
        ("", "", "data", &["connect", "active-targets", "run-query-one"]),
        ("", "", "/^da/", &["connect", "active-targets", "run-query-one"]),
        ("/query/", "", "data", &["connect", "run-query-one"]),
        ("Connect", "", "", &["connect"]),
        ("active targets", "", "", &[]),
    ] {
        let filter = CheckFilter {
            connectors: Vec::new(),
            name: patterns(name),
            id: patterns(id),
            tag: patterns(tag),
            ..CheckFilter::default()
        };
        assert_eq!(ids(&filter), expected, "{filter:?}");
    }
}

#[test]
fn what_only_the_leader_can_check_keeps_nobody_from_following() {
    let verdict = |passed| Ok(Reply::Checked(Verdict { passed, message: String::new(), hint: None }));
    let failed = || Failure::new(Code::Cancelled, "no");
    for (answer, status, ready) in [
        (verdict(true), CheckStatus::Passed, true),
        (verdict(false), CheckStatus::Failed, false),
        (Err(failed()), CheckStatus::Failed, false),
        (Err(failed().because(NOT_LEADING)), CheckStatus::Skipped, true),
    ] {
        let outcome = outcome(check("Load", Severity::Critical, &[]), answer, Duration::ZERO);
        assert_eq!((outcome.status, outcome.ready()), (status, ready), "{outcome:?}");
    }
}

#[test]
fn only_a_warning_that_fails_leaves_a_servo_ready() {
    for (severity, ready) in
        [(Severity::Critical, false), (Severity::Common, false), (Severity::Warning, true)]
    {
        let failed = Reply::Checked(Verdict { passed: false, message: "no".to_owned(), hint: None });
        let outcome = outcome(check("Load", severity, &[]), Ok(failed), Duration::ZERO);
        assert_eq!((outcome.status, outcome.ready()), (CheckStatus::Failed, ready), "{outcome:?}");
    }
}
