use super::*;

fn active(job: &str, health: &str) -> ActiveTarget {
    serde_json::from_value(json!({"labels": {"job": job}, "health": health, "lastError": "refused"})).unwrap()
}

#[test]
fn each_query_has_a_check_and_the_first_check_is_critical() {
    let settings: Settings = serde_json::from_value(crate::Prometheus::example()).unwrap();
    let checks = list(&settings);
    let ids: Vec<&str> = checks.iter().map(|check| check.id.as_str()).collect();
    assert_eq!(ids, ["connect", "targets", "query-0", "query-1"]);
    assert_eq!(checks[0].name, "Connect to \"http://prometheus:9090\"");
    assert_eq!(checks[0].severity, Severity::Critical);
}

#[test]
fn targets_must_be_there_and_one_of_them_up() {
    let expected: Target = serde_json::from_value(json!({"labels": {"job": "web"}})).unwrap();
    for (targets, expected, passed, message) in [
        (vec![], vec![], false, "no target"),
        (vec![active("web", "up"), active("db", "down")], vec![expected.clone()], true, "1 of 2"),
        (vec![active("db", "up")], vec![expected], false, "job=web"),
        (vec![active("db", "down")], vec![], false, "refused"),
    ] {
        let outcome = scraped(&targets, &expected);
        assert_eq!(outcome.passed, passed, "{outcome:?}");
        assert!(outcome.message.contains(message), "{outcome:?}");
        assert_eq!(outcome.hint.is_some(), !passed);
    }
}
