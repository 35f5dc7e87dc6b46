use super::*;

#[test]
fn answers_are_taken_apart() {
    let answer = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\nno";
    let expected = Response {
        status: 404,
        headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
        body: b"no".to_vec(),
    };
    assert_eq!(parse(answer), Some(expected));
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    assert_eq!(parse(chunked).unwrap().text(), "abcde");
    for broken in [
        "",
        "HTTP/1.1 200 OK\r\n",
        "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nx",
    ] {
        assert_eq!(parse(broken.as_bytes()), None, "{broken:?}");
    }
    assert!(get("https://example.com").is_err());
}
