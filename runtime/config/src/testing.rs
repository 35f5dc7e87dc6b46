//! A catalogue with realistic connectors, and short ways to load a text against it.

use serde_json::Value;

use crate::{Catalogue, Config, ConnectorType, Environment, Flags, Language, Notice, Problems, Source, load};

pub(crate) fn connector(name: &str, class: &str, schema: &str) -> ConnectorType {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let description = schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
    ConnectorType { name: name.to_owned(), class: class.to_owned(), schema, description }
}

pub(crate) fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::new();
    let wrong = |text: &str| text.contains('!').then(|| format!("`!` cannot be read in `{text}`"));
    let events = || vec!["metrics", "measure"];
    catalogue.language = Some(Language { expression: wrong, condition: wrong, events, places: wrong });
    for (name, class, schema) in [
        ("prometheus", "PrometheusConnector", include_str!("../testdata/prometheus.json")),
        ("vegeta", "VegetaConnector", include_str!("../testdata/vegeta.json")),
        (
            "wait",
            "WaitConnector",
            r#"{"type": "object", "additionalProperties": false, "properties": {"measure_enabled": {"type": "boolean"}}}"#,
        ),
        (
            "scripts",
            "ScriptsConnector",
            r#"{"type": "object", "additionalProperties": false, "properties": {
            "before": {"type": "object"}, "on": {"type": "object"}, "after": {"type": "object"}}}"#,
        ),
    ] {
        catalogue.insert(connector(name, class, schema)).unwrap();
    }
    catalogue
}

pub(crate) fn environment(variables: &[(&str, &str)], dotenv: &str) -> Environment {
    let variables = variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    Environment::new(variables).with_dotenv(&Source::from_text(".env", dotenv)).unwrap()
}

pub(crate) fn resolve(
    yaml: &str,
    environment: &Environment,
    flags: &Flags,
) -> Result<(Config, Vec<Notice>), Problems> {
    load(&[Source::from_text("servo.yaml", yaml)], environment, flags)?.resolve(&catalogue())
}

/// A text that is right.
pub(crate) fn config(yaml: &str) -> Config {
    match resolve(yaml, &Environment::default(), &Flags::default()) {
        Ok((config, _)) => config,
        Err(problems) => panic!("{problems}"),
    }
}

/// The problems of a text that is wrong, one per line.
pub(crate) fn problems(yaml: &str) -> String {
    match resolve(yaml, &Environment::default(), &Flags::default()) {
        Ok(_) => "none".to_owned(),
        Err(problems) => lines(&problems),
    }
}

pub(crate) fn lines(problems: &Problems) -> String {
    problems.list().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
