use super::*;

fn parse(text: &str) -> Target {
    crate::targets::parse_http(text, &|_| Ok(b"body".to_vec())).unwrap().remove(0)
}

#[test]
fn http1_requests_are_complete() {
    let agent = format!("User-Agent: {USER_AGENT}\r\n");
    let cases = [
        ("GET http://a:8080/x", true, format!("GET /x HTTP/1.1\r\nHost: a:8080\r\n{agent}\r\n")),
        ("GET https://a", true, format!("GET / HTTP/1.1\r\nHost: a\r\n{agent}\r\n")),
        ("GET http://a", false, format!("GET / HTTP/1.1\r\nHost: a\r\n{agent}Connection: close\r\n\r\n")),
        ("POST http://a", true, format!("POST / HTTP/1.1\r\nHost: a\r\n{agent}Content-Length: 0\r\n\r\n")),
        (
            "PUT http://a\nuser-agent: me\nhost: b\ntransfer-encoding: chunked\n@file",
            true,
            "PUT / HTTP/1.1\r\nHost: b\r\nuser-agent: me\r\nContent-Length: 4\r\n\r\nbody".to_owned(),
        ),
    ];
    for (text, keepalive, expected) in cases {
        assert_eq!(String::from_utf8(http1(&parse(text), keepalive)).unwrap(), expected, "{text}");
    }
}

#[test]
fn http2_requests_have_no_header_of_the_connection() {
    let text = "PUT https://a/x?y\nHost: b:1\nConnection: close\nTE: trailers\nX-A: 1\nX-A: 2\n@file";
    let request = http2(&parse(text));
    assert_eq!(request.uri(), "https://b:1/x?y");
    let mut headers: Vec<_> =
        request.headers().iter().map(|(name, value)| format!("{name}={}", value.to_str().unwrap())).collect();
    headers.sort();
    assert_eq!(headers, ["content-length=4", &format!("user-agent={USER_AGENT}"), "x-a=1", "x-a=2"]);
}
