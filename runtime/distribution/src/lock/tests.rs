use proptest::prelude::*;

use super::*;

fn digest(content: &str) -> Digest {
    Digest::of(content.as_bytes())
}

fn entry(reference: &str, content: &str) -> LockEntry {
    LockEntry {
        reference: reference.parse().expect(reference),
        index: None,
        manifest: digest(content),
        component: digest("component"),
        size: 1234,
        contract: Some("0.1.0".to_owned()),
        imports: vec!["http".to_owned(), "state".to_owned()],
        schema: Some(digest("schema")),
        signed_by: vec![digest("key")],
    }
}

fn lock(entries: impl IntoIterator<Item = LockEntry>) -> Lock {
    let mut lock = Lock::default();
    for entry in entries {
        lock.insert(entry);
    }
    lock
}

#[test]
fn a_lock_is_read_as_it_was_written() {
    let bare = LockEntry {
        contract: Some("1.0".to_owned()),
        imports: Vec::new(),
        schema: None,
        signed_by: Vec::new(),
        ..entry("oci://r/b:1", "1")
    };
    let written = lock([bare.clone(), entry("oci://r/a:1", "2")]).to_yaml().expect("YAML");
    let other_order = lock([entry("oci://r/a:1", "2"), bare]);
    assert_eq!(other_order.to_yaml().expect("YAML"), written);
    assert_eq!(Lock::parse(&written).expect("a lock"), other_order);
    assert!(written.find("r/a:1") < written.find("r/b:1"), "{written}");
    let empty = Lock::default().to_yaml().expect("YAML");
    assert_eq!(Lock::parse(&empty).expect("a lock"), Lock::default());
}

#[test]
fn a_lock_can_be_written_by_hand() {
    let manifest = digest("m");
    let text = format!(
        "version: 1\ncomponents:\n- {{reference: 'oci://r/a:1', manifest: '{manifest}', component: '{manifest}', size: 1}}\n"
    );
    let lock = Lock::parse(&text).expect("a lock");
    let entry = lock.get(&"oci://r/a:1".parse().expect("a reference")).expect("an entry");
    assert_eq!((entry.manifest, entry.size, entry.contract.as_deref()), (manifest, 1, None));
    assert!(Lock::parse("version: 1").expect("a lock").entries().next().is_none());
}

#[test]
fn what_is_no_lock_is_refused_with_the_next_step() {
    let sum = digest("m");
    let entry = |reference: &str, more: &str| {
        format!("- {{reference: '{reference}', manifest: '{sum}', component: '{sum}', size: 1{more}}}\n")
    };
    let one = |reference: &str, more: &str| format!("version: 1\ncomponents:\n{}", entry(reference, more));
    for (text, expected) in [
        (String::new(), "servo lock"),
        ("[]".to_owned(), "servo lock"),
        ("components: []".to_owned(), "version"),
        ("version: 2\nelse: what".to_owned(), "it has the version 2"),
        ("version: 1\nelse: what".to_owned(), "else"),
        ("version: 1\ncomponents: [{}]".to_owned(), "reference"),
        (one("registry/a:1", ""), "no reference"),
        (one("oci://r/a", ""), "neither tag nor digest"),
        (one("oci://r/a:1", ", sizes: 2"), "sizes"),
        (one(&format!("oci://r/a@{}", digest("x")), ""), "another digest"),
        (one("oci://r/a:1", "").replace(&sum.to_string(), "sha256:0"), "digest"),
        (one("oci://r/a:1", "") + &entry("oci://r/a:1", ""), "has two entries"),
        ("#".repeat(LOCK_BYTES_MAX + 1), "larger than"),
        ("version: 1\ncomponents: &a [*a]".to_owned(), "servo lock"),
        ("[".repeat(100_000), "servo lock"),
    ] {
        let shown: String = text.chars().take(80).collect();
        let error = Lock::parse(&text).expect_err(&shown).to_string();
        assert!(error.contains(expected) && error.len() < 600, "{shown}: {error}");
    }
}

#[test]
fn a_reference_may_name_an_index() {
    let (index, manifest) = (digest("index"), digest("manifest"));
    let of = |named: Digest| LockEntry {
        index: Some(index),
        manifest,
        ..entry(&format!("oci://r/a@{named}"), "any")
    };
    let written = lock([of(index)]).to_yaml().expect("YAML");
    let read = Lock::parse(&written).expect("a lock");
    let entry = read.entries().next().expect("an entry");
    assert_eq!((entry.named(), entry.manifest), (index, manifest));
    let wrong = lock([of(manifest)]).to_yaml().expect("YAML");
    assert!(Lock::parse(&wrong).expect_err("a contradiction").to_string().contains("another digest"));
}

proptest! {
    #[test]
    fn nothing_that_is_read_panics(text in "\\PC{0,200}", at in 0usize..400, with in any::<u8>()) {
        let _ = Lock::parse(&text);
        let mut valid = lock([entry("oci://r/a:1", "1")]).to_yaml().expect("YAML").into_bytes();
        let at = at % valid.len();
        valid[at] = with;
        if let Ok(lock) = Lock::parse(&String::from_utf8_lossy(&valid)) {
            let again = Lock::parse(&lock.to_yaml().expect("YAML")).expect("a lock");
            prop_assert_eq!(again, lock);
        }
    }
}
