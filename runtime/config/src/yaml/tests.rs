use std::fmt::Write;

use super::*;
use crate::problem::Problems;

fn read(text: &str) -> Result<Vec<serde_json::Value>, Problems> {
    let source = Source::from_text("a.yaml", text);
    Ok(parse(&source)?.iter().map(Node::to_json).collect())
}

fn refused(text: &str) -> String {
    let problems = read(text).unwrap_err();
    problems.list().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn values_follow_yaml_1_2() {
    for (yaml, json) in [
        ("", "[null]"),
        ("# nothing", "[null]"),
        ("a: true", r#"[{"a":true}]"#),
        ("scripts: {on: yes, off: no}", r#"[{"scripts":{"on":"yes","off":"no"}}]"#),
        ("1: a\ntrue: b", r#"[{"1":"a","true":"b"}]"#),
        ("a: ~\nb:\nc: null", r#"[{"a":null,"b":null,"c":null}]"#),
        ("[1, -2, +3, 0x1f, 0o17, 1.5, 1e3, .5, -0.0]", "[[1,-2,3,31,15,1.5,1000.0,0.5,-0.0]]"),
        ("[18446744073709551615, -9223372036854775808]", "[[18446744073709551615,-9223372036854775808]]"),
        (
            "[1_000, 12:30, 1.2.3, 2024-01-02, ., e3, 0x, 1m30s]",
            r#"[["1_000","12:30","1.2.3","2024-01-02",".","e3","0x","1m30s"]]"#,
        ),
        ("['1', \"true\", !!str 5, !!int 7]", r#"[["1","true","5",7]]"#),
        ("a: |\n  x\n  y\nb: >\n  x\n  y\n", r#"[{"a":"x\ny\n","b":"x y\n"}]"#),
        ("a: &x {k: 1}\nb: *x", r#"[{"a":{"k":1},"b":{"k":1}}]"#),
        ("base: &b {x: 1, y: 2}\nc: {<<: *b, y: 3}", r#"[{"base":{"x":1,"y":2},"c":{"y":3,"x":1}}]"#),
        (
            "a: &a {x: 1}\nb: &b {x: 2, z: 3}\nc: {<<: [*a, *b]}",
            r#"[{"a":{"x":1},"b":{"x":2,"z":3},"c":{"x":1,"z":3}}]"#,
        ),
        ("a: {'<<': 1}", r#"[{"a":{"<<":1}}]"#),
        ("a: 1\n---\nb: 2\n---\n", r#"[{"a":1},{"b":2}]"#),
        ("---\n---\n", "[null]"),
    ] {
        let expected: serde_json::Value = serde_json::from_str(json).unwrap();
        let found = read(yaml).unwrap_or_else(|problems| panic!("{yaml}: {problems}"));
        assert_eq!(serde_json::Value::Array(found), expected, "{yaml}");
    }
}

#[test]
fn wrong_files_say_where() {
    let all = [
        "a: 1\nb: 2\na: 3\nb: 4",
        "a: [1, 2",
        "a: \"x",
        "a: b: c",
        "a:\n\t- x",
        "a: *nowhere",
        "a: &a [*a]",
        "? [1]\n: 2",
        "a: !!python/object:os.system x",
        "a: !Custom {b: 1}",
        "a: .inf",
        "a: 99999999999999999999",
        "a: !!int x",
        "a: {<<: 1}",
        "- a\nb: 1",
    ];
    let shown: Vec<String> = all.iter().map(|text| refused(text)).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn places_count_lines_and_characters() {
    let source = Source::from_text("a.yaml", "# ünï\nkey:\n  - {näme: 'välue'}\n");
    let document = parse(&source).unwrap().remove(0);
    let value = document.get(["key", "0", "näme"]).unwrap();
    let Origin::File(place) = &value.origin else { panic!() };
    assert_eq!((place.span.line, place.span.column), (3, 12));
    assert_eq!(&source.text()[place.span.start..place.span.end], "'välue'");
    let entry = document.entry(&["key"]).unwrap();
    assert_eq!(entry.key.to_string(), "a.yaml:2:1");
}

#[test]
fn billion_laughs_are_refused() {
    let mut bomb = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..30 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(bomb, "a{level}: &a{level} [{aliases}]").unwrap();
    }
    assert!(refused(&bomb).contains("aliases repeat more than 100000 values"), "{}", refused(&bomb));

    // Few values, much text.
    let text = "x".repeat(500_000);
    let wide = format!("a: &a {text}\nb: [{}]", vec!["*a"; 5_000].join(", "));
    assert!(refused(&wide).contains("4MiB of text"));
}

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in [("[", "]"), ("{a: ", "}")] {
        let fits = format!("{}1{}", open.repeat(DEPTH_MAX - 1), close.repeat(DEPTH_MAX - 1));
        assert!(read(&fits).is_ok(), "{open}");
        let deep = open.repeat(500_000);
        assert!(refused(&deep).contains("nested deeper than 64 levels"), "{}", refused(&deep));
    }
    let block: String = (0..200).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert!(refused(&block).contains("nested deeper than 64 levels"));
    // Aliases cannot stack what the file alone may not.
    let mut stacked = "a0: &a0 [1]\n".to_owned();
    for level in 1..100 {
        writeln!(stacked, "a{level}: &a{level} [*a{}]", level - 1).unwrap();
    }
    assert!(refused(&stacked).contains("nested deeper than 64 levels"));
}

#[test]
fn too_many_values_are_refused() {
    let many = format!("[{}]", "1,".repeat(VALUES_MAX));
    assert!(refused(&many).contains("more than 100000 values"));
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "[a-c:\\-\\[\\]{}&*!|>'\"# \n?,<0-9.~%@`]{0,60}") {
        if let Err(problems) = read(&text) {
            proptest::prop_assert!(!problems.render(false).is_empty());
        }
    }
}
