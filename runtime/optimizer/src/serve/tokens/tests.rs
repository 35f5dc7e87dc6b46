use secrecy::ExposeSecret as _;

use super::*;

#[test]
fn a_token_is_that_of_its_application_however_it_is_sent() {
    let tokens = Tokens::new([("a/shop", "one"), ("a/cart", "two"), ("a/none", "")]);
    let table = [
        ("a/shop", "authorization", "Bearer one", true),
        ("a/shop", "authorization", "bearer  one ", true),
        ("a/shop", "x-sf-token", "one", true),
        ("a/cart", "authorization", "Bearer one", false),
        ("a/shop", "authorization", "Bearer on", false),
        ("a/shop", "authorization", "Bearer one two", false),
        ("a/shop", "authorization", "Basic one", false),
        ("a/shop", "authorization", "one", false),
        ("a/shop", "cookie", "one", false),
        ("a/other", "authorization", "Bearer one", false),
        ("", "authorization", "Bearer ", false),
    ];
    for (id, header, value, admitted) in table {
        let mut headers = HeaderMap::new();
        headers.insert(header, value.parse().unwrap());
        assert_eq!(tokens.admit(id, &headers), admitted, "{id} {header}: {value}");
    }
    assert_eq!(format!("{tokens:?}"), "Tokens(3)");
}

#[test]
fn a_file_may_say_how_its_token_is_sent() {
    let table = [
        ("abc", Ok("abc")),
        (" abc\n", Ok("abc")),
        ("Bearer abc", Ok("abc")),
        ("X-SF-Token abc", Ok("abc")),
        ("a b", Ok("a b")),
        ("", Err("is empty")),
        ("Bearer", Err("is none that a servo can send")),
        ("a\nb", Err("has characters in it that no token can have")),
        ("schlüssel", Err("is none that a servo can send")),
    ];
    for (text, expected) in table {
        match (bare_token(&SecretString::from(text)), expected) {
            (Ok(bare), Ok(expected)) => assert_eq!(bare.expose_secret(), expected),
            (Err(why), Err(expected)) => assert!(why.starts_with(expected), "{text}: {why}"),
            (other, _) => panic!("{text}: {:?}", other.is_ok()),
        }
    }
}
