//! Who must have signed what: refused components are never compiled.

use std::os::unix::fs::FileTypeExt as _;

use servo_test_support::Signal;

use super::lab::{Lab, files};

/// A lab with a pushed connector, two pairs of keys, and a configuration that wants it signed by the first.
fn guarded() -> (Lab, String, String) {
    let lab = Lab::new();
    let digest = lab.pushed("wait", "1.0.0", "pause:1.0");
    for name in ["team", "others"] {
        let made =
            lab.servo(&format!("sign --generate {name}")).env("COSIGN_PASSWORD", "hush-hush").run().expect(0);
        assert!(!(made.stdout + &made.stderr).contains("hush-hush"));
    }
    let reference = lab.at("pause:1.0");
    trust(&lab, "  keys: [team.pub]");
    (lab, reference, digest)
}

fn trust(lab: &Lab, rule: &str) {
    let policy = format!("trust:\n- match: oci://{}/connectors/*\n{rule}\n", lab.registry.address());
    lab.configured(&lab.at("pause:1.0"), &policy);
}

fn sign(lab: &Lab, reference: &str, key: &str) {
    let line = format!("sign {reference} --key {key}.key");
    lab.servo(&line).env("COSIGN_PASSWORD", "hush-hush").run().expect(0);
}

/// Refused for this reason, and nothing of it was compiled or is kept compiled.
#[track_caller]
fn refused(lab: &Lab, line: &str, parts: &[&str]) {
    let said = lab.says(line, 2);
    for part in parts {
        assert!(said.stderr.contains(part), "{part}: {}", said.stderr);
    }
    assert_eq!(lab.compiled(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn what_is_not_signed_is_never_compiled() {
    let (lab, reference, _) = guarded();
    refused(&lab, "measure -d 50ms", &["not signed", "team.pub", "servo.yaml"]);
    let install = lab.says(&format!("install {reference} --name pause"), 1);
    assert!(install.stderr.contains("not signed"), "{}", install.stderr);
    assert_eq!(lab.compiled().len(), 0);
    // By somebody else.
    sign(&lab, &reference, "others");
    refused(&lab, "measure -d 50ms", &["team.pub"]);
    lab.says(&format!("verify {reference}"), 1);
    lab.says(&format!("verify {reference} --key others.pub"), 0);
    // By the right one.
    sign(&lab, &reference, "team");
    lab.says("measure -d 50ms", 0);
    let verified = lab.json(&format!("verify {reference}"));
    assert_eq!((&verified["accepted"], &verified["signatures"]), (&true.into(), &2.into()));
    assert!(verified["signed_by"][0].as_str().unwrap().starts_with("team.pub ("), "{verified}");
    let locked = lab.json("lock");
    assert_eq!(locked[0]["signed_by"].as_array().unwrap().len(), 1);
}

#[test]
fn a_moved_tag_needs_a_signature_of_its_own() {
    let (lab, reference, _) = guarded();
    sign(&lab, &reference, "team");
    lab.pushed("wait", "6.6.6", "pause:1.0");
    refused(&lab, "measure -d 50ms", &["not signed"]);
}

#[test]
fn a_key_that_is_gone_or_revoked_counts_no_more() {
    let (lab, reference, digest) = guarded();
    sign(&lab, &reference, "team");
    lab.says("measure -d 50ms", 0);
    let forget = || std::fs::remove_dir_all(lab.world.path("state/components")).unwrap();
    for (rule, part) in [
        ("  keys: [others.pub]".to_owned(), "others.pub"),
        ("  keys: [team.pub]\n- revoked: [team.pub]".to_owned(), "revoked"),
        (format!("  keys: [team.pub]\n- revoked: ['{digest}']"), "revoked"),
    ] {
        forget();
        trust(&lab, &rule);
        refused(&lab, "measure -d 50ms", &[part]);
        trust(&lab, "  keys: [team.pub]");
        lab.says("measure -d 50ms", 0);
    }
    // What lies in the store is judged the same without a registry.
    forget();
    trust(&lab, "  keys: [others.pub]");
    lab.says("lock", 1);
    let pinned = format!("{reference}@{digest}");
    let policy = format!("trust:\n- match: oci://{}/*\n  keys: [others.pub]\n", lab.registry.address());
    lab.configured(&pinned, &policy);
    refused(&lab, "measure -d 50ms", &["others.pub"]);
}

#[test]
fn an_installed_connector_is_judged_at_every_start() {
    let (lab, reference, _) = guarded();
    sign(&lab, &reference, "team");
    lab.says(&format!("install {reference} --name pause"), 0);
    let policy = |key: &str| {
        let rule = format!("trust:\n- match: oci://{}/*\n  keys: [{key}.pub]\n", lab.registry.address());
        lab.world
            .file("servo.yaml", format!("connectors: [pause]\npause: {{measure_enabled: true}}\n{rule}"));
    };
    policy("team");
    lab.says("measure -d 50ms", 0);
    policy("others");
    let said = lab.says("measure -d 50ms", 2);
    assert!(said.stderr.contains("others.pub"), "{}", said.stderr);
}

#[test]
fn files_and_unknown_registries_follow_the_rules() {
    let lab = Lab::new();
    lab.pushed("wait", "1.0.0", "pause:1.0");
    lab.world.file("pause.wasm", super::lab::component("wait", "1.0.0"));
    let rule = |text: &str| format!("trust:\n- match: {text}\n");
    // No rule for files: a warning with the missing one.
    lab.configured("./pause.wasm", &rule("oci://registry.example.com/*\n  allow: unsigned"));
    let warned = lab.says("measure -d 50ms", 0);
    assert!(warned.stderr.contains("match: ./*"), "{}", warned.stderr);
    lab.configured("./pause.wasm", &rule("./*\n  allow: unsigned"));
    let silent = lab.says("measure -d 50ms", 0);
    assert!(!silent.stderr.contains("trust"), "{}", silent.stderr);
    // No rule for this registry: refused.
    std::fs::remove_dir_all(lab.world.path("state/components")).unwrap();
    lab.configured(&lab.at("pause:1.0"), &rule("./*\n  allow: unsigned"));
    refused(&lab, "measure -d 50ms", &["no rule under `trust`"]);
}

#[test]
fn keys_are_kept_from_others_and_never_replaced() {
    use std::os::unix::fs::PermissionsExt as _;
    let lab = Lab::new();
    lab.servo("sign --generate team").env("COSIGN_PASSWORD", "hush-hush").run().expect(0);
    let mode = std::fs::metadata(lab.world.path("team.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(lab.world.read("team.key").starts_with("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----"));
    lab.says("sign --generate team", 1);
    let digest = lab.pushed("wait", "1.0.0", "pause:1.0");
    let line = format!("sign {}@{digest} --key team.key", lab.at("pause"));
    let wrong = lab.servo(&line).env("COSIGN_PASSWORD", "sesame").run().expect(1);
    assert!(wrong.stderr.contains("password") && !wrong.stderr.contains("sesame"), "{}", wrong.stderr);
    lab.world.file("password", "hush-hush\n");
    lab.says(&format!("{line} --password-file password"), 0);
    lab.says(&format!("verify {}@{digest} --key team.pub", lab.at("pause")), 0);
}

#[test]
fn a_key_that_is_revoked_while_it_runs_is_told() {
    let (lab, reference, _) = guarded();
    sign(&lab, &reference, "team");
    let mut running = lab.servo("run --no-poll").start();
    // Its socket is there when it listens to signals.
    let is_socket =
        |path: &std::path::PathBuf| path.metadata().is_ok_and(|found| found.file_type().is_socket());
    let state = lab.world.path("state");
    running.wait_for("the start", |_, _| files(&state, "").iter().any(is_socket).then_some(()));
    trust(&lab, "  keys: [team.pub]\n- revoked: [team.pub]");
    running.signal(Signal::HUP);
    running.wait_for("the answer", |_, stderr| stderr.contains("until this servo is stopped").then_some(()));
    assert!(running.stderr().contains("revoked"));
    // What was refused is not in force: the old configuration works as before.
    trust(&lab, "  keys: [team.pub]");
    running.signal(Signal::HUP);
    running.wait_for("the answer", |_, stderr| stderr.contains("nothing has changed").then_some(()));
}
