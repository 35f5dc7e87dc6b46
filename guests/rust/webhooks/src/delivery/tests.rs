use super::*;

fn answered(status: u16, body: &str) -> Response {
    Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
}

#[test]
fn only_a_plain_word_cancels_and_what_is_no_verdict_is_a_failure() {
    let no_object = "the answer is no verdict: an answer is empty or a JSON object, not";
    let no_bool = "the answer is no verdict: `cancel` is true or false, not";
    let cases = [
        (r#"{"cancel": true, "reason": "freeze"}"#, Some((Code::Cancelled, "freeze".to_owned()))),
        (r#"{"cancel": true}"#, Some((Code::Cancelled, "it gave no reason".to_owned()))),
        (r#"{"cancel": true, "reason": 5}"#, Some((Code::Cancelled, "5".to_owned()))),
        (r#"{"cancel": false, "reason": "freeze"}"#, None),
        (r#"{"cancel": null}"#, None),
        (r#"{"taken": true}"#, None),
        (r#"{"cancel": "true"}"#, Some((Code::Failed, format!(r#"{no_bool} `{{"cancel": "true"}}`"#)))),
        ("[true]", Some((Code::Failed, format!("{no_object} `[true]`")))),
        ("<html>", Some((Code::Failed, format!("{no_object} `<html>`")))),
        (" \n", None),
        ("", None),
    ];
    for (body, expected) in cases {
        let verdict = verdict(&answered(200, body));
        let message = verdict.map_err(|failure| (failure.code, failure.message)).err();
        assert_eq!(message, expected, "{body}");
    }
}

#[test]
fn what_may_pass_is_tried_again() {
    let again = |status| may_pass(&answered(status, ""));
    assert_eq!([429, 500, 503, 400, 404, 302].map(again), [true, true, true, false, false, false]);
}
