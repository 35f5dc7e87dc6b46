use serde_json::json;

use super::*;

#[test]
fn what_is_wrong_with_a_value_is_said_with_its_place() {
    let schema = json!({
        "type": "object",
        "properties": {"host": {"type": "string"}, "count": {"type": "integer"}},
        "required": ["host"],
    });
    let check = value_checker(&schema).unwrap();
    let cases = [
        (json!({"host": "a", "count": 1}), Ok(())),
        (json!({}), Err("\"host\" is a required property")),
        (
            json!({"host": 1, "count": "x"}),
            Err("/host: 1 is not of type \"string\"; /count: \"x\" is not of type \"integer\""),
        ),
    ];
    for (value, expected) in cases {
        assert_eq!(check(&value), expected.map_err(str::to_owned), "{value}");
    }
}

#[test]
fn a_schema_that_takes_too_long_is_refused() {
    let bomb: Value = (0..200).fold(json!({}), |inner, _| json!({"allOf": [inner]}));
    assert!(value_checker(&bomb).is_err());
    assert!(value_checker(&json!({"type": "nothing"})).is_err());
    let deep = (0..64).fold(json!(1), |inner, _| json!([inner]));
    let doubling = json!({"$ref": "#/$defs/a", "$defs": {"a": {"items": {"anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}]}}}});
    let checked = value_checker(&doubling).map(|check| check(&deep));
    assert!(!matches!(checked, Ok(Ok(()))), "64 levels that double are too many");
}
