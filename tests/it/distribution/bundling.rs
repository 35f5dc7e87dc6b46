//! To machines without a network.

use super::lab::Lab;

#[test]
fn a_bundle_runs_where_there_is_no_registry() {
    let lab = Lab::new();
    let digest = lab.pushed("wait", "1.0.0", "pause:1.0");
    lab.servo("sign --generate team").env("COSIGN_PASSWORD", "hush").run().expect(0);
    let signed = format!("sign {} --key team.key", lab.at("pause:1.0"));
    lab.servo(&signed).env("COSIGN_PASSWORD", "hush").run().expect(0);
    let policy = format!("trust:\n- match: oci://{}/*\n  keys: [team.pub]\n", lab.registry.address());
    lab.configured(&lab.at("pause:1.0"), &policy);
    let early = lab.says("bundle -o out.tar", 2);
    assert!(early.stderr.contains("servo lock"), "{}", early.stderr);
    lab.says("lock", 0);
    let written = lab.says("bundle -o out.tar", 0);
    assert!(written.stdout.contains(&digest), "{}", written.stdout);
    // The same content is the same file.
    let first = std::fs::read(lab.world.path("out.tar")).unwrap();
    lab.says("bundle -o again.tar", 0);
    assert!(first == std::fs::read(lab.world.path("again.tar")).unwrap());

    let Lab { world, registry } = lab;
    drop(registry);
    let elsewhere = |line: &str| {
        world.servo(line.split_whitespace()).env("SERVO_STATE_DIR", world.path("elsewhere")).run()
    };
    elsewhere("measure -d 50ms").expect(2);
    let loaded = elsewhere("bundle load out.tar -o json").expect(0);
    assert!(loaded.stdout.contains(&digest), "{}", loaded.stdout);
    let measured = elsewhere("measure -d 50ms").expect(0);
    assert_eq!(measured.stderr, "");
    elsewhere("run --dry-run --locked").expect(0);
    let kept = elsewhere("cache ls -o json").expect(0);
    assert!(kept.stdout.contains("\"signatures\": 1"), "{}", kept.stdout);
    // The policy counts for what came in a bundle, too.
    let other =
        world.read("servo.yaml").replace("keys: [team.pub]", "keys: [team.pub]\n- revoked: [team.pub]");
    world.file("servo.yaml", other);
    let refused = elsewhere("measure -d 50ms").expect(2);
    assert!(refused.stderr.contains("revoked"), "{}", refused.stderr);
}

#[test]
fn a_bundle_that_was_changed_leaves_nothing() {
    let lab = Lab::new();
    lab.pushed("wait", "1.0.0", "pause:1.0");
    lab.configured(&lab.at("pause:1.0"), "");
    lab.says("lock", 0);
    lab.says("bundle -o out.tar", 0);
    let mut bytes = std::fs::read(lab.world.path("out.tar")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    lab.world.file("changed.tar", &bytes);
    lab.world.file("short.tar", &bytes[..middle]);
    for name in ["changed.tar", "short.tar"] {
        let line = ["bundle", "load", name];
        let refused = lab.world.servo(line).env("SERVO_STATE_DIR", lab.world.path("other")).run().expect(1);
        assert!(refused.stderr.contains(name), "{}", refused.stderr);
        let listed =
            lab.world.servo(["cache", "ls", "-o", "json"]).env("SERVO_STATE_DIR", lab.world.path("other"));
        assert_eq!(listed.run().expect(0).stdout, "[]\n");
        assert_eq!(
            super::lab::files(&lab.world.path("other/store/unfinished"), ""),
            Vec::<std::path::PathBuf>::new()
        );
    }
}

#[test]
fn the_store_can_be_looked_at_cleaned_and_healed() {
    let lab = Lab::new();
    lab.pushed("wait", "1.0.0", "pause:1.0");
    let second = lab.pushed("wait", "1.1.0", "pause:1.1");
    lab.says(&format!("pull {}", lab.at("pause:1.0")), 0);
    lab.says(&format!("install {} --name pause", lab.at("pause:1.1")), 0);
    let kept = lab.json("cache ls");
    assert_eq!(kept.as_array().unwrap().len(), 2);
    // Two components, two manifests, two configurations.
    assert_eq!(lab.json("cache verify").as_array().unwrap().len(), 6);
    let damaged = super::lab::files(&lab.world.path("state/store/blobs"), "")
        .into_iter()
        .max_by_key(|path| std::fs::metadata(path).unwrap().len())
        .unwrap();
    let mut permissions = std::fs::metadata(&damaged).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o600);
    std::fs::set_permissions(&damaged, permissions).unwrap();
    let mut bytes = std::fs::read(&damaged).unwrap();
    bytes[1000] ^= 1;
    std::fs::write(&damaged, bytes).unwrap();
    let verified = lab.says("cache verify", 1);
    assert!(verified.stderr.contains("1 of 6 files were damaged"), "{}", verified.stderr);
    assert!(!damaged.exists());
    lab.says(&format!("pull {}", lab.at("pause:1.0")), 0);
    lab.world.file("servo.yaml", "connectors: [pause]\npause: {measure_enabled: true}\n");
    lab.says("measure -d 50ms", 0);
    assert_eq!(lab.json("cache verify").as_array().unwrap().len(), 6);
    // What is installed stays.
    lab.says("cache gc --unused-for 0s", 0);
    let kept = lab.json("cache ls");
    assert_eq!(kept.as_array().unwrap().len(), 1);
    assert!(kept[0]["reference"].as_str().unwrap().ends_with(&second), "{kept}");
    lab.says("measure -d 50ms", 0);
}
