use super::*;

fn filled(name: &str, events: &[&str], text: &str) -> String {
    let events: Vec<String> = events.iter().map(ToString::to_string).collect();
    Template { name, events: &events }.text(text)
}

#[test]
fn names_are_filled_in() {
    let text = "{{name}} {{name_}} {{Name}} ({{events}})";
    assert_eq!(
        filled("shop-2_a", &["measure", "check"], text),
        "shop-2_a shop_2_a Shop2A (measure, check)\n"
    );
}

#[test]
fn lines_are_for_their_events() {
    let text =
        "a\n// {{#measure}}\nb\n// {{#check}}\nc\n// {{/}}\n// {{/}}\n# {{#adjust|check}}\nd\n# {{/}}\n";
    for (events, wanted) in [
        (&["measure"][..], "a\nb\n"),
        (&["measure", "check"], "a\nb\nc\nd\n"),
        (&["check"], "a\nd\n"),
        (&["describe"], "a\n"),
    ] {
        assert_eq!(filled("x", events, text), wanted, "{events:?}");
    }
}

#[test]
fn files_get_their_names() {
    let template = Template { name: "my-shop", events: &[] };
    assert_eq!(template.path("dot-gitignore"), PathBuf::from(".gitignore"));
    assert_eq!(template.path("src/{{name_}}_test.go"), PathBuf::from("src/my_shop_test.go"));
}
