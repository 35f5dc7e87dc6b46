use super::*;

#[test]
fn targets_in_the_http_format() {
    for (text, wrong) in [
        ("GET http://h/", None),
        (
            "# all\n\nGET http://h/\nAccept: text/html\n\nPOST https://h:8443/x?y=z\nContent-Type: a/b\n@body.json\n",
            None,
        ),
        ("", Some("no target")),
        ("# nothing", Some("no target")),
        ("get http://h/", Some("line 1")),
        ("GET h/", Some("`h/` is not an address")),
        ("GET http:///", Some("not an address")),
        ("Accept: x\nGET http://h/", Some("line 1")),
        ("GET http://h/\n\nwhat is this", Some("line 3")),
        ("GET http://h/\nX-Empty:", Some("line 2")),
    ] {
        match (check(Format::Http, text), wrong) {
            (Ok(()), None) => {}
            (Err(why), Some(wrong)) if why.contains(wrong) => {}
            (found, _) => panic!("{text}: {found:?}"),
        }
    }
}

#[test]
fn targets_in_the_json_format() {
    for (text, wrong) in [
        (r#"{"method":"GET","url":"http://h/"}"#, None),
        ("{\"method\":\"PUT\",\"url\":\"http://h/\",\"header\":{\"A\":[\"b\"]},\"body\":\"e30=\"}\n\n", None),
        ("", Some("no target")),
        (r#"{"method":"FETCH","url":"http://h/"}"#, Some("`FETCH` is not a method")),
        (r#"{"method":"GET","url":"h"}"#, Some("not an address")),
        (r#"{"method":"GET","url":"http://h/","more":1}"#, Some("more")),
        (r#"{"method":"GET","url":"http://h/","header":{"A":"b"}}"#, Some("line 1")),
        (r#"{"method":"GET","url":"http://h/","body":{}}"#, Some("body")),
        ("GET http://h/", Some("line 1")),
    ] {
        match (check(Format::Json, text), wrong) {
            (Ok(()), None) => {}
            (Err(why), Some(wrong)) if why.contains(wrong) => {}
            (found, _) => panic!("{text}: {found:?}"),
        }
    }
}
