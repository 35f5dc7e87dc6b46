use std::path::Path;

use crate::testing::{config, environment, lines, problems, resolve};
use crate::{Config, Environment, Flags, Source, Trust, TrustNeeds, TrustRevoked, load, load_file};

const SUM: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn trust(yaml: &str) -> Trust {
    config(yaml).trust.expect("a stanza")
}

#[test]
fn rules_keep_their_order_and_their_places() {
    let all = trust(&format!(
        "trust:\n  - match: oci://registry.example.com/connectors/*\n    keys: [keys/a.pub, /etc/b.pub]\n  \
         - match: ./*            # local files\n    allow: unsigned\n  - revoked: [{SUM}, keys/old.pub]\n"
    ));
    let [signed, unsigned] = &all.rules[..] else { panic!("{all:?}") };
    assert_eq!(signed.places, "oci://registry.example.com/connectors/*");
    let TrustNeeds::Signature(keys) = &signed.needs else { panic!("{signed:?}") };
    let keys: Vec<(&str, &Path)> = keys.iter().map(|key| (key.name.as_str(), key.file.as_path())).collect();
    assert_eq!(keys, [("keys/a.pub", Path::new("keys/a.pub")), ("/etc/b.pub", Path::new("/etc/b.pub"))]);
    assert_eq!((unsigned.places.as_str(), &unsigned.needs), ("./*", &TrustNeeds::Nothing));
    assert_eq!(
        (signed.origin.to_string(), all.origin.to_string()),
        ("servo.yaml:2:5".into(), "servo.yaml:1:1".into())
    );
    let [TrustRevoked::Digest { digest, .. }, TrustRevoked::Key(key)] = &all.revoked[..] else {
        panic!("{all:?}")
    };
    assert_eq!((digest.as_str(), key.name.as_str()), (SUM, "keys/old.pub"));
}

#[test]
fn files_are_taken_from_the_folder_of_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("servo.yaml");
    std::fs::write(&file, "trust: [{match: ./*, keys: [a.pub]}]").expect("a file");
    let loaded = load_file(&file, &Environment::default(), &Flags::default());
    let trust = loaded.expect("YAML").trust(None).expect("no problems").expect("a stanza");
    let TrustNeeds::Signature(keys) = &trust.rules[0].needs else { panic!("{trust:?}") };
    assert_eq!(
        (trust.rules[0].folder.as_path(), &keys[0].file),
        (folder.path(), &folder.path().join("a.pub"))
    );
}

#[test]
fn a_stanza_without_rules_is_one_and_none_is_none() {
    for yaml in ["trust:", "trust: []"] {
        assert!(trust(yaml).rules.is_empty(), "{yaml}");
    }
    assert!(config("name: shop").trust.is_none());
}

#[test]
fn a_variable_replaces_the_stanza() {
    let environment = environment(&[("SERVO_TRUST", r#"[{"match": "/opt/*", "allow": "unsigned"}]"#)], "");
    let found = resolve("trust: []", &environment, &Flags::default());
    let Ok((Config { trust: Some(trust), .. }, _)) = found else { panic!("{found:?}") };
    assert_eq!((trust.rules[0].places.as_str(), trust.rules[0].folder.as_path()), ("/opt/*", Path::new("")));
}

#[test]
fn it_can_be_asked_before_the_connectors_are_known() {
    let yaml = "connectors: {one: oci://registry/a:1}\ntrust: [{match: oci://registry/*}]";
    let loaded = load(&[Source::from_text("servo.yaml", yaml)], &Environment::default(), &Flags::default());
    let problems = loaded.expect("YAML").trust(None).expect_err("a problem");
    assert_eq!(
        lines(&problems),
        "servo.yaml:2:9: the rule for `oci://registry/*` says neither `keys` nor `allow: unsigned` (write for example \
         `- {match: oci://registry.example.com/*, keys: [keys/registry.pub]}`)"
    );
}

#[test]
fn one_document_speaks_for_all() {
    let document =
        |name: &str, more: &str| format!("name: {name}\nobjective: {{minimize: latency}}\n{more}\n");
    let one = document("first", "") + "---\n" + &document("second", "trust: []");
    assert!(config(&one).trust.is_some());
    let two = document("first", "trust: []") + "---\n" + &document("second", "trust: []");
    let shown = problems(&two);
    assert!(
        shown.starts_with("servo.yaml:7:1: `trust` speaks for all servos of the file, and servo.yaml:3:1"),
        "{shown}"
    );
}

#[test]
fn every_mistake_is_told_where_it_is() {
    let all = [
        "5",
        "{match: ./*}",
        "[5]",
        "[{}]",
        "[{match: ./*}]",
        "[{keys: [a.pub]}]",
        "[{match: ./*, keys: []}]",
        "[{match: ./*, keys: a.pub}]",
        "[{match: ./*, keys: ['']}]",
        "[{match: ./*, keys: [\"-----BEGIN PUBLIC KEY-----\"]}]",
        "[{match: ./*, keys: [a.pub], allow: unsigned}]",
        "[{match: ./*, allow: everything}]",
        "[{match: ./*, allow: unsigned}, {match: ./*, keys: [a.pub]}]",
        "[{match: 'no!', allow: unsigned}]",
        "[{match: ./*, allow: unsigned, revoked: [old.pub]}]",
        "[{revoked: ['sha256:00', '']}]",
        "[{revoke: [old.pub]}]",
        "{revoked: [old.pub]}",
    ];
    let shown: Vec<String> = all.iter().map(|stanza| problems(&format!("trust: {stanza}"))).collect();
    insta::assert_snapshot!(shown.join("\n"));
}
