use proptest::prelude::*;

use super::*;

fn challenge(scheme: &str, realm: Option<&str>, service: Option<&str>) -> Challenge {
    let (realm, service) = (realm.map(Into::into), service.map(Into::into));
    Challenge { scheme: scheme.into(), realm, service, error: None }
}

#[test]
fn challenges_of_registries_are_read() {
    let token = "https://auth.docker.io/token";
    for (header, expected) in [
        ("Basic realm=\"r\"", vec![challenge("basic", Some("r"), None)]),
        ("BASIC", vec![challenge("basic", None, None)]),
        (
            "Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\",scope=\"repository:a/b:pull,push\"",
            vec![challenge("bearer", Some(token), Some("registry.docker.io"))],
        ),
        (
            "Bearer  realm = https://auth.docker.io/token , service = x",
            vec![challenge("bearer", Some(token), Some("x"))],
        ),
        (
            "Negotiate YWJj==, Basic realm=\"a \\\"b\\\", c=d\", Bearer realm=\"u\"",
            vec![
                challenge("negotiate", None, None),
                challenge("basic", Some("a \"b\", c=d"), None),
                challenge("bearer", Some("u"), None),
            ],
        ),
        // The first one counts.
        ("Bearer realm=\"one\",realm=\"two\"", vec![challenge("bearer", Some("one"), None)]),
        ("Bearer realm=\"open", vec![challenge("bearer", Some("open"), None)]),
        ("realm=\"nobody's\"", vec![]),
        ("", vec![]),
        (",,, ;", vec![]),
    ] {
        let found: Vec<Challenge> = parse(header).into_iter().filter(|one| one.scheme != "ywjj").collect();
        assert_eq!(found, expected, "{header}");
    }
}

#[test]
fn what_is_missing_is_read() {
    let found = parse("Bearer realm=\"u\",error=\"insufficient_scope\"");
    assert_eq!(found[0].error.as_deref(), Some("insufficient_scope"));
}

proptest! {
    #[test]
    fn any_header_is_read(header in ".{0,2000}") {
        prop_assert!(parse(&header).len() <= PARAMETERS_MAX);
    }

    #[test]
    fn any_value_comes_through_quotes(realm in "[ -~&&[^\"\\\\]]*", service in "[a-z0-9.]+") {
        let found = parse(&format!("Bearer realm=\"{realm}\",service=\"{service}\""));
        prop_assert_eq!(found, [challenge("bearer", Some(&realm), Some(&service))]);
    }
}
