use std::collections::BTreeMap;

use schemars::JsonSchema;
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

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
#[allow(dead_code, reason = "only described")]
struct Optional {
    /// What is said here.
    text: Option<String>,
    /// And here.
    wait: Option<Duration>,
    choice: Option<Choice>,
    list: Option<Vec<String>>,
    count: Option<u32>,
    explained: Option<Explained>,
}

/// Said of the type.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(dead_code, reason = "only described")]
enum Choice {
    One,
    Two,
}

/// More than words.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(dead_code, reason = "only described")]
enum Explained {
    /// The first.
    One,
    /// The
    /// second.
    Two,
}

#[test]
fn what_is_optional_is_left_out_and_not_null() {
    let schema = schema::<Optional>();
    let properties = &schema["properties"];
    assert!(!schema.to_string().contains("null"), "{schema}");
    assert_eq!(schema.get("required"), None);
    assert_eq!(properties["text"]["type"], "string");
    assert_eq!(properties["wait"]["format"], "duration");
    assert_eq!(properties["wait"]["description"], "And here.");
    assert_eq!(properties["choice"]["enum"], serde_json::json!(["one", "two"]));
    assert_eq!(properties["list"]["type"], "array");
    assert_eq!(properties["count"]["minimum"], 0);
    assert_eq!(properties["count"].get("format"), None);
    assert_eq!(properties["explained"]["enum"], serde_json::json!(["one", "two"]));
    assert_eq!(
        properties["explained"]["description"],
        "More than words.\n\n`one`: The first.\n\n`two`: The second."
    );
}
