use serde_json::{Value, json};
use servo_config::Source;

use super::yaml;

/// What is written must be read again as it was, whatever a server answered.
#[test]
fn any_text_comes_back_from_yaml() {
    let texts = [
        "",
        " ",
        "\n",
        "a\n",
        "a\n\n",
        " a",
        "a ",
        "a\r\nb\r\n",
        "\ta\tb",
        "- a",
        "? a",
        "a: b",
        "a #b",
        "#a",
        "'",
        "\"",
        "\\n",
        "null",
        "~",
        "true",
        "1",
        "1e3",
        "0x1F",
        "1_000",
        "12:30",
        "2026-11-21",
        "=",
        "<<",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "{a",
        "[a",
        "|",
        ">",
        "---\na",
        "...\n",
        "\u{0}",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{feff}a",
        "ä\u{1f600}",
        "  lead\n two\n",
        "\n lead\n",
        "a\n  \nb",
        "a\t\nb \n",
        "# TYPE x counter\nx{a=\"b\"} 1\n",
    ];
    for text in texts {
        let value = json!({"body": text, "list": [text], text.to_owned() + "k": 1.5});
        let written = yaml(&value).unwrap();
        let read = servo_config::yaml::parse(&Source::from_text("x", written.clone()));
        let read: Vec<Value> =
            read.map(|nodes| nodes.iter().map(|node| node.to_json()).collect()).unwrap_or_default();
        assert_eq!(read, [value], "{text:?} became\n{written}");
    }
}
