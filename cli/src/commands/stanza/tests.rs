use serde_json::json;
use servo_assembly::{ConnectorInfo, Metadata};

use super::{commented, stanza};

fn info(example: serde_json::Value) -> ConnectorInfo {
    let schema = json!({
        "properties": {
            "base_url": {"type": "string", "format": "uri", "x-servo-grant": "http"},
            "targets": {"type": "array", "items": {"$ref": "#/$defs/Target"}},
            "step": {"type": "string", "default": "1m"},
            "metrics": {"type": "array"},
            "ready": {"anyOf": [{"$ref": "#/$defs/Ready"}, {"type": "null"}]},
        },
        "$defs": {
            "Target": {"properties": {"url": {"x-servo-grant": "load"}}},
            "Ready": {"properties": {"timeout": {"default": "20s"}}},
        },
    });
    let metadata = Metadata { name: Some("prom".into()), ..Metadata::default() };
    ConnectorInfo { name: "prom".into(), metadata, source: "bundled".into(), schema, example }
}

#[test]
fn origins_of_examples_are_commented_out() {
    let example = json!({"base_url": "http://prom:9090", "metrics": [{"name": "rps"}], "targets": [{"url": "http://a"}]});
    let made = stanza("prom1", &info(example), false).unwrap();
    assert_eq!(
        made.text,
        "prom1:\n  # base_url: http://prom:9090\n  metrics:\n  - name: rps\n  # targets:\n  # - url: http://a\n"
    );
    assert_eq!(made.endpoints, ["prom1.base_url", "prom1.targets"]);
}

#[test]
fn a_stanza_of_comments_is_still_a_map() {
    let made = stanza("prom", &info(json!({"base_url": "http://prom:9090"})), false).unwrap();
    assert_eq!(made.text, "prom: {}\n  # base_url: http://prom:9090\n");
}

#[test]
fn defaults_are_added_from_the_schema() {
    let made = stanza("prom", &info(json!({"metrics": []})), true).unwrap();
    assert!(made.text.contains("  step: 1m\n") && made.text.contains("timeout: 20s"), "{}", made.text);
}

#[test]
fn comments_keep_the_lines() {
    assert_eq!(commented("a:\n  b: 2\n"), "#a:\n#  b: 2\n");
}
