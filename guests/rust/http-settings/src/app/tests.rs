use super::*;
use crate::options::tests::web;

fn answer(status: u16, body: &str) -> http::Response {
    http::Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
}

#[test]
fn only_a_refusal_of_the_values_is_a_rejection() {
    for (status, wanted) in [
        (200, None),
        (204, None),
        (301, Some(Code::Failed)),
        (400, Some(Code::Rejected)),
        (401, Some(Code::Failed)),
        (404, Some(Code::Failed)),
        (409, Some(Code::Rejected)),
        (422, Some(Code::Rejected)),
        (429, Some(Code::Failed)),
        (500, Some(Code::Failed)),
    ] {
        let taken = taken("PATCH", "http://h/settings", &answer(status, "too\nmany workers"));
        assert_eq!(taken.as_ref().err().map(|failure| failure.code), wanted, "{status}");
        if let Err(failure) = taken {
            assert!(
                failure.message.contains(&format!("HTTP {status}: `too many workers`")),
                "{}",
                failure.message
            );
        }
    }
}

#[test]
fn what_is_read_must_be_json() {
    assert_eq!(document("http://h/s", &answer(200, r#"{"a":1}"#)).unwrap(), json!({"a": 1}));
    for (response, text) in [
        (answer(404, "no"), "GET http://h/s answered HTTP 404: `no`; check `get.path`"),
        (answer(200, "<html>"), "GET http://h/s: the answer is not the JSON expected"),
    ] {
        let failure = document("http://h/s", &response).unwrap_err();
        assert!(failure.message.starts_with(text), "{}", failure.message);
    }
}

#[test]
fn paths_stand_below_the_url() {
    let app = App::new(&web());
    assert_eq!(
        (app.get_url(), app.set.as_str(), app.method),
        ("http://h:80/settings", "http://h:80/settings", "PATCH")
    );
    assert_eq!(app.ready.as_ref().map(|(url, _)| url.as_str()), Some("http://h:80/ready"));
}
