use std::sync::Arc;

use super::*;
use crate::testing::{catalogue, environment};

/// A file as people have it for ServoX.
const FILE: &str = "\
# our servo
name: shop   # the shop
no_diagnostics: true # for ever
optimizer:
  id: example.com/shop
  token: abc
connectors:
  - PrometheusConnector # measures
  - servo.connectors.vegeta.VegetaConnector
settings:
  ssl_verify: no
# load
vegeta:
  rate: 010
  target: GET http://a/
  insecure: Yes

wait:
  # not used
  measure_enabled: true

# the end
prometheus: {base_url: 'http://prom:9090', metrics: [{name: throughput, query: \"yes\"}]}
";

fn source(text: &str) -> Arc<Source> {
    Source::from_text("servo.yaml", text)
}

fn found(migration: &Migration) -> String {
    let line = |finding: &Finding| format!("{:?} {}", finding.concern, finding.notice);
    migration.findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_can_be_is_rewritten_with_its_comments() {
    let migration = migrate(&source(FILE), &Environment::default(), &catalogue()).unwrap();
    let expected = FILE
        .replace("no_diagnostics: true # for ever", "# no_diagnostics: true # for ever")
        .replace("PrometheusConnector", "prometheus")
        .replace("servo.connectors.vegeta.VegetaConnector", "vegeta")
        .replace("ssl_verify: no", "ssl_verify: false")
        .replace("rate: 010", "rate: 8")
        .replace("insecure: Yes", "insecure: true")
        .replace(
            "wait:\n  # not used\n  measure_enabled: true",
            "# wait:\n#   # not used\n#   measure_enabled: true",
        );
    assert_eq!(migration.text, expected);
    assert!(migration.problems.is_empty(), "{}", migration.problems);
    let found = found(&migration);
    for said in [
        "Decide servo.yaml:6:3: the token stands in the file",
        "Decide servo.yaml:11:3: the optimizer's certificate is not verified",
        "Rewritten servo.yaml:8:5: `PrometheusConnector` is called `prometheus`; both work",
        "Rewritten servo.yaml:14:9: `010` is `8` to ServoX",
        "Unneeded servo.yaml:3:1: `no_diagnostics: true` is the default",
        "Unneeded servo.yaml:18:1: `wait` is not listed",
        "Changed servo.yaml:4:1: SIGHUP reads the configuration again",
    ] {
        assert!(found.contains(said), "{said} is missing:\n{found}");
    }
    // The new text has nothing left to rewrite.
    let again = migrate(&source(&migration.text), &Environment::default(), &catalogue()).unwrap();
    assert_eq!(again.text, migration.text);
}

#[test]
fn what_only_the_operator_knows_is_asked() {
    let text =
        "optimizer: {id: example.com/shop, token_file: /run/token}\nvegeta: {rate: 5}\nkubernetes: {}\n";
    let environment = environment(
        &[("SERVO_VEGETA_RATE", "7")],
        "VEGETA_RATE=3\nOPSANI_ID=a.b/c\nCONTAINER_ALIAS=main\nSHELL_OPTIONS=x\n",
    );
    let migration = migrate(&source(text), &environment, &catalogue()).unwrap();
    let found = found(&migration);
    for said in [
        "Decide servo.yaml:3:1: ServoX's connector `kubernetes` is not part of servo",
        "Decide .env:1 VEGETA_RATE: nothing reads VEGETA_RATE: SERVO_VEGETA_RATE",
        "Decide .env:2 OPSANI_ID: OPSANI_ID is only in ServoX's README",
        "Unneeded .env:3 CONTAINER_ALIAS: CONTAINER_ALIAS sets nothing here",
    ] {
        assert!(found.contains(said), "{said} is missing:\n{found}");
    }
    assert!(!found.contains("SHELL_OPTIONS"), "{found}");
    // What is left to be mended hides nothing of the rest.
    assert!(found.contains("Decide servo.yaml:1:1: the optimizer's certificate is verified"), "{found}");
    assert_eq!((migration.text.as_str(), migration.problems.len()), (text, 1));
    let text = text.replace("kubernetes: {}\n", "");
    let migration = migrate(&source(&text), &environment, &catalogue()).unwrap();
    let found = self::found(&migration);
    assert!(found.contains("`vegeta.rate` comes from environment SERVO_VEGETA_RATE here"), "{found}");
    assert!(found.contains("Decide servo.yaml:1:1: the optimizer's certificate is verified"), "{found}");
}

#[test]
fn older_yaml_is_read_as_it_was() {
    for (text, new) in [
        ("yes", Some("true")),
        ("Off", Some("false")),
        ("017", Some("15")),
        ("1:30", Some("90")),
        ("1:30:00", Some("5400")),
        ("true", None),
        ("0", None),
        ("08", None),
        ("1:60", None),
        ("10:20:30m", None),
        ("a:1", None),
        ("'yes'", None),
        ("n", None),
    ] {
        let migration = migrate(
            &source(&format!("scripts: {{before: {{one: {text}}}}}")),
            &Environment::default(),
            &catalogue(),
        );
        let expected = format!("scripts: {{before: {{one: {}}}}}", new.unwrap_or(text));
        assert_eq!(migration.unwrap().text, expected, "{text}");
    }
}

#[test]
fn what_is_no_yaml_is_left_to_its_problems() {
    assert!(migrate(&source("a: [\n"), &Environment::default(), &catalogue()).is_err());
}
