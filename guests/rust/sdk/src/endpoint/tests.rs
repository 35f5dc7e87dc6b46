use super::*;

#[test]
fn only_addresses_are_taken_and_lose_their_trailing_slash() {
    for (text, wanted) in [
        ("http://prometheus:9090/", Some("http://prometheus:9090")),
        ("https://host/base/", Some("https://host/base")),
        ("prometheus:9090", None),
        ("http://", None),
        ("http:///path", None),
        ("http://a b", None),
        ("ftp://host", None),
    ] {
        let read = serde_json::from_value::<Endpoint>(text.into());
        assert_eq!(read.as_ref().ok().map(Endpoint::as_str), wanted, "{text}: {read:?}");
    }
}

#[test]
fn the_schema_grants_the_origin() {
    let schema = crate::settings::schema::<Endpoint>();
    assert_eq!(schema["x-servo-grant"], "http");
    assert_eq!(schema["format"], "uri");
}
