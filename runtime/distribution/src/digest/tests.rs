use super::*;

const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn a_digest_is_written_as_it_is_read() {
    assert_eq!(Digest::of(b"").to_string(), EMPTY);
    assert_eq!(EMPTY.parse(), Ok(Digest::of(b"")));
    let mut pieces = Hasher::default();
    pieces.update(b"a");
    pieces.update(b"b");
    assert_eq!(pieces.finish(), Digest::of(b"ab"));
}

#[test]
fn what_is_no_digest_is_refused() {
    let upper = EMPTY.to_uppercase();
    let long = format!("{EMPTY}0");
    for text in
        ["", "sha256:", &EMPTY[7..], &EMPTY[..EMPTY.len() - 1], &upper, &long, "sha512:00", "sha256:é"]
    {
        assert!(text.parse::<Digest>().is_err(), "{text}");
    }
    let error = "x".repeat(100_000).parse::<Digest>().expect_err("no digest").to_string();
    assert!(error.len() < 300, "{}", error.len());
}
