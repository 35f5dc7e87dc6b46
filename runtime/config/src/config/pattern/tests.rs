use super::Pattern;

#[test]
fn texts_select_themselves_and_expressions_what_they_are_found_in() {
    for (pattern, text, selected) in [
        ("reachable", "reachable", true),
        ("reachable", "reachable from here", false),
        ("/reach/", "is reachable", true),
        ("/^reach/", "is reachable", false),
        ("/(?i)QUERY \"\\w+\"/", "Run query \"up\"", true),
        ("/", "/", true),
        ("//", "anything", true),
        ("/api", "/api", true),
    ] {
        assert_eq!(pattern.parse::<Pattern>().unwrap().matches(text), selected, "{pattern} and {text}");
    }
}

#[test]
fn lists_are_split_at_commas_outside_expressions() {
    for (text, count) in [("a", 1), ("a,b", 2), (" a , b ", 2), ("/a{1,2}/", 1), ("", 1), ("/x/,b", 2)] {
        assert_eq!(Pattern::list(text).unwrap().len(), count, "{text}");
    }
}

#[test]
fn wrong_expressions_are_told_in_one_line() {
    for (text, reason) in [
        ("/a(/", "unclosed group"),
        ("/[z-a]/", "invalid character class range, the start must be <= the end"),
        (r"/(?=a)b/", "look-around, including look-ahead and look-behind, is not supported"),
        (r"/\w{1000}{1000}/", "it takes too much memory; write a shorter one"),
    ] {
        let error = text.parse::<Pattern>().unwrap_err();
        assert_eq!(error.to_string(), format!("`{text}` is not a regular expression: {reason}"));
    }
}
