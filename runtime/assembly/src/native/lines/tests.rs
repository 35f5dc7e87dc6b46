use super::*;

fn lines(max: usize, chunks: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = Lines::new(max);
    for chunk in chunks {
        lines.push(chunk.as_bytes(), |line| found.push(line.to_owned()));
    }
    lines.finish(|line| found.push(line.to_owned()));
    found
}

#[test]
fn lines_are_found_across_chunks_and_cut() {
    assert_eq!(lines(10, &["a\nb", "c\r\n", "\nlast"]), ["a", "bc", "", "last"]);
    assert_eq!(lines(4, &["abc", "defgh", "i\nnext\n"]), ["abcd", "next"]);
    assert!(lines(4, &[""]).is_empty());
}

#[test]
fn bytes_that_are_no_text_are_shown_all_the_same() {
    let mut found = Vec::new();
    Lines::new(9).push(b"a\xff\n", |line| found.push(line.to_owned()));
    assert_eq!(found, ["a\u{fffd}"]);
}

#[test]
fn only_the_last_words_are_kept_and_a_flood_ends() {
    let talk = Talk::new(&"hooks".into(), Event::Measure);
    for number in 0..9 {
        talk.error(&format!("{number}"));
    }
    talk.error("  ");
    assert_eq!(talk.last(), "5 | 6 | 7 | 8");
    talk.error(&"x".repeat(300));
    assert!(talk.last().ends_with(&"x".repeat(200)) && !talk.last().ends_with(&"x".repeat(201)));
    for _ in 0..100 {
        talk.out(&"y".repeat(1024));
    }
    assert!(talk.said().bytes <= LOGGED_MAX && talk.said().dropped > 0);
}
