use super::*;
use crate::options::tests::web;

fn adjust(component: &str, setting: &str, value: impl Into<servo_sdk::contract::Value>) -> Adjustment {
    Adjustment { component: component.into(), setting: setting.into(), value: value.into() }
}

fn before() -> Value {
    json!({"workers": 40, "deep": {"ratio": "1.5"}, "eviction": "fifo", "port": 80})
}

fn planned(adjustments: &[Adjustment]) -> Result<Vec<(String, Value)>, Failure> {
    let mut seen = Seen::default();
    seen.remember(&web(), &before());
    seen.remember(&web(), &json!({"workers": 7}));
    let wanted = plan(&web(), adjustments, &seen, &before())?;
    Ok(wanted.into_iter().map(|wanted| (wanted.pointer, wanted.value)).collect())
}

#[test]
fn only_own_settings_are_planned_and_the_last_word_counts() {
    let wanted = planned(&[
        adjust("db", "workers", 99.0),
        adjust("web", "workers", 4.0),
        adjust("web", "ratio", 1.25),
        adjust("web", "workers", "8"),
        adjust("web", "port", 80.0),
        adjust("web", "eviction", "true"),
    ]);
    assert_eq!(
        wanted.unwrap(),
        [
            ("/deep/ratio".to_owned(), json!("1.25")),
            ("/workers".to_owned(), json!(8)),
            ("/eviction".to_owned(), json!(true)),
        ]
    );
    assert_eq!(planned(&[adjust("db", "x", 1.0)]).unwrap(), []);
}

#[test]
fn what_cannot_be_taken_is_refused_before_anything_is_sent() {
    for (adjustment, code, reason, text) in [
        (
            adjust("web", "workers", 17.0),
            Code::Rejected,
            "out-of-range",
            "web.workers cannot be 17: not within 1 to 16",
        ),
        (
            adjust("web", "eviction", "random"),
            Code::Rejected,
            "out-of-range",
            "not one of fifo, lru, true, 3",
        ),
        (adjust("web", "port", 81.0), Code::Rejected, "pinned", "81 was asked"),
        (
            adjust("web", "threads", 1.0),
            Code::Failed,
            "unknown-setting",
            "it has workers, ratio, eviction, port",
        ),
    ] {
        let failure = planned(&[adjust("web", "ratio", 1.0), adjustment]).unwrap_err();
        assert_eq!((failure.code, failure.reason.as_deref()), (code, Some(reason)), "{}", failure.message);
        assert!(failure.message.contains(text), "{}", failure.message);
    }
}

#[test]
fn the_way_back_to_the_start_stays_open() {
    // The application started with 40 workers, outside of the declared range.
    assert_eq!(planned(&[adjust("web", "workers", 40.0)]).unwrap(), [("/workers".to_owned(), json!(40))]);
}

#[test]
fn a_change_that_is_not_shown_is_rejected() {
    let wanted = [
        Wanted { name: "workers".into(), pointer: "/workers".into(), value: json!(4) },
        Wanted { name: "ratio".into(), pointer: "/deep/ratio".into(), value: json!(1.5) },
    ];
    verify(&json!({"workers": 4.0, "deep": {"ratio": "1.50"}}), &wanted).unwrap();
    let failure = verify(&json!({"workers": 2}), &wanted).unwrap_err();
    assert_eq!((failure.code, failure.reason.as_deref()), (Code::Rejected, Some("not-applied")));
    assert!(failure.message.ends_with("`workers` is 2 and not 4, `ratio` is not shown at `/deep/ratio`"));
    assert_eq!(summary("web", &wanted), "web.workers=4, web.ratio=1.5");
}
