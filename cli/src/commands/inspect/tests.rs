use serde_json::json;

use super::*;

#[test]
fn sizes_are_short() {
    for (bytes, wanted) in [(999, "999 B"), (41_000, "41.0 kB"), (18_090_000, "18.1 MB")] {
        assert_eq!(size(bytes), wanted);
    }
}

#[test]
fn settings_are_a_table_of_the_schema() {
    let schema = json!({
        "required": ["url"],
        "properties": {
            "url": {"$ref": "#/$defs/url", "description": "Where."},
            "depth": {"type": ["integer", "null"], "default": 3},
            "mode": {"enum": ["fast", "slow"], "default": "fast"},
            "every": {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}]},
            "again": {"$ref": "#/$defs/again"},
        },
        "$defs": {"url": {"type": "string"}, "again": {"$ref": "#/$defs/again"}},
    });
    let wanted = "SETTING  TYPE             DEFAULT   DESCRIPTION\n\
                  url      string           required  Where.\n\
                  depth    integer          3\n\
                  mode     \"fast\" | \"slow\"  \"fast\"\n\
                  every    string | number\n\
                  again\n";
    assert_eq!(settings(&schema).render(), wanted);
    assert!(settings(&json!({"type": "object"})).is_empty());
}
