use super::*;

#[test]
fn urls_are_taken_apart() {
    let cases = [
        ("http://Example.com", Scheme::Http, "example.com", 80, "/", "example.com"),
        ("https://example.com/a?b=c#d", Scheme::Https, "example.com", 443, "/a?b=c", "example.com"),
        ("http://127.0.0.1:8080/x", Scheme::Http, "127.0.0.1", 8080, "/x", "127.0.0.1:8080"),
        ("http://[::1]:8080?q", Scheme::Http, "::1", 8080, "/?q", "[::1]:8080"),
        ("https://h:80/", Scheme::Https, "h", 80, "/", "h:80"),
    ];
    for (text, scheme, host, port, path, authority) in cases {
        let url: Url = text.parse().unwrap();
        assert_eq!((url.scheme, url.host.as_str(), url.port, url.path.as_str()), (scheme, host, port, path));
        assert_eq!(url.authority(), authority);
        assert_eq!(url.to_string().parse::<Url>().unwrap(), url);
    }
}

#[test]
fn what_is_no_url_says_so() {
    for text in
        ["", "/path", "example.com", "http://", "http://h:0/", "http://h:99999/", "http://h:/", "http://a b/"]
    {
        assert_eq!(text.parse::<Url>(), Err(UrlError::Invalid(text.to_owned())), "{text}");
    }
    assert!(matches!("ftp://h/".parse::<Url>(), Err(UrlError::Scheme(_))));
    assert!(matches!("http://u:p@h/".parse::<Url>(), Err(UrlError::Credentials(_))));
}
