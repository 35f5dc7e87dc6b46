use super::*;

#[test]
fn the_nearest_name_is_found() {
    let known = ["prometheus", "vegeta", "wait", "base_url", "metrics"];
    for (typed, meant) in [
        ("promethus", Some("prometheus")),
        ("Vegeta", Some("vegeta")),
        ("baseurl", Some("base_url")),
        ("base-url", Some("base_url")),
        ("metric", Some("metrics")),
        ("wiat", Some("wait")),
        ("kubernetes", None),
        ("x", None),
        ("", None),
    ] {
        assert_eq!(nearest(typed, known), meant, "{typed}");
    }
}

#[test]
fn long_names_cost_nothing() {
    assert_eq!(nearest(&"x".repeat(1 << 20), ["wait"]), None);
}
