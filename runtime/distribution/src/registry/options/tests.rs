use super::*;

fn options(variables: &[(&str, &str)]) -> Result<RegistryOptions, CredentialsError> {
    let find = |name: &str| variables.iter().find(|(other, _)| *other == name);
    RegistryOptions::from_variables(|name| find(name).map(|(_, value)| (*value).to_owned()))
}

#[test]
fn variables_are_understood() {
    let found = options(&[
        ("SERVO_REGISTRY_CA_FILE", "/ca.pem"),
        ("SERVO_REGISTRY_PLAIN_HTTP", "A.example:5000, b.example,"),
        ("SERVO_REGISTRY_CREDS", "user:secret"),
        ("https_proxy", "http://user:secret@proxy:1"),
        ("ALL_PROXY", "http://proxy:2"),
        ("no_proxy", "c.example"),
        ("NO_PROXY", ""),
    ])
    .unwrap();
    assert_eq!(found.ca_file, Some("/ca.pem".into()));
    assert_eq!(found.plain_http_hosts, ["a.example:5000", "b.example"]);
    assert_eq!(found.proxies.https.as_deref(), Some("http://user:secret@proxy:1"));
    assert_eq!(found.proxies.http.as_deref(), Some("http://proxy:2"));
    assert_eq!(found.proxies.none.as_deref(), Some("c.example"));
    assert!(!format!("{found:?}").contains("secret"), "{found:?}");
    let error = options(&[("SERVO_REGISTRY_CREDS", "secret")]).unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[test]
fn tls_is_left_out_on_this_machine_and_where_it_was_asked_for() {
    let ca = RegistryOptions { ca_file: Some("/ca.pem".into()), ..RegistryOptions::default() };
    let listed = RegistryOptions {
        plain_http_hosts: vec!["a.example:5000".into(), "b.example".into()],
        ..RegistryOptions::default()
    };
    let all = RegistryOptions { plain_http: true, ..RegistryOptions::default() };
    for (options, registry, plain) in [
        (&RegistryOptions::default(), "127.0.0.1:5000", true),
        (&RegistryOptions::default(), "[::1]:5000", true),
        (&RegistryOptions::default(), "a.example", false),
        (&ca, "127.0.0.1:5000", false),
        (&listed, "a.example:5000", true),
        (&listed, "a.example", false),
        (&listed, "b.example:7", true),
        (&listed, "c.b.example", false),
        (&all, "a.example", true),
    ] {
        let reference = format!("oci://{registry}/x:1").parse().unwrap();
        assert_eq!(options.is_plain(&reference), plain, "{registry}");
    }
}
