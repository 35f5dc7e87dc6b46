use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;
use crate::quantity::Duration;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read and described")]
struct Settings {
    /// How long.
    wait: Duration,
    #[serde(default)]
    rules: BTreeMap<String, Vec<Rule>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read and described")]
struct Rule {
    min: f64,
}

#[test]
fn problems_name_the_place_and_what_is_wrong() {
    for (json, pointer, text) in [
        (r#"{"wait": "1x"}"#, "/wait", "`x` is not a unit of time"),
        (r#"{"wait": 1, "rules": {"a/b": [{"min": 1}, {"min": "x"}]}}"#, "/rules/a~1b/1/min", "expected f64"),
        (r#"{"wait": 1, "wiat": 1}"#, "/wiat", "unknown field `wiat`"),
        (r"{}", "", "missing field `wait`"),
        (r#"{"wait": 1"#, "", "EOF while parsing"),
    ] {
        let problems = read::<Settings>(json).expect_err(json);
        assert_eq!(problems[0].pointer, pointer, "{json}: {problems:?}");
        assert!(problems[0].text.contains(text), "{json}: {problems:?}");
        assert!(!problems[0].text.contains(" line "), "{json}: {problems:?}");
    }
}

#[test]
fn the_schema_has_no_references_and_carries_the_comments() {
    let schema = schema::<Settings>();
    let text = schema.to_string();
    assert!(!text.contains("$ref") && !text.contains("$defs"), "{text}");
    assert_eq!(schema["properties"]["wait"]["description"], "How long.");
    assert_eq!(schema["properties"]["wait"]["format"], "duration");
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["required"], serde_json::json!(["wait"]));
}
