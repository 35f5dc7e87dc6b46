use super::*;
use crate::options::tests::web;

#[test]
fn values_outside_of_their_range_are_a_warning() {
    let checks = list(&web());
    let ids: Vec<(&str, Severity)> = checks.iter().map(|check| (check.id.as_str(), check.severity)).collect();
    assert_eq!(
        ids[..3],
        [("reach", Severity::Critical), ("pointers", Severity::Common), ("ready", Severity::Common),]
    );
    assert!(ids[3..].iter().all(|(_, severity)| *severity == Severity::Warning));
}

#[test]
fn the_document_is_judged() {
    let document = json!({"workers": 40, "eviction": "lru", "deep": {"ratio": []}});
    for (id, passed, text) in [
        ("reach", true, "shows"),
        ("pointers", false, "`port` at `/port`"),
        ("range-0", false, "the value 40 is not within 1 to 16"),
        ("range-1", false, "of another kind"),
        ("range-2", true, "\"lru\""),
        ("range-3", false, "no value"),
    ] {
        let outcome = judge(id, &web(), &document).unwrap();
        assert_eq!(outcome.passed, passed, "{id}: {outcome:?}");
        assert!(outcome.message.contains(text), "{id}: {outcome:?}");
        assert_eq!(outcome.hint.is_some(), !passed, "{id}");
    }
    assert!(judge("range-9", &web(), &document).is_err());
}
