use super::*;
use crate::points::tests::report;

#[test]
fn checks_judge_the_attack_that_was_made() {
    let tried = |reports, requests, success| Tried { reports, total: report(2.0, requests, success) };
    for (id, tried, passed) in [
        (EXECUTION, tried(4, 100.0, 1.0), true),
        (EXECUTION, tried(0, 0.0, 0.0), false),
        (REPORTS, tried(4, 100.0, 1.0), true),
        (REPORTS, tried(0, 0.0, 0.0), false),
        (ERROR_RATE, tried(4, 100.0, 0.96), true),
        (ERROR_RATE, tried(4, 100.0, 0.95), false),
    ] {
        let outcome = judge(id, &tried).unwrap();
        assert_eq!(outcome.passed, passed, "{id}: {outcome:?}");
        assert_eq!(outcome.hint.is_some(), !passed);
    }
    assert!(judge("other", &tried(1, 1.0, 1.0)).is_err());
    let mut refused = tried(4, 10.0, 0.0);
    refused.total.errors.push("connection refused".to_owned());
    assert!(judge(ERROR_RATE, &refused).unwrap().message.ends_with("connection refused"));
}
