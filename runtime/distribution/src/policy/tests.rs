use std::path::Path;

use super::*;
use crate::signature::{KeyKind, SigningKey, sign};

const REFERENCE: &str = "oci://r.example.com/connectors/prom:1.2";

struct Team {
    name: &'static str,
    key: SigningKey,
}

impl Team {
    fn new(name: &'static str) -> Self {
        Self { name, key: SigningKey::generate(KeyKind::Ed25519).expect("a key") }
    }

    fn named(&self) -> NamedKey {
        NamedKey { name: format!("keys/{}.pub", self.name), key: self.key.public().clone() }
    }

    fn signs(&self, content: &[u8]) -> Signature {
        sign(&self.key, &reference(), &Digest::of(content)).expect("a signature")
    }
}

fn reference() -> Reference {
    REFERENCE.parse().expect("a reference")
}

fn rule(pattern: &str, needs: Needs) -> Rule {
    let pattern = Pattern::parse(pattern, Path::new("/srv")).expect(pattern);
    Rule { pattern, needs, place: "servo.yaml:2:3".to_owned() }
}

fn keys(teams: &[&Team]) -> Needs {
    Needs::Signature(teams.iter().map(|team| team.named()).collect())
}

/// The verdict in one word, and what it says.
fn judge(policy: &Policy, signatures: &[Signature]) -> (&'static str, String) {
    short(policy.judge(Subject::Registry(&reference()), &Digest::of(b"it"), signatures))
}

fn short(verdict: Verdict) -> (&'static str, String) {
    match verdict {
        Verdict::NoPolicy => ("no policy", String::new()),
        Verdict::Signed { by, .. } => {
            let by: Vec<String> = by.into_iter().map(|signer| signer.name).collect();
            ("signed", by.join(" "))
        }
        Verdict::Unsigned { rule } => ("unsigned", rule),
        Verdict::Warned { why, hint } => ("warned", format!("{why}; {hint}")),
        Verdict::Refused { why, hint } => ("refused", format!("{why}; {hint}")),
    }
}

#[test]
fn without_a_policy_nothing_is_refused() {
    assert_eq!(judge(&Policy::default(), &[]).0, "no policy");
}

#[test]
fn without_a_rule_registries_are_refused_and_files_warned_about() {
    for rules in [vec![], vec![rule("oci://other/*", Needs::Nothing)]] {
        let policy = Policy::new(rules, Vec::new()).written_in(Path::new("/srv"));
        let (word, text) = judge(&policy, &[]);
        assert_eq!(word, "refused");
        assert!(text.contains("- match: oci://r.example.com/connectors/prom`"), "{text}");
        for (file, place) in
            [("/srv/a.wasm", "./*"), ("/srv/below/a.wasm", "./below/*"), ("/opt/a.wasm", "/opt/*")]
        {
            let (word, text) = short(policy.judge(Subject::File(Path::new(file)), &Digest::of(b"it"), &[]));
            assert_eq!(word, "warned");
            assert!(text.contains(&format!("`- match: {place}`")), "{text}");
            // What is advised would have matched.
            let advised = Policy::new(vec![rule(place, Needs::Nothing)], Vec::new());
            let verdict = advised.judge(Subject::File(Path::new(file)), &Digest::of(b"it"), &[]);
            assert_eq!(short(verdict).0, "unsigned", "{place}");
        }
    }
}

#[test]
fn a_signature_by_a_key_of_the_rule_is_needed() {
    let (ours, theirs, other) = (Team::new("ours"), Team::new("theirs"), Team::new("other"));
    let policy = Policy::new(vec![rule("oci://r.example.com/*", keys(&[&ours, &theirs]))], Vec::new());
    for (signatures, word, text) in [
        (
            vec![],
            "refused",
            "is not signed; the rule at servo.yaml:2:3 asks for keys/ours.pub, keys/theirs.pub",
        ),
        (vec![ours.signs(b"it")], "signed", "keys/ours.pub"),
        (vec![other.signs(b"it"), theirs.signs(b"it")], "signed", "keys/theirs.pub"),
        (vec![theirs.signs(b"it"), ours.signs(b"it")], "signed", "keys/ours.pub keys/theirs.pub"),
        (vec![other.signs(b"it")], "refused", "has 1 signature, and none for sha256:"),
        (vec![ours.signs(b"another")], "refused", "has 1 signature, and none for sha256:"),
        (vec![Signature::new(b"{}".to_vec(), vec![0; 64])], "refused", "has 1 signature"),
    ] {
        let (found, said) = judge(&policy, &signatures);
        assert!(found == word && said.contains(text), "{found}: {said}");
    }
    let file = Policy::new(vec![rule("./*", keys(&[&ours]))], Vec::new());
    let (word, text) = short(file.judge(Subject::File(Path::new("/srv/a")), &Digest::of(b"it"), &[]));
    assert!(word == "refused" && text.contains("`allow: unsigned`"), "{text}");
}

