//! The lock file, and tags that move.

use super::lab::Lab;

#[test]
fn a_lock_holds_what_a_tag_does_not() {
    let lab = Lab::new();
    let (reference, first) = (lab.at("pause:1.0"), lab.pushed("wait", "1.0.0", "pause:1.0"));
    // Two aliases of one reference are one component.
    let text = format!(
        "connectors: {{first: '{reference}', second: '{reference}'}}\nfirst: &one {{measure_enabled: true}}\nsecond: *one\n"
    );
    lab.world.file("servo.yaml", text);
    for _ in 0..2 {
        let warned = lab.says("measure -d 50ms", 0);
        assert!(
            warned.stderr.contains("is not pinned") && warned.stderr.contains("servo lock"),
            "{}",
            warned.stderr
        );
        assert_eq!(warned.stderr.matches("is not pinned").count(), 1, "{}", warned.stderr);
    }
    let refused = lab.says("measure -d 50ms --locked", 2);
    assert!(refused.stderr.contains("is not in servo.lock"), "{}", refused.stderr);

    let locked = lab.json("lock");
    assert_eq!((locked.as_array().unwrap().len(), &locked[0]["manifest"]), (1, &first.as_str().into()));
    let file = lab.world.read("servo.lock");
    lab.says("lock", 0);
    assert_eq!(lab.world.read("servo.lock"), file);
    let quiet = lab.says("measure -d 50ms --locked", 0);
    assert!(!quiet.stderr.contains("warning") && !quiet.stderr.contains("WARN"), "{}", quiet.stderr);

    // The tag moves to something that wants more.
    let second = lab.pushed("vegeta", "2.0.0", "pause:1.0");
    lab.says("lock", 0);
    assert_eq!(lab.world.read("servo.lock"), file);
    let held = lab.says("measure -d 50ms", 0);
    assert!(!held.stderr.contains("not pinned"), "{}", held.stderr);
    let moved = lab.says("run --dry-run --locked", 2);
    for part in [first.as_str(), second.as_str(), "servo update"] {
        assert!(moved.stderr.contains(part), "{part}: {}", moved.stderr);
    }

    let shown = lab.says("update --dry-run", 0).stdout;
    for part in [
        &first,
        &second,
        "wants a new grant: grants.load",
        "version: 1.0.0 becomes 2.0.0",
        "imports servo:connector/load@",
        "setting rate is new and required",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(lab.world.read("servo.lock"), file);
    let unknown = lab.says("update nothing", 2);
    assert!(unknown.stderr.contains("`nothing`"), "{}", unknown.stderr);
    let updated = lab.json("update first");
    assert_eq!(
        (&updated[0]["before"], &updated[0]["after"]),
        (&first.as_str().into(), &second.as_str().into())
    );
    assert!(lab.world.read("servo.lock").contains(&second));
}

#[test]
fn pins_locks_and_records_need_no_registry() {
    let lab = Lab::new();
    let (reference, digest) = (lab.at("pause:1.0"), lab.pushed("wait", "1.0.0", "pause:1.0"));
    lab.configured(&reference, "");
    lab.says("measure -d 50ms", 0);
    let Lab { world, registry } = lab;
    drop(registry);
    let measured = |more: &str| world.servo(format!("measure -d 50ms{more}").split_whitespace()).run();
    let bare = measured("").expect(0);
    assert!(bare.stderr.contains("is used as it was fetched"), "{}", bare.stderr);
    world.file(
        "servo.yaml",
        format!("connectors: {{pause: '{reference}@{digest}'}}\npause: {{measure_enabled: true}}\n"),
    );
    let pinned = measured("").expect(0);
    assert_eq!(pinned.stderr, "");
    // Another machine has nothing of it.
    let other =
        world.servo(["measure", "-d", "50ms"]).env("SERVO_STATE_DIR", world.path("other")).run().expect(2);
    assert!(other.stderr.contains("127.0.0.1"), "{}", other.stderr);
}

#[test]
fn what_an_edited_lock_says_must_be_so() {
    let lab = Lab::new();
    let (reference, first) = (lab.at("pause:1.0"), lab.pushed("wait", "1.0.0", "pause:1.0"));
    let second = lab.pushed("wait", "1.0.1", "pause:1.1");
    lab.configured(&reference, "");
    lab.says("lock", 0);
    let text = lab.world.read("servo.lock");
    let line = |key: &str| text.lines().find(|line| line.trim_start().starts_with(key)).unwrap().to_owned();
    let no_digest = format!("sha256:{}", "0".repeat(64));
    for (key, wrong, part) in [
        ("component:", no_digest.as_str(), "has the component"),
        ("size:", "5", "has 5 bytes"),
        ("contract:", "9.9.9", "has the contract 9.9.9"),
    ] {
        lab.world.file("servo.lock", text.replace(&line(key), &format!("  {key} {wrong}")));
        for more in ["", " --locked"] {
            let refused = lab.says(&format!("measure -d 50ms{more}"), 2);
            for part in [part, &reference, "servo.lock", "`servo lock`"] {
                assert!(refused.stderr.contains(part), "{part}: {}", refused.stderr);
            }
        }
        // And that is the next step.
        let mended = lab.says("lock", 0);
        assert!(mended.stderr.contains("was not so"), "{}", mended.stderr);
        assert_eq!(lab.world.read("servo.lock"), text);
    }
    // A signer that nobody can vouch for.
    lab.world.file("servo.lock", format!("{text}  signed_by:\n  - {no_digest}\n"));
    let warned = lab.says("measure -d 50ms", 0);
    assert!(warned.stderr.contains("no signature by that key counts now"), "{}", warned.stderr);
    let refused = lab.says("measure -d 50ms --locked", 2);
    assert!(
        refused.stderr.contains(&no_digest) && refused.stderr.contains("`servo lock`"),
        "{}",
        refused.stderr
    );
    // By hand, to what another tag means: the rest of the entry goes with it.
    lab.world.file("servo.lock", text.replace(&first, &second));
    lab.says("measure -d 50ms", 2);
    lab.says("lock", 0);
    lab.says("measure -d 50ms", 0);
    assert!(lab.world.read("servo.lock").contains(&second));
}

#[test]
fn a_lock_that_cannot_be_read_is_written_anew() {
    let lab = Lab::new();
    let digest = lab.pushed("wait", "1.0.0", "pause:1.0");
    lab.configured(&lab.at("pause:1.0"), "");
    lab.says("lock", 0);
    let text = lab.world.read("servo.lock");
    let entry = text.split_once("components:\n").unwrap().1;
    for (broken, part) in [
        (text.replace("version: 1", "version: 9"), "version 9"),
        (format!("<<<<<<< ours\n{text}"), "servo.lock"),
        (format!("{text}{entry}"), "two entries"),
    ] {
        lab.world.file("servo.lock", broken);
        let refused = lab.says("measure -d 50ms", 2);
        assert!(
            refused.stderr.contains(part) && refused.stderr.contains("`servo lock`"),
            "{}",
            refused.stderr
        );
        let anew = lab.says("lock", 0);
        assert!(anew.stderr.contains("locked anew") && anew.stderr.contains(part), "{}", anew.stderr);
        assert_eq!(lab.world.read("servo.lock"), text);
    }
    assert!(text.contains(&digest));
}

#[test]
fn a_lock_loses_no_pins_to_a_missing_name() {
    let lab = Lab::new();
    lab.pushed("wait", "1.0.0", "pause:1.0");
    let reference = lab.at("pause:1.0");
    lab.says(&format!("install {reference} --name pause"), 0);
    lab.world.file("servo.yaml", "connectors: [pause]\npause: {measure_enabled: true}\n");
    lab.says("lock", 0);
    let text = lab.world.read("servo.lock");
    lab.says("uninstall pause", 0);
    let refused = lab.says("lock", 2);
    for part in ["no connector named `pause`", "stays as it is", "servo install", "--name pause", &reference]
    {
        assert!(refused.stderr.contains(part), "{part}: {}", refused.stderr);
    }
    assert_eq!(lab.world.read("servo.lock"), text);
    // What is left out on purpose is told.
    lab.world.file("servo.yaml", "connectors: [wait]\nwait: {measure_enabled: true}\n");
    let told = lab.says("lock", 0);
    assert!(told.stderr.contains("locked no more") && told.stderr.contains(&reference), "{}", told.stderr);
}

#[test]
fn an_installed_connector_is_locked_and_updated() {
    let lab = Lab::new();
    let first = lab.pushed("wait", "1.0.0", "pause:1.0");
    lab.says(&format!("install {} --name pause", lab.at("pause:1.0")), 0);
    lab.world.file("servo.yaml", "connectors: [pause]\npause: {measure_enabled: true}\n");
    let refused = lab.says("measure -d 50ms --locked", 2);
    assert!(refused.stderr.contains("is not in servo.lock"), "{}", refused.stderr);
    lab.says("lock", 0);
    lab.says("measure -d 50ms --locked", 0);
    let second = lab.pushed("wait", "1.0.1", "pause:1.0");
    let updated = lab.json("update pause");
    assert_eq!(
        (&updated[0]["before"], &updated[0]["after"]),
        (&first.as_str().into(), &second.as_str().into())
    );
    assert_eq!(lab.json("connectors --installed")[0]["metadata"]["version"], "1.0.1");
    lab.says("measure -d 50ms --locked", 0);
}
