use super::*;

fn read(text: &str, process: &[(&str, &str)]) -> Result<Environment, String> {
    let variables = process.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    Environment::new(variables)
        .with_dotenv(&Source::from_text(".env", text))
        .map_err(|problems| crate::testing::lines(&problems))
}

#[test]
fn dotenv_values_are_read() {
    for (text, value) in [
        ("A=1", "1"),
        ("export A=1", "1"),
        ("  A = 1  ", "1"),
        ("A=", ""),
        ("A= # empty", ""),
        ("A=a b # comment", "a b"),
        ("A=a#b", "a#b"),
        ("A='a # b' # comment", "a # b"),
        ("A=\"a\\n\\\"b\\\"\"", "a\n\"b\""),
        ("A='a\\n'", "a\\n"),
        ("A=\"two\nlines\"", "two\nlines"),
        ("A=a=b", "a=b"),
        ("A=ü", "ü"),
        ("A=1\nA=2", "2"),
        ("B=x\nA=${B}y${C}z", "xyz"),
        ("A=$B", "$B"),
        ("A='${B}'", "${B}"),
        ("A=${B", "${B"),
        ("#A=0\r\nA=1\r\n", "1"),
    ] {
        let environment = read(text, &[]).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(environment.get("A").map(|(value, _)| value), Some(value), "{text}");
    }
    assert_eq!(read("A=${B}", &[("B", "outer")]).unwrap().get("A").unwrap().0, "outer");
}

#[test]
fn the_process_wins_and_origins_are_known() {
    let environment = read("# first\nA=file\nB=\"x\ny\"\nC=c", &[("A", "process")]).unwrap();
    let shown = |name| environment.get(name).map(|(text, origin)| format!("{text} {origin}"));
    assert_eq!(shown("A").unwrap(), "process environment A");
    assert_eq!(shown("C").unwrap(), "c .env:5 C");
    assert_eq!(shown("D"), None);
}

#[test]
fn wrong_lines_are_all_named_and_never_repeated() {
    let shown = read("A=1\nsecret text\nB='open\nC=\"x\" y\n1A=2\n=3", &[]).unwrap_err();
    assert!(!shown.contains("secret text"), "{shown}");
    let lines: Vec<&str> = shown.lines().map(|line| line.split(" (").next().unwrap()).collect();
    assert_eq!(
        lines,
        [
            ".env:2 this line: this line is not an assignment",
            ".env:3 this line: a quote is not closed",
            ".env:4 this line: something follows the closing quote",
            ".env:5 this line: this line is not an assignment",
            ".env:6 this line: this line is not an assignment",
        ]
    );
}

#[test]
fn the_nearest_dotenv_upward_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("a/b");
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(folder.path().join(".env"), "A=outer").unwrap();
    let found = Environment::find_dotenv(&deep).unwrap().unwrap();
    assert_eq!(found.text(), "A=outer");
    std::fs::write(folder.path().join("a/.env"), "A=inner").unwrap();
    assert_eq!(Environment::find_dotenv(&deep).unwrap().unwrap().text(), "A=inner");
}

#[test]
fn debug_shows_no_values() {
    let environment = read("A=dotenvsecret", &[("B", "processsecret")]).unwrap();
    assert!(!format!("{environment:?}").contains("secret"));
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "[A-C=\"'\\\\ #$\\{\\}\n-]{0,40}") {
        let _ = read(&text, &[]);
    }
}