#[test]
fn the_first_rule_that_matches_decides() {
    let ours = Team::new("ours");
    let narrow = || rule("oci://r.example.com/connectors/*", keys(&[&ours]));
    let wide = || rule("oci://r.example.com/*", Needs::Nothing);
    assert_eq!(judge(&Policy::new(vec![narrow(), wide()], Vec::new()), &[]).0, "refused");
    assert_eq!(judge(&Policy::new(vec![wide(), narrow()], Vec::new()), &[]).0, "unsigned");
}

#[test]
fn what_is_revoked_is_refused_whatever_the_rules_say() {
    let (old, new) = (Team::new("old"), Team::new("new"));
    let both = || rule("oci://*/*", keys(&[&old, &new]));
    let open = || rule("oci://*/*", Needs::Nothing);
    let (by_old, by_new) = (old.signs(b"it"), new.signs(b"it"));
    let as_key = || vec![Revoked::Key(old.named())];
    let as_id = || vec![Revoked::Digest(old.key.public().id())];
    let manifest = || vec![Revoked::Digest(Digest::of(b"it"))];
    for (rule, revoked, signatures, word) in [
        (both(), vec![], vec![by_old.clone()], "signed"),
        (both(), as_key(), vec![by_old.clone()], "refused"),
        (both(), as_id(), vec![by_old.clone()], "refused"),
        // Signed anew after the key was lost: the old signature counts for nothing, and does no harm.
        (both(), as_key(), vec![by_old.clone(), by_new.clone()], "signed"),
        (open(), as_key(), vec![by_old.clone()], "refused"),
        (open(), as_key(), vec![by_new.clone()], "unsigned"),
        (open(), as_key(), vec![], "unsigned"),
        // For something else.
        (open(), as_key(), vec![old.signs(b"another")], "unsigned"),
        (both(), manifest(), vec![by_new.clone()], "refused"),
        (open(), manifest(), vec![], "refused"),
    ] {
        let shown = format!("{rule:?} {revoked:?} {signatures:?}");
        assert_eq!(judge(&Policy::new(vec![rule], revoked), &signatures).0, word, "{shown}");
    }
    let (_, text) = judge(&Policy::new(vec![both()], as_key()), &[by_old]);
    assert!(text.contains("signed by keys/old.pub, which is revoked"), "{text}");
}

#[test]
fn signatures_are_asked_for_when_they_matter() {
    let key = Team::new("ours");
    let reference = reference();
    let subject = Subject::Registry(&reference);
    for (rules, revoked, expected) in [
        (vec![], vec![], false),
        (vec![rule("oci://*/*", keys(&[&key]))], vec![], true),
        (vec![rule("oci://*/*", Needs::Nothing)], vec![], false),
        (vec![rule("oci://*/*", Needs::Nothing)], vec![Revoked::Key(key.named())], true),
        (vec![rule("oci://*/*", Needs::Nothing)], vec![Revoked::Digest(Digest::of(b""))], false),
    ] {
        assert_eq!(Policy::new(rules, revoked).asks_for_signatures(subject), expected);
    }
}

#[test]
fn rules_that_are_never_asked_are_found() {
    let placed =
        |pattern: &str, place: &str| Rule { place: place.to_owned(), ..rule(pattern, Needs::Nothing) };
    for (first, second, never) in [
        ("oci://r/c/*", "oci://r/c/pause", true),
        ("oci://r/*", "oci://r/c/*", true),
        ("oci://*/c/*", "oci://r:5000/c/a*b", true),
        ("oci://r/c/pause", "oci://r/c/*", false),
        ("oci://r/c/*", "oci://other/c/pause", false),
        ("./*", "./below/a.wasm", true),
        ("./below/*", "./*", false),
        ("./*", "../*", false),
        ("./*", "oci://r/c/*", false),
    ] {
        let policy = Policy::new(vec![placed(first, "1"), placed(second, "2")], Vec::new());
        assert_eq!(policy.unreachable().len(), usize::from(never), "{first} {second}");
        // The same rule in two spellings is no mistake.
        let policy = Policy::new(vec![placed(first, "1"), placed(second, "1")], Vec::new());
        assert!(policy.unreachable().is_empty());
    }
}
