use super::*;

#[test]
fn values_are_put_where_the_pointers_say() {
    let before = json!({"a": {"b": 1, "c": 2}, "list": [{"x": 1}], "k/~": 0});
    let patch = Set::default();
    let put = Set { method: Method::Put, ..Set::default() };
    let template = Set { body: Some(json!({"settings": {}, "reason": "servo"})), ..Set::default() };
    for (set, pointer, wanted) in [
        (&patch, "/a/b", Ok(json!({"a": {"b": 9}}))),
        (&patch, "/k~1~0", Ok(json!({"k/~": 9}))),
        (&patch, "/list/0/x", Ok(json!({"list": {"0": {"x": 9}}}))),
        (&put, "/a/b", Ok(json!({"a": {"b": 9, "c": 2}, "list": [{"x": 1}], "k/~": 0}))),
        (&put, "/list/0/x", Ok(json!({"a": {"b": 1, "c": 2}, "list": [{"x": 9}], "k/~": 0}))),
        (&put, "/list/1/x", Err("an array of 1 has no item `1`")),
        (&put, "/a/b/c", Err("`1` is no object")),
        (&template, "/settings/b", Ok(json!({"settings": {"b": 9}, "reason": "servo"}))),
    ] {
        let change = Wanted { name: "b".into(), pointer: pointer.into(), value: json!(9) };
        match (body(set, &before, &[change]), wanted) {
            (Ok(body), Ok(wanted)) => assert_eq!(body, wanted, "{pointer}"),
            (Err(failure), Err(wanted)) => assert!(failure.message.contains(wanted), "{}", failure.message),
            (found, wanted) => panic!("{pointer}: {found:?}, expected {wanted:?}"),
        }
    }
}
