use super::*;

fn grant(to: &str) -> HttpGrant {
    HttpGrant {
        to: to.parse().unwrap(),
        source: "test".into(),
        secrets: Vec::new(),
        addresses: Vec::new(),
        certificates: Certificates::default(),
        term_header: None,
    }
}

#[test]
fn a_grant_matches_scheme_host_and_port() {
    let cases = [
        ("https://a.example", "https://A.example./x?y", true),
        ("https://a.example", "https://a.example:443/", true),
        ("https://a.example", "http://a.example/", false),
        ("https://a.example", "https://a.example:8443/", false),
        ("https://a.example", "https://b.a.example/", false),
        ("https://*.example.com", "https://a.b.example.com/", true),
        ("https://*.example.com", "https://example.com/", false),
        ("https://*.example.com", "https://evilexample.com/", false),
        ("http://[::1]:90", "http://[::1]:90/", true),
    ];
    for (pattern, url, expected) in cases {
        let origin = Origin::of_url(url).unwrap();
        assert_eq!(
            HttpGrant::find(&[grant(pattern)], &origin, |_| true).is_some(),
            expected,
            "{pattern} {url}"
        );
    }
}

#[test]
fn addresses_need_the_right_kind_of_grant() {
    let cases = [
        ("http://a.example", "93.184.216.34", true),
        ("http://a.example", "10.1.2.3", true),
        ("http://a.example", "127.0.0.1", true),
        ("http://a.example", "169.254.169.254", false),
        ("http://a.example", "::ffff:169.254.169.254", false),
        ("http://a.example", "64:ff9b::a9fe:a9fe", false),
        ("http://a.example", "2002:a9fe:a9fe::1", false),
        ("http://a.example", "::ffff:0:169.254.169.254", false),
        ("http://a.example", "64:ff9b:1::a9fe:a9fe", false),
        ("http://a.example", "64:ff9b:1:a9fe:a9:fe00::", false),
        ("http://a.example", "fe80::1", false),
        ("http://a.example", "fd00:ec2::254", false),
        ("http://a.example", "168.63.129.16", false),
        ("http://a.example", "fd20:ce::254", false),
        ("http://a.example", "0.0.0.0", false),
        ("http://a.example", "224.0.0.1", false),
        ("http://*.example", "10.1.2.3", false),
        ("http://*.example", "::1", false),
        ("http://*.example", "fec0::1", false),
        ("http://*.example", "2001:0:a00:1::1", false),
        ("http://*.example", "3fff::1", false),
        ("http://*.example", "93.184.216.34", true),
    ];
    for (pattern, address, expected) in cases {
        let origin = Origin::of_url("http://a.example/").unwrap();
        assert_eq!(grant(pattern).allows(&origin, address.parse().unwrap()), expected, "{pattern} {address}");
    }
    let metadata = Origin::of_url("http://169.254.169.254/latest").unwrap();
    let named =
        HttpGrant { addresses: vec![("169.254.169.0".parse().unwrap(), 24)], ..grant("http://a.example") };
    let origin = Origin::of_url("http://a.example/").unwrap();
    assert!(named.allows(&origin, "169.254.169.254".parse().unwrap()));
    assert!(!named.allows(&origin, "169.254.170.2".parse().unwrap()));
    assert!(grant("http://169.254.169.254").allows(&metadata, "169.254.169.254".parse().unwrap()));
}

#[test]
fn what_is_not_an_origin_is_refused_with_an_example() {
    for text in [
        "prometheus",
        "ftp://a",
        "http://u:p@a",
        "https://*",
        "https://a.*.b",
        "http://*.10.0.0.1",
        "http://",
    ] {
        let error = text.parse::<OriginPattern>().unwrap_err().to_string();
        assert!(error.contains(text) && error.contains("https://prometheus.internal:9090"), "{error}");
    }
}
