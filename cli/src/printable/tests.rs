use super::{line, printable};

#[test]
fn what_would_do_something_is_shown_instead() {
    for (text, shown) in [
        ("plain, with ümlauts √\nand lines", "plain, with ümlauts √\nand lines"),
        ("\u{1b}[2J\u{1b}]0;title\u{7}", "\\u{1b}[2J\\u{1b}]0;title\\u{7}"),
        ("over\rwritten\u{8}", "over\\rwritten\\u{8}"),
        ("a\tb", "a\\tb"),
        ("\u{9b}31m", "\\u{9b}31m"),
        ("\u{202e}txt.exe", "\\u{202e}txt.exe"),
    ] {
        assert_eq!(printable(text), shown, "{text:?}");
    }
}

#[test]
fn a_line_stays_one() {
    assert_eq!(line("a\nexample.com/other: forged\u{7}"), "a\\nexample.com/other: forged\\u{7}");
}
