use std::io;

use super::*;

fn file(path: &str) -> io::Result<Vec<u8>> {
    match path {
        "body.json" => Ok(b"{\"a\":1}".to_vec()),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    }
}

fn summary(targets: &[Target]) -> Vec<String> {
    targets
        .iter()
        .map(|target| {
            let headers: Vec<String> = target
                .headers
                .iter()
                .map(|(name, value)| format!("{name}={}", value.to_str().unwrap()))
                .collect();
            let body = String::from_utf8_lossy(&target.body);
            format!("{} {} [{}] {body}", target.method, target.url, headers.join(" "))
        })
        .collect()
}

#[test]
fn the_http_format_is_read() {
    let cases: [(&str, &[&str]); 5] = [
        ("GET http://a/", &["GET http://a/ [] "]),
        (
            "\n# comment\nGET http://a/x?y=1\n\nHEAD https://b:8443/\n",
            &["GET http://a/x?y=1 [] ", "HEAD https://b:8443/ [] "],
        ),
        ("GET http://a/\nGET http://b/\n", &["GET http://a/ [] ", "GET http://b/ [] "]),
        (
            "POST http://a/p\nContent-Type: application/json\nX-A: 1:2\n# not a header\nX-a:3\n@body.json\n",
            &[r#"POST http://a/p [Content-Type=application/json X-A=1:2 X-a=3] {"a":1}"#],
        ),
        ("PURGE   http://a/  \r\nHost: other\r\n", &["PURGE http://a/ [Host=other] "]),
    ];
    for (text, expected) in cases {
        assert_eq!(summary(&parse_http(text, &file).unwrap()), expected, "{text}");
    }
}

#[test]
fn a_mistake_in_the_http_format_names_its_line() {
    let cases = [
        ("", "targets, line 1: no target found; write one as `GET http://host/path`"),
        ("# only\n\n", "targets, line 2: no target found; write one as `GET http://host/path`"),
        (
            "http://a/",
            "targets, line 1: `http://a/` is not a target; expected `METHOD URL`, such as `GET http://host/path`",
        ),
        (
            "\nget http://a/",
            "targets, line 2: `get` is not a method; expected upper case, such as `GET` or `POST`",
        ),
        ("GET /x", "targets, line 1: `/x` is not an absolute URL; write one like `http://host:8080/path`"),
        (
            "GET ftp://a/",
            "targets, line 1: `ftp://a/` has a scheme that cannot be attacked; use http:// or https://",
        ),
        ("GET http://a/\nnonsense", "targets, line 2: `nonsense` is not a header; expected `Name: value`"),
        ("GET http://a/\nX-A:", "targets, line 2: `X-A:` is not a header; expected `Name: value`"),
        ("GET http://a/\nX-a b: c", "targets, line 2: `X-a b: c` is not a header; expected `Name: value`"),
        ("GET http://a/\n@gone", "targets, line 2: body file `gone` cannot be read: entity not found"),
    ];
    for (text, message) in cases {
        assert_eq!(parse_http(text, &file).unwrap_err().to_string(), message, "{text}");
    }
}

#[test]
fn the_json_format_is_read() {
    let text = concat!(
        r#"{"method":"GET","url":"http://a/"}"#,
        "\n\n",
        r#"{"method":"POST","url":"https://b/x","header":{"X-A":["1","2"]},"body":"aGVsbG8="}"#,
    );
    let expected = ["GET http://a/ [] ", "POST https://b/x [X-A=1 X-A=2] hello"];
    assert_eq!(summary(&parse_json(text).unwrap()), expected);
}

#[test]
fn a_mistake_in_the_json_format_names_its_line() {
    let cases = [
        (
            "",
            r#"targets, line 1: no target found; write one as `{"method": "GET", "url": "http://host/path"}`"#,
        ),
        (
            r#"{"method":"GET"}"#,
            "targets, line 1: not a target in JSON: missing field `url` at line 1 column 16; \
             expected an object with `method`, `url`, `header`, `body`",
        ),
        (
            "{\"method\":\"GET\",\"url\":\"http://a/\"}\n{\"method\":\"GET\",\"url\":\"http://a/\",\"x\":1}",
            "targets, line 2: not a target in JSON: unknown field `x`, expected one of `method`, `url`, `header`, \
             `body` at line 1 column 37; expected an object with `method`, `url`, `header`, `body`",
        ),
        (
            r#"{"method":"get","url":"http://a/"}"#,
            "targets, line 1: `get` is not a method; expected upper case, such as `GET` or `POST`",
        ),
        (
            r#"{"method":"GET","url":"http://a/","header":{"A":["b\r\nc: d"]}}"#,
            "targets, line 1: `A: b\r\nc: d` is not a header; expected `Name: value`",
        ),
        (
            r#"{"method":"GET","url":"http://a/","body":"?"}"#,
            "targets, line 1: `body` is not base64: Invalid symbol 63, offset 0.; encode the bytes with the standard alphabet",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(parse_json(text).unwrap_err().to_string(), message, "{text}");
    }
}
