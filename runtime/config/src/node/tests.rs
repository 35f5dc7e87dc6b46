use serde_json::json;

use super::*;
use crate::source::Source;

fn tree(yaml: &str) -> Node {
    crate::yaml::parse(&Source::from_text("a.yaml", yaml)).unwrap().remove(0)
}

#[test]
fn merging_is_deep_for_maps_and_replaces_the_rest() {
    for (below, above, merged) in [
        ("{a: 1}", "{b: 2}", json!({"a": 1, "b": 2})),
        ("{a: {x: 1, y: 2}}", "{a: {y: 3}}", json!({"a": {"x": 1, "y": 3}})),
        ("{a: [1, 2]}", "{a: [3]}", json!({"a": [3]})),
        ("{a: {x: 1}}", "{a: 5}", json!({"a": 5})),
        ("{a: 5}", "{a: {x: 1}}", json!({"a": {"x": 1}})),
        ("{a: 5}", "{a: null}", json!({"a": null})),
    ] {
        let mut node = tree(below);
        node.merge(tree(above));
        assert_eq!(node.to_json(), merged);
    }
}

#[test]
fn a_path_is_made_when_it_is_set() {
    let mut node = tree("{a: 1}");
    let path: Vec<String> = ["b", "c"].iter().map(ToString::to_string).collect();
    node.set(&path, Node::new(Value::Bool(true), Origin::Flag("--x")));
    assert_eq!(node.to_json(), json!({"a": 1, "b": {"c": true}}));
    assert_eq!(node.get(["b", "c"]).unwrap().origin, Origin::Flag("--x"));
    assert_eq!(node.get(["a"]).unwrap().origin.to_string(), "a.yaml:1:5");
}

#[test]
fn debug_shows_no_values() {
    let node = tree("{token: hunter2}");
    assert!(!format!("{node:?} {:?} {:?}", node.value, node.as_map()).contains("hunter2"));
}
