use super::*;

#[test]
fn the_operator_is_told_at_once_and_then_once_a_minute() {
    let (refusals, start) = (Refusals::default(), Instant::now());
    let mut told = Vec::new();
    for second in [0, 1, 30, 59, 60, 61, 130, 131] {
        let note = refusals.note("a/b", start + Duration::from_secs(second));
        told.extend(note.map(|note| format!("{second}: {note}")));
    }
    assert_eq!(
        told,
        [
            "0: a request without the right token was refused",
            "60: 4 more requests without the right token were refused",
            "130: 2 more requests without the right token were refused",
        ]
    );
    assert!(refusals.note("a/c", start).is_some(), "each application has its own");
}
