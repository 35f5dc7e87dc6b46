use super::*;

#[test]
fn redirects_stay_secured() {
    let reference: Reference = "oci://a.example/x:1".parse().unwrap();
    let ask = Ask {
        reference: &reference,
        method: Method::GET,
        url: Url::parse("https://a.example/v2/").unwrap(),
        actions: "pull",
        headers: HeaderMap::new(),
        body: Body::Bytes(Bytes::new()),
        max: 0,
        doing: "test".into(),
    };
    let options =
        RegistryOptions { plain_http_hosts: vec!["c.example:80".into()], ..RegistryOptions::default() };
    for (from, to, expected) in [
        ("https://a.example/v2/x", "/y?z", Ok("https://a.example/y?z")),
        ("https://a.example/v2/x", "https://b.example/", Ok("https://b.example/")),
        ("http://127.0.0.1:5000/x", "http://127.0.0.1:5001/", Ok("http://127.0.0.1:5001/")),
        ("http://127.0.0.1:5000/x", "https://b.example/", Ok("https://b.example/")),
        ("http://127.0.0.1:5000/x", "http://[::1]:7/", Ok("http://[::1]:7/")),
        ("http://127.0.0.1:5000/x", "http://c.example/", Ok("http://c.example/")),
        ("http://127.0.0.1:5000/x", "http://c.example:81/", Err("`http://c.example:81`")),
        ("http://127.0.0.1:5000/x", "http://b.example/?secret", Err("SERVO_REGISTRY_PLAIN_HTTP")),
        ("http://127.0.0.1:5000/x", "http://127.0.0.1.b.example/", Err("SERVO_REGISTRY_PLAIN_HTTP")),
        ("https://a.example/x", "http://c.example/", Err("`http://c.example`")),
        ("https://a.example/x", "http://a.example/", Err("`http://a.example`")),
        ("https://a.example/x", "http://127.0.0.1/?secret", Err("`http://127.0.0.1`")),
        ("https://a.example/x", "file:///etc/passwd", Err("`null`")),
        ("https://a.example/x", "https://user:secret@b.example/", Err("`https://b.example`")),
        ("https://a.example/x", "https://[/", Err("that is no URL")),
    ] {
        let found = next(&options, &ask, &Url::parse(from).unwrap(), &HeaderValue::from_str(to).unwrap());
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found.as_str(), expected),
            (Err(error), Err(text)) => {
                let error = error.to_string();
                assert!(error.contains(text) && !error.contains("secret"), "{error}");
            }
            (found, _) => panic!("{from} to {to}: {found:?}"),
        }
    }
}

#[test]
fn docker_hub_has_another_name_than_its_references() {
    let http = Http::new(RegistryOptions::default()).unwrap();
    for (registry, expected) in [
        ("docker.io", "https://registry-1.docker.io/v2/a/b/tags/list"),
        ("index.docker.io", "https://registry-1.docker.io/v2/a/b/tags/list"),
        ("docker.example", "https://docker.example/v2/a/b/tags/list"),
    ] {
        let reference = format!("oci://{registry}/a/b:1").parse().unwrap();
        assert_eq!(http.url(&reference, "tags/list").unwrap().as_str(), expected);
    }
}
