use serde_json::json;

use super::*;

#[test]
fn settings_that_changed_are_told() {
    let old = json!({
        "required": ["url", "token"],
        "properties": {
            "url": {"type": "string"},
            "token": {"type": "string"},
            "depth": {"type": "integer", "default": 3},
            "gone": {"type": "string"},
            "inner": {"type": "object", "properties": {"same": {"type": "string"}, "kind": {"enum": ["a"]}}},
        },
    });
    let new = json!({
        "required": ["url", "must", "depth"],
        "properties": {
            "url": {"type": "string"},
            "token": {"type": "string"},
            "depth": {"type": "integer", "default": 4},
            "may": {"type": "string"},
            "must": {"type": "string"},
            "inner": {"type": "object", "properties": {"same": {"type": "string"}, "kind": {"enum": ["a", "b"]}}},
        },
    });
    let mut found = Vec::new();
    compare(&old, &new, "", 0, &mut found);
    let found: Vec<String> = found.iter().map(|one| format!("{} {}", one.setting, one.change)).collect();
    let wanted = [
        "depth is required now",
        "depth default: 3 becomes 4",
        "gone is gone",
        r#"inner.kind values: ["a"] becomes ["a","b"]"#,
        "may is new",
        "must is new and required",
        "token is not required any more",
    ];
    assert_eq!(found, wanted);
}

#[test]
fn hostile_schemas_end() {
    let (mut old, mut new) = (json!({}), json!({"type": "string"}));
    for _ in 0..200 {
        old = json!({"properties": {"a": old}});
        new = json!({"properties": {"a": new}});
    }
    let mut found = Vec::new();
    compare(&old, &new, "", 0, &mut found);
    assert_eq!(found, []);
    let wide: serde_json::Map<_, _> = (0..1000).map(|number| (format!("s{number}"), json!({}))).collect();
    compare(&json!({}), &json!({"properties": wide}), "", 0, &mut found);
    assert_eq!(found.len(), CHANGES_MAX);
    assert_eq!(said(&json!("ä".repeat(100))).chars().count(), 81);
}
