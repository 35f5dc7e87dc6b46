use super::*;

fn answered(status: u16, body: &str) -> Response {
    Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
}

#[test]
fn only_a_plain_word_cancels() {
    let cases = [
        (r#"{"cancel": true, "reason": "freeze"}"#, Some("webhook gate: freeze")),
        (r#"{"cancel": true}"#, Some("webhook gate: it gave no reason")),
        (r#"{"cancel": false, "reason": "freeze"}"#, None),
        (r#"{"cancel": "yes"}"#, None),
        ("cancel", None),
        ("", None),
    ];
    for (body, expected) in cases {
        let verdict = verdict("gate", &answered(200, body));
        let message = verdict.map_err(|failure| (failure.code, failure.message)).err();
        assert_eq!(message, expected.map(|text| (Code::Cancelled, text.to_owned())), "{body}");
    }
}

#[test]
fn what_may_pass_is_tried_again() {
    let again = |status| may_pass(&answered(status, ""));
    assert_eq!([429, 500, 503, 400, 404, 302].map(again), [true, true, true, false, false, false]);
}
