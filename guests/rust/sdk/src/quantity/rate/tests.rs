use super::*;

#[test]
fn rates_are_read_strictly() {
    for (json, wanted) in [
        (r#""50/1s""#, Some("50/1s")),
        (r#""3000/m""#, Some("3000/1m")),
        ("50", Some("50/1s")),
        (r#""0""#, Some("0/1s")),
        (r#""infinity""#, Some("0/1s")),
        (r#""50/""#, None),
        (r#""50/0s""#, None),
        (r#""+50/1s""#, None),
        (r#""fast""#, None),
        ("-1", None),
        ("1.5", None),
        ("5000000000", None),
    ] {
        let read = serde_json::from_str::<Rate>(json);
        assert_eq!(read.as_ref().ok().map(Rate::to_string).as_deref(), wanted, "{json}: {read:?}");
    }
}
