use super::*;

#[test]
fn pauses_double_and_end_by_number_and_by_time() {
    for (passed, expected) in
        [(0, vec![1, 2, 4, 8, 16]), (50, vec![1, 2, 4, 8]), (59, vec![1]), (60, vec![]), (300, vec![])]
    {
        let mut patience = Patience::default();
        let pauses: Vec<u64> = (0..8)
            .filter_map(|_| patience.pause(Duration::from_secs(passed)))
            .map(|pause| pause.as_secs())
            .collect();
        assert_eq!(pauses, expected, "after {passed} s");
        patience.answered();
        assert_eq!(patience.pause(Duration::ZERO), Some(FIRST));
    }
}

#[test]
fn only_connectors_that_are_built_again_are_waited_for() {
    let failed = |reason: Option<&str>| {
        let failure = Failure::failed("no");
        ("a".to_owned(), reason.map_or(failure.clone(), |reason| failure.because(reason)))
    };
    let (built, broken, other) = (Some("restarting"), Some("panic"), None);
    for (reasons, expected) in [
        (vec![built], true),
        (vec![built, built], true),
        (vec![], false),
        (vec![other], false),
        (vec![broken, built], false),
    ] {
        let failures: Vec<_> = reasons.iter().copied().map(failed).collect();
        assert_eq!(restarting(&failures), expected, "{reasons:?}");
    }
}
