use super::*;

fn chosen(patterns: &[(&str, Option<&str>)], environment: &Environment, url: &str) -> Option<String> {
    let patterns: Vec<_> =
        patterns.iter().map(|(pattern, proxy)| ((*pattern).to_owned(), proxy.map(str::to_owned))).collect();
    choose(&patterns, environment, &Url::parse(url).unwrap()).proxy.map(|(proxy, _)| proxy)
}

#[test]
fn the_pattern_that_says_most_decides() {
    let patterns = [
        ("all://", Some("http://all")),
        ("https://", Some("http://tls")),
        ("all://*.example.com", Some("http://below")),
        ("https://api.example.com", None),
        ("https://api.example.com:8443", Some("http://port")),
        ("all://*example.org", Some("http://org")),
        ("http://[::1]:80", Some("http://six")),
    ];
    let table = [
        ("http://other.test/", Some("http://all")),
        ("https://other.test/", Some("http://tls")),
        ("http://a.example.com/", Some("http://below")),
        ("https://a.example.com/", Some("http://below")),
        ("https://api.example.com/", None),
        ("https://API.example.com:8443/", Some("http://port")),
        ("http://example.com/", Some("http://all")),
        ("http://example.org/", Some("http://org")),
        ("http://x.example.org/", Some("http://org")),
        ("http://badexample.org/", Some("http://all")),
        ("http://[::1]/", Some("http://six")),
    ];
    for (url, proxy) in table {
        assert_eq!(chosen(&patterns, &Environment::default(), url).as_deref(), proxy, "{url}");
    }
}

#[test]
fn what_no_pattern_is_about_the_environment_decides() {
    let some = |text: &str| Some(text.to_owned());
    let environment =
        Environment { http: some("http://h"), https: None, all: some("http://a"), none: some("localhost") };
    let table = [
        ("http://x.test/", Some("http://h")),
        ("https://x.test/", Some("http://a")),
        ("https://own.test/", None),
    ];
    for (url, proxy) in table {
        assert_eq!(chosen(&[("all://own.test", None)], &environment, url).as_deref(), proxy, "{url}");
    }
    let none = |patterns: &[(String, Option<String>)]| {
        choose(patterns, &environment, &Url::parse("http://x.test").unwrap()).none
    };
    assert_eq!(none(&[]).as_deref(), Some("localhost"));
    assert_eq!(none(&[("all://".to_owned(), some("http://p"))]).as_deref(), Some("localhost"));
    // Who names a host means it.
    assert_eq!(none(&[("all://x.test".to_owned(), some("http://p"))]), None);
}

#[test]
fn an_address_that_is_no_proxy_is_not_repeated() {
    let proxied =
        Proxied { proxy: Some(("socks5://u:hidden@h".to_owned(), "all://".to_owned())), none: None };
    let error = proxied.apply(reqwest::Client::builder()).unwrap_err().to_string();
    assert_eq!(
        error,
        "the proxy for `all://` is not an address of a proxy: write http://HOST:PORT or https://HOST:PORT"
    );
}
