use super::*;

fn matches(pattern: &str, text: &str) -> bool {
    let pattern = Pattern::parse(pattern, Path::new("/srv/shop")).expect(pattern);
    match text.parse::<Reference>() {
        Ok(reference) => pattern.matches(Subject::Registry(&reference)),
        Err(_) => pattern.matches(Subject::File(Path::new(text))),
    }
}

#[test]
fn patterns_match_repositories_and_files() {
    for (pattern, text, expected) in [
        ("oci://r.example.com/connectors/*", "oci://r.example.com/connectors/prom:1", true),
        ("oci://r.example.com/connectors/*", "oci://R.example.com/connectors/team/prom:1", true),
        ("oci://R.example.com/connectors/*", "oci://r.example.com/connectors/prom", true),
        ("oci://r.example.com/connectors/*", "oci://r.example.com/connectors-of-others/prom", false),
        ("oci://r.example.com/connectors/*", "oci://r.example.com/other/connectors/prom", false),
        ("oci://r.example.com/connectors/prom", "oci://r.example.com/connectors/prom:2", true),
        ("oci://r.example.com/connectors/prom", "oci://r.example.com/connectors/prometheus", false),
        ("oci://r.example.com/*", "oci://r.example.com:5000/a", false),
        ("oci://r.example.com:5000/*", "oci://r.example.com:5000/a", true),
        ("oci://*.example.com/*", "oci://r.example.com/a", true),
        ("oci://*.example.com/*", "oci://example.com/a", false),
        // A star in a host does not reach into the path of somebody else's registry.
        ("oci://*.example.com/x/*", "oci://evil.test/r.example.com/x/a", false),
        ("oci://*/x", "oci://evil.test/y/x", false),
        ("oci://r/*a*b*", "oci://r/xaxbx", true),
        ("oci://r/*a*b*", "oci://r/xbxax", false),
        ("oci://r/*", "/srv/shop/a.wasm", false),
        ("./*", "/srv/shop/a.wasm", true),
        ("./*", "/srv/shop/below/./a.wasm", true),
        ("./*", "/srv/shop/../other/a.wasm", false),
        ("./*", "/srv/shopping/a.wasm", false),
        ("./*.wasm", "/srv/shop/a.wat", false),
        ("./x/../*", "/srv/shop/a.wasm", true),
        ("../*", "/srv/other/a.wasm", true),
        ("/opt/*", "/opt/a.wasm", true),
        ("/opt/*", "/srv/opt/a.wasm", false),
        ("./*", "oci://srv/shop", false),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
}

#[test]
fn a_star_leaves_the_folder_of_a_relative_pattern_alone() {
    let pattern = Pattern::parse("./*", Path::new("")).expect("a pattern");
    for (path, expected) in [("a.wasm", true), ("./b/a.wasm", true), ("/a.wasm", false), ("../a.wasm", false)]
    {
        assert_eq!(pattern.matches(Subject::File(Path::new(path))), expected, "{path}");
    }
}

#[test]
fn what_names_no_places_is_refused() {
    for text in [
        "",
        "*",
        "x.wasm",
        "prometheus",
        "oci://registry",
        "oci://registry/a:1",
        "oci://registry/a:*",
        "oci://registry/a@sha256:00",
        "oci://registry/A",
        "oci://user:secret@registry/a",
        "https://registry/a",
        &format!("./{}", "*".repeat(2000)),
    ] {
        let error = Pattern::parse(text, Path::new("/")).expect_err(text).to_string();
        assert!(error.len() < 500, "{error}");
    }
}

#[test]
fn many_stars_take_no_time() {
    let pattern = Pattern::parse(&format!("./{}b", "*a".repeat(400)), Path::new("/")).expect("a pattern");
    assert!(!pattern.matches(Subject::File(Path::new(&format!("/{}", "a".repeat(4000))))));
}
