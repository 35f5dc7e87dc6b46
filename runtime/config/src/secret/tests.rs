use secrecy::ExposeSecret;

use super::*;

#[test]
fn secret_names_are_recognised() {
    for (name, secret) in [
        ("token", true),
        ("client_secret", true),
        ("Password", true),
        ("api_key", true),
        ("token_file", false),
        ("password_file", false),
        ("token_url", false),
        ("rate", false),
        ("keepalive", false),
    ] {
        assert_eq!(is_secret_name(name), secret, "{name}");
    }
}

#[test]
fn lines_hide_secrets_and_keep_their_length() {
    for (line, shown) in [
        ("  token: abc def", "  token: *** ***"),
        ("{id: a, token: x}", "{id: a, token: **"),
        ("OPSANI_TOKEN=abc", "OPSANI_TOKEN=***"),
        ("\"password\": \"x\"", "\"password\": ***"),
        ("token_file: /run/x", "token_file: /run/x"),
        ("rate: 50/1s", "rate: 50/1s"),
        ("a: b", "a: b"),
    ] {
        assert_eq!(mask_line(line), shown);
    }
    assert_eq!(mask_line("token: ä").len(), "token: ä".len());
}

#[test]
fn secrets_come_from_files_without_white_space() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, " abc \n").unwrap();
    let secret = read_secret(&path).unwrap();
    assert_eq!(secret.expose_secret(), "abc");
    assert!(!format!("{secret:?}").contains("abc"));
    std::fs::File::create(&path).unwrap().set_len(100 << 20).unwrap();
    assert!(read_secret(&path).is_err());
}
