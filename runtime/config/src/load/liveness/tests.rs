use secrecy::ExposeSecret;

use crate::testing::{config, environment, lines, resolve};
use crate::{Flags, Liveness, LivenessFlags, Source, TokenSource, liveness_without_stanza, load};

/// The settings that the tests below set.
fn told(liveness: &Liveness) -> String {
    let Liveness { endpoints, namespace, ttl, timeout, .. } = liveness;
    format!("{} {namespace:?} {}s {}s", endpoints.join(","), ttl.as_secs_f64(), timeout.as_secs_f64())
}

const OSLIVELY: [(&str, &str); 5] = [
    ("OSLIVELY_ETCD_HOST", "etcd"),
    ("OSLIVELY_ETCD_PORT", "4001"),
    ("OSLIVELY_ETCD_CONNECT_TIMEOUT", "2.5"),
    ("OSLIVELY_ETCD_KEY_NAMESPACE", "7"),
    ("OSLIVELY_STATUS_TTL", "30"),
];

#[test]
fn variables_of_os_lively_fill_gaps() {
    let with = |yaml: &str, variables: &[(&str, &str)], dotenv: &str| {
        let (config, _) = resolve(yaml, &environment(variables, dotenv), &Flags::default()).unwrap();
        config.servos[0].liveness.as_ref().map(told)
    };
    for (yaml, variables, dotenv, expected) in [
        ("liveness:", &OSLIVELY[..], "", "http://etcd:4001 \"7\" 30s 2.5s"),
        ("liveness: {ttl: 5, namespace: n}", &OSLIVELY, "", "http://etcd:4001 \"n\" 5s 2.5s"),
        ("liveness: {endpoints: https://a}", &OSLIVELY[..2], "", "https://a:2379 \"\" 60s 5s"),
        ("liveness:", &OSLIVELY[..1], "", "http://etcd:2379 \"\" 60s 5s"),
        ("liveness:", &OSLIVELY[1..2], "", "http://localhost:4001 \"\" 60s 5s"),
        ("liveness:", &[("OSLIVELY_ETCD_HOST", "::1")], "", "http://[::1]:2379 \"\" 60s 5s"),
        (
            "liveness:",
            &[("OSLIVELY_STATUS_TTL", "")],
            "OSLIVELY_STATUS_TTL=9",
            "http://localhost:2379 \"\" 60s 5s",
        ),
        ("liveness:", &[], "OSLIVELY_STATUS_TTL=9", "http://localhost:2379 \"\" 9s 5s"),
        (
            "liveness: {ttl: 5}",
            &[("SERVO_LIVENESS_TTL", "6"), ("OSLIVELY_STATUS_TTL", "9")],
            "",
            "http://localhost:2379 \"\" 6s 5s",
        ),
        ("liveness:", &[("SERVO_LIVENESS_ENDPOINTS", "a:1,b:2")], "", "http://a:1,http://b:2 \"\" 60s 5s"),
        ("", &[("SERVO_LIVENESS", "{\"ttl\": 8}")], "", "http://localhost:2379 \"\" 8s 5s"),
    ] {
        assert_eq!(with(yaml, variables, dotenv).as_deref(), Some(expected), "{yaml} {variables:?} {dotenv}");
    }
    // Kubernetes sets this one beside a service that is called `servo-liveness`.
    assert_eq!(with("", &[("SERVO_LIVENESS_SERVICE_HOST", "10.0.0.1")], ""), None);
    assert_eq!(with("", &OSLIVELY, ""), None);
}

#[test]
fn wrong_variables_of_os_lively_are_named() {
    let wrong = [
        ("OSLIVELY_ETCD_HOST", "http://etcd"),
        ("OSLIVELY_ETCD_CONNECT_TIMEOUT", "soon"),
        ("OSLIVELY_STATUS_TTL", "-1"),
    ];
    let problems = resolve("liveness:", &environment(&wrong, ""), &Flags::default()).unwrap_err();
    insta::assert_snapshot!(lines(&problems));
}

#[test]
fn origins_tell_where_each_value_came_from() {
    let yaml = "liveness: {timeout: 1s, username: a, password: hunter2}";
    let (config, _) = resolve(yaml, &environment(&OSLIVELY, ""), &Flags::default()).unwrap();
    let leaves = config.servos[0].origins();
    let ours = leaves.iter().filter(|leaf| leaf.path.starts_with("liveness."));
    let shown: Vec<String> =
        ours.map(|leaf| format!("{} = {} ({})", leaf.path, leaf.value, leaf.origin)).collect();
    insta::assert_snapshot!(shown.join("\n"));
    assert!(!self::config("").servos[0].origins().iter().any(|leaf| leaf.path.starts_with("liveness")));
}

#[test]
fn flags_are_over_everything_with_a_stanza_or_without() {
    let flags: LivenessFlags = vec![
        ("--endpoints", "endpoints", "http://flag".to_owned()),
        ("--ttl", "ttl", "7s".to_owned()),
        ("--user", "username", "u".to_owned()),
        ("--password-file", "password_file", "flag".to_owned()),
    ];
    let text = "name: one\nliveness: {namespace: file, password: p}\n---\noptimizer: {id: example.com/two}\n---\nliveness: 5\n";
    let loaded =
        load(&[Source::from_text("servo.yaml", text)], &environment(&OSLIVELY, ""), &Flags::default());
    let shown = lines(&loaded.unwrap().liveness(&flags).unwrap_err());
    assert_eq!(shown, "servo.yaml:6:11: `liveness` must be a map, found `5`");
    let text = &text[..text.rfind("---").unwrap()];
    // A stanza is enough: the rest may be as wrong as it likes.
    let text = format!("{text}waitt: {{}}\nchecks: 5\n");
    let loaded =
        load(&[Source::from_text("servo.yaml", text)], &environment(&OSLIVELY, ""), &Flags::default());
    let found = loaded.unwrap().liveness(&flags).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].0.as_str(), told(&found[0].1).as_str()),
        ("one", "http://flag:2379 \"file\" 7s 2.5s")
    );
    let password = &found[0].1.user.as_ref().unwrap().password;
    assert!(matches!(password, TokenSource::File(file) if file.ends_with("flag")), "the flag is stronger");

    let without = liveness_without_stanza(&environment(&OSLIVELY, ""), &flags).unwrap();
    assert_eq!(told(&without), "http://flag:2379 \"7\" 7s 2.5s");
    let own = environment(
        &[("SERVO_LIVENESS_TTL", "3"), ("SERVO_LIVENESS_USERNAME", "x"), ("SERVO_LIVENESS_PASSWORD", "y")],
        "",
    );
    let without = liveness_without_stanza(&own, &LivenessFlags::new()).unwrap();
    assert_eq!(told(&without), "http://localhost:2379 \"\" 3s 5s");
    let Some(TokenSource::Value(password)) = without.user.map(|user| user.password) else {
        panic!("no password")
    };
    assert_eq!(password.expose_secret(), "y");
    let wrong = vec![("--ttl", "ttl", "soon".to_owned())];
    let shown = lines(&liveness_without_stanza(&environment(&[], ""), &wrong).unwrap_err());
    assert!(shown.starts_with("flag --ttl: `liveness.ttl`"), "{shown}");
}
