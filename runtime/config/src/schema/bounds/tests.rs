//! Schemas that mean harm end in one error, or do none.

use std::time::Instant;

use serde_json::json;

use super::*;
use crate::compiled::Compiled;
use crate::testing::connector;
use crate::{Catalogue, Environment, Flags, Source, load};

/// Definitions `d0` to `d<count>`, each made from the number of the next one.
fn definitions(count: usize, make: impl Fn(usize) -> Value) -> Value {
    let mut map: Map<String, Value> =
        (0..count).map(|index| (format!("d{index}"), make(index + 1))).collect();
    map.insert(format!("d{count}"), json!({"type": "object"}));
    json!({"$ref": "#/$defs/d0", "$defs": map})
}

fn refer(index: usize) -> Value {
    json!({"$ref": format!("#/$defs/d{index}")})
}

/// Regular expressions in so many properties.
fn patterns(count: usize, pattern: &str) -> Value {
    let properties: Map<String, Value> =
        (0..count).map(|index| (format!("p{index}"), json!({"pattern": pattern}))).collect();
    json!({"properties": properties})
}

#[test]
fn bombs_end_in_one_error() {
    let mut nested = json!({});
    for _ in 0..130 {
        nested = json!({"not": nested});
    }
    let same = |count| (0..count).map(|_| json!({"$ref": "#"})).collect::<Vec<_>>();
    let cases = [
        (definitions(60, |next| json!({"allOf": [refer(next), refer(next)]})), "more than 100000 times"),
        (definitions(20_000, refer), "more than 20000 values"),
        (definitions(5_000, refer), "more than 128 deep"),
        (nested, "more than 128 deep"),
        (json!({"$ref": "#"}), "without end"),
        (json!({"allOf": [{"anyOf": [{"$ref": "#/allOf/0"}]}]}), "without end"),
        (json!({"properties": {"a": {"allOf": same(1_000)}}}), "more than 100000 times"),
        (json!({"items": {"anyOf": same(30)}}), "more than 100000 times"),
        (
            json!({"patternProperties": {"a": {"$ref": "#"}, "a+": {"$ref": "#"}, "a*": {"$ref": "#"},
            "aa*": {"$ref": "#"}, "a?": {"$ref": "#"}}}),
            "more than 100000 times",
        ),
        (json!({"enum": vec![1; 30_000]}), "more than 20000 values"),
        (patterns(201, "a"), "regular expressions"),
        (patterns(2, &"a".repeat(10_000)), "regular expressions"),
        (patterns(1, "((a{100}){100}){100}"), "regex"),
        (patterns(1, "(?=a)b"), "regex"),
        (json!({"$ref": "http://192.0.2.1/schema.json"}), "leads nowhere"),
        (json!({"$ref": "#/%24defs/a", "$defs": {"a": {"$ref": "#"}}}), "leads nowhere"),
        (json!({"allOf": [{"$id": "http://a/", "$ref": "#"}]}), "it uses `$id`"),
        (json!({"$dynamicRef": "#a", "$dynamicAnchor": "a"}), "it uses `$dynamic"),
    ];
    for (schema, said) in cases {
        let began = Instant::now();
        let shown: String = schema.to_string().chars().take(100).collect();
        let error = Compiled::new(&schema).err().unwrap_or_default();
        assert!(error.contains(said), "{shown}: `{error}`");
        assert!(began.elapsed().as_secs() < 20, "{shown}");
    }
}

#[test]
fn what_is_only_large_or_circular_is_taken() {
    let long = "x".repeat(1 << 20);
    let properties: Map<String, Value> =
        ('a'..='z').map(|name| (name.to_string(), json!({"$ref": "#", "x-servo-grant": "http"}))).collect();
    let schemas = [
        json!({"description": long}),
        // Every property has all the others, for ever: as fields they are counted, not followed.
        json!({"properties": properties}),
        json!({"oneOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#"}}]}),
        definitions(50, |next| json!({"properties": {"next": refer(next)}})),
    ];
    for schema in schemas {
        let compiled = Compiled::new(&schema).unwrap();
        assert!(compiled.fields().len() <= 2_000 && compiled.marks.len() <= 1_000);
    }
}

#[test]
fn an_expression_that_backtracks_elsewhere_takes_no_time_here() {
    let schema = r#"{"properties": {"a": {"pattern": "^(([a-z])+.)+[A-Z]([a-z])+$"}}}"#;
    let mut catalogue = Catalogue::new();
    catalogue.insert(connector("evil", "EvilConnector", schema)).unwrap();
    let yaml = format!("connectors: [evil]\nevil: {{a: {}}}\n", "a".repeat(100_000));
    let began = Instant::now();
    let loaded = load(&[Source::from_text("servo.yaml", yaml)], &Environment::default(), &Flags::default());
    let problems = loaded.unwrap().resolve(&catalogue).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems}");
    assert!(began.elapsed().as_secs() < 20);
}

#[test]
fn nesting_counts_lists_and_maps() {
    for (value, wanted) in [(json!(1), 0), (json!([]), 1), (json!({"a": [{"b": 1}], "c": {}}), 3)] {
        assert_eq!(depth(&value), wanted, "{value}");
    }
}
