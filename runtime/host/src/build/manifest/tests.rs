use super::*;

fn metadata(name: &str, version: &str) -> Metadata {
    Metadata { name: Some(name.into()), version: Some(version.into()), ..Metadata::default() }
}

#[test]
fn a_python_project_says_who_it_is() {
    let text = r#"
        [project]
        name = "etcd-metrics"
        version = "1.2.0"
        description = "Measures etcd"
        license = "Apache-2.0"
        authors = [{name = "Ann", email = "ann@example.com"}, {name = "Bo"}, {email = "c@example.com"}]
        requires-python = ">=3.11"
        [project.urls]
        Homepage = "https://example.com"
        "Source Code" = "https://example.com/git"
        [tool.servo]
        maturity = "stable"
        [tool.ruff]
        line-length = 110
    "#;
    let wanted = Metadata {
        description: Some("Measures etcd".into()),
        licenses: Some("Apache-2.0".into()),
        homepage: Some("https://example.com".into()),
        authors: Some("Ann <ann@example.com>, Bo, c@example.com".into()),
        source: Some("https://example.com/git".into()),
        maturity: Some("stable".into()),
        ..metadata("etcd-metrics", "1.2.0")
    };
    assert_eq!(pyproject::read(text).unwrap(), wanted);
    let older = "[project]\nname = 'a'\nversion = '1'\nlicense = {text = 'MIT'}\n";
    assert_eq!(pyproject::read(older).unwrap().licenses.as_deref(), Some("MIT"));
    let wrong = pyproject::read("[project]\nname = 'a'\n").unwrap_err();
    assert!(wrong.contains("version"), "{wrong}");
}

#[test]
fn a_package_of_npm_says_who_it_is() {
    let text = r#"{
        "name": "rabbitmq", "version": "0.1.0", "description": "Measures queues", "license": "MIT", "type": "module",
        "homepage": "https://example.com", "author": "Ann", "contributors": [{"name": "Bo", "email": "b@example.com"}],
        "repository": {"type": "git", "url": "git+https://example.com/git"}, "servo": {"maturity": "experimental"}
    }"#;
    let wanted = Metadata {
        description: Some("Measures queues".into()),
        licenses: Some("MIT".into()),
        homepage: Some("https://example.com".into()),
        authors: Some("Ann, Bo <b@example.com>".into()),
        source: Some("https://example.com/git".into()),
        maturity: Some("experimental".into()),
        ..metadata("rabbitmq", "0.1.0")
    };
    assert_eq!(json::read(text).unwrap(), wanted);
    let little = r#"{"name": "a", "version": "1", "repository": "https://example.com/a"}"#;
    let wanted = Metadata { source: Some("https://example.com/a".into()), ..metadata("a", "1") };
    assert_eq!(json::read(little).unwrap(), wanted);
    assert!(json::read("{}").unwrap_err().contains("name"));
}

#[test]
fn names_are_those_of_files_and_keys() {
    for (name, good) in [
        ("etcd-metrics", true),
        ("a_1", true),
        ("", false),
        ("-a", false),
        ("1a", false),
        ("Etcd", false),
        ("@scope/etcd", false),
        ("../etcd", false),
        ("é", false),
    ] {
        assert_eq!(is_connector_name(name), good, "{name}");
    }
    assert!(!is_connector_name(&"a".repeat(65)));
}
