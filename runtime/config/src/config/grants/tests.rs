use super::*;

#[test]
fn origins_are_scheme_host_and_port() {
    for (url, shown) in [
        ("http://a", "http://a:80"),
        ("HTTPS://A.B:8443/path?q#f", "https://a.b:8443"),
        ("https://[::1]", "https://[::1]:443"),
        ("http://10.0.0.1:1/", "http://10.0.0.1:1"),
        ("http://a_b-c:80", "http://a_b-c:80"),
        ("http://a\\@b", "http://a:80"),
    ] {
        assert_eq!(Endpoint::of_url(url).unwrap().to_string(), shown, "{url}");
    }
    for url in [
        "a:80",
        "ftp://a",
        "http://",
        "http://:80",
        "http://a:0",
        "http://a:65536",
        "http://a:x",
        "http://u:p@a",
        "http://a b",
        "http://[::1",
        "http://[a]",
        "http://a:1:2",
        "http://é",
        "file:///etc/passwd",
        "http://a%2f",
        "http://*.a",
        "http://[::1]80",
    ] {
        let error = Endpoint::of_url(url).unwrap_err().to_string();
        assert!(!error.contains("u:p"), "{error}");
    }
    assert!(Endpoint::parse_origin("http://a/").is_ok());
    assert!(Endpoint::parse_origin("http://a/b").is_err());
}

#[test]
fn a_star_stands_for_the_hosts_below_a_domain_in_grants_only() {
    for (text, shown) in [
        ("https://*.Example.com", "https://*.example.com:443"),
        ("http://*.example.com:8080/", "http://*.example.com:8080"),
        ("https://example.com", "https://example.com:443"),
    ] {
        assert_eq!(Endpoint::parse_granted(text).unwrap().to_string(), shown, "{text}");
    }
    for wrong in
        ["https://*", "https://*.", "https://*.*.a", "https://a.*.b", "https://*.10.0.0.1", "https://*.[::1]"]
    {
        assert!(Endpoint::parse_granted(wrong).is_err(), "{wrong}");
    }
    assert!(Endpoint::of_url("https://*.example.com").is_err());
}

#[test]
fn address_ranges_contain_their_prefix() {
    for (range, address, inside) in [
        ("10.0.0.0/8", "10.255.0.1", true),
        ("10.0.0.0/8", "11.0.0.1", false),
        ("0.0.0.0/0", "255.1.1.1", true),
        ("::/0", "fe80::1", true),
        ("fe80::/10", "fe80::1", true),
        ("fe80::/10", "10.0.0.1", false),
        ("169.254.169.254", "169.254.169.254", true),
    ] {
        let range = AddressRange::parse(range).unwrap();
        assert_eq!(range.contains(address.parse().unwrap()), inside, "{range:?} {address}");
    }
    for wrong in ["", "10.0.0.0/33", "10.0.0/8", "host", "::/129", "10.0.0.0/-1"] {
        assert!(AddressRange::parse(wrong).is_none(), "{wrong}");
    }
}
