use super::*;

fn rest(text: &str) -> io::Result<(String, Content)> {
    read(&mut text.as_bytes(), Unsaid::Rest)
}

#[test]
fn messages_are_taken_apart() {
    let (first, content) = rest("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\nno").unwrap();
    let headers = vec![("content-type".to_owned(), "text/plain".to_owned())];
    assert_eq!(
        (first.as_str(), content),
        ("HTTP/1.1 404 Not Found", Content { headers, body: b"no".to_vec() })
    );
    let bodies = [
        ("transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde"),
        ("content-length: 2\r\n\r\nabc", "ab"),
        ("\r\nab", "ab"),
    ];
    for (text, body) in bodies {
        assert_eq!(rest(&format!("HTTP/1.1 200 OK\r\n{text}")).unwrap().1.text(), body);
    }
    assert_eq!(read(&mut &b"GET / HTTP/1.1\r\n\r\nab"[..], Unsaid::Empty).unwrap().1.body, b"");
    for broken in [
        "",
        "HTTP/1.1 200 OK\r\n",
        "nonsense\r\nno header\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nx",
    ] {
        assert!(rest(broken).is_err(), "{broken:?}");
    }
}
