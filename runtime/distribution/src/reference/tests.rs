use super::*;

fn parse(text: &str) -> Result<Reference, ReferenceError> {
    text.parse()
}

#[test]
fn references_are_written_as_they_are_read() {
    let digest = Digest::of(b"");
    for text in [
        "oci://registry.example.com/connectors/prometheus:1.2",
        "oci://localhost:5000/a",
        "oci://[::1]:5000/a.b_c__d---e/f:_x.y-Z",
        &format!("oci://127.0.0.1/x@{digest}"),
        &format!("oci://127.0.0.1/x:1@{digest}"),
    ] {
        assert_eq!(parse(text).map(|reference| reference.to_string()), Ok(text.to_owned()));
    }
    let reference = parse("oci://Registry.Example.com/x:1").expect("a reference");
    assert_eq!(reference.registry(), "registry.example.com");
    assert_eq!(reference.at(digest).to_string(), format!("oci://registry.example.com/x:1@{digest}"));
    assert_eq!(
        reference.tagged("2").map(|other| other.to_string()),
        Ok("oci://registry.example.com/x:2".into())
    );
}

#[test]
fn what_is_no_reference_is_refused() {
    for text in [
        "registry/x:1",
        "oci://",
        "oci://registry",
        "oci:///x",
        "oci://registry/",
        "oci://registry/X",
        "oci://registry/a//b",
        "oci://registry/a_-b",
        "oci://registry/a___b",
        "oci://registry/.a",
        "oci://registry/a/../b",
        "oci://registry/a:",
        "oci://registry/a:-1",
        "oci://registry/a@sha256:00",
        "oci://registry:0/a",
        "oci://registry:+80/a",
        "oci://registry:99999/a",
        "oci://user:password@registry/a",
        "oci://[::g]/a",
        "oci://-registry/a",
        "oci://registry/a?b",
        "oci://registry/a b",
        &format!("oci://registry/{}", "a".repeat(300)),
        &format!("oci://registry/a:{}", "1".repeat(129)),
    ] {
        let error = parse(text).expect_err(text);
        assert!(error.to_string().len() < 600, "{error}");
    }
}

#[test]
fn this_machine_is_known_by_its_addresses() {
    for (text, expected) in [
        ("oci://localhost:5000/a", true),
        ("oci://127.0.0.1/a", true),
        ("oci://127.9.9.9:1/a", true),
        ("oci://[::1]:5000/a", true),
        ("oci://[::1]/a", true),
        ("oci://localhost.example.com/a", false),
        ("oci://10.0.0.1/a", false),
    ] {
        assert_eq!(parse(text).map(|reference| reference.is_loopback()), Ok(expected), "{text}");
    }
}
