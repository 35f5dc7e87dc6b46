use super::*;

#[test]
fn requests_are_built_with_encoded_queries() {
    let request = get("http://p:9090/api").query("query", r#"sum(rate(x{a="b"}[1m]))"#).query("step", "1m");
    assert_eq!(
        request.url(),
        "http://p:9090/api?query=sum%28rate%28x%7Ba%3D%22b%22%7D%5B1m%5D%29%29&step=1m"
    );
    let request =
        post("http://h/").json(&serde_json::json!({"a": 1})).unwrap().timeout(Duration::from_secs(2));
    assert_eq!(request.0.body.as_deref(), Some(br#"{"a":1}"#.as_slice()));
    assert_eq!(request.0.headers, [("content-type".to_owned(), "application/json".to_owned())]);
    assert_eq!(request.0.timeout, Some(2_000));
}

#[test]
fn errors_keep_their_meaning_as_failures() {
    for (error, code) in [
        (Error::Denied("a".into()), Code::Denied),
        (Error::TimedOut("a".into()), Code::TimedOut),
        (Error::LimitExceeded("a".into()), Code::LimitExceeded),
        (Error::Unreachable("a".into()), Code::Failed),
        (Error::Cancelled, Code::Cancelled),
    ] {
        assert_eq!(Failure::from(error).code, code);
    }
}

#[test]
fn a_wrong_body_is_shown_in_the_message() {
    let response = Response { status: 200, headers: Vec::new(), body: b"<html>\nno</html>".to_vec() };
    let failure = response.json::<serde_json::Value>().expect_err("html");
    assert!(failure.message.contains("`<html> no</html>`"), "{}", failure.message);
}
