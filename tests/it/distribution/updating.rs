//! Pins that are moved: all that can be, and never to what stops a run.

use super::lab::Lab;

/// A component, and no connector.
const NO_CONNECTOR: [u8; 8] = [0, b'a', b's', b'm', 0x0d, 0, 1, 0];

/// Two installed and locked connectors; then `good` moves to another version, and `bad` to what cannot be run. The
/// digests of `good` before and after.
fn moved() -> (Lab, String, String) {
    let lab = Lab::new();
    let before = lab.pushed("wait", "1.0.0", "good:1");
    lab.pushed("wait", "0.9.0", "bad:1");
    for name in ["good", "bad"] {
        lab.says(&format!("install {} --name {name}", lab.at(&format!("{name}:1"))), 0);
    }
    lab.world.file("servo.yaml", "connectors: [bad, good]\nbad: &one {measure_enabled: true}\ngood: *one\n");
    lab.says("lock", 0);
    let after = lab.pushed("wait", "1.0.1", "good:1");
    let file = lab.world.file("no-connector.wasm", NO_CONNECTOR);
    lab.says(&format!("push {} {}", file.display(), lab.at("bad:1")), 0);
    (lab, before, after)
}

#[test]
fn what_cannot_be_run_stays_and_the_others_move() {
    let (lab, before, after) = moved();
    let text = lab.world.read("servo.lock");
    let told = lab.says("update", 1);
    for part in ["stays as it is", "required interface", &format!("moved from {before}"), &after] {
        assert!(told.stdout.contains(part), "{part}: {}", told.stdout);
    }
    assert!(told.stderr.contains("1 of 2 stay"), "{}", told.stderr);
    let lock = lab.world.read("servo.lock");
    assert!(lock.contains(&after) && !lock.contains(&before), "{lock}");
    let entry_of_bad =
        |text: &str| text[text.find("/bad:1").unwrap()..text.find("/good:1").unwrap()].to_owned();
    assert_eq!(entry_of_bad(&lock), entry_of_bad(&text));
    let listed = lab.json("connectors --installed");
    let version = |at: usize| listed[at]["metadata"]["version"].as_str().unwrap().to_owned();
    assert_eq!((version(0), version(1)), ("0.9.0".to_owned(), "1.0.1".to_owned()));
    for line in ["measure -d 50ms", "validate"] {
        let quiet = lab.says(line, 0);
        assert_eq!(quiet.stderr, "", "{line}");
    }
}

#[test]
fn the_lock_decides_what_a_name_runs() {
    let (lab, before, after) = moved();
    // As if the update had been killed between the one and the other: the name is old, or the lock is.
    let text = lab.world.read("servo.lock");
    let installed = lab.world.path("state/store/installed/good.json");
    let name = std::fs::read_to_string(&installed).unwrap();
    lab.says("update good", 0);
    let moved = lab.world.read("servo.lock");
    let digest = |line: &str| lab.says(line, 0);
    lab.world.file("servo.lock", &text);
    digest("measure -d 50ms");
    lab.world.file("servo.lock", &moved);
    std::fs::write(&installed, name).unwrap();
    digest("measure -d 50ms");
    // The update can be done again, and ends it.
    let told = lab.says("update good", 0);
    assert!(told.stdout.contains(&after) && !told.stdout.contains(&before), "{}", told.stdout);
    let now = std::fs::read_to_string(&installed).unwrap();
    assert!(now.contains(&after) && !now.contains(&before), "{now}");
}

#[test]
fn what_a_policy_refuses_stops_no_other() {
    let lab = Lab::new();
    lab.pushed("wait", "1.0.0", "other:1");
    lab.says(&format!("install {} --name other", lab.at("other:1")), 0);
    lab.pushed("wait", "1.0.0", "pause:1.0");
    let place = format!("oci://{}/connectors/pause", lab.registry.address());
    lab.configured(&lab.at("pause:1.0"), &format!("trust:\n- match: {place}\n  allow: unsigned\n"));
    lab.says("lock", 0);
    let second = lab.pushed("wait", "1.0.1", "pause:1.0");
    let told = lab.says("update -o json", 1);
    let told: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!((&told[0]["after"], &told[0]["problem"]), (&second.as_str().into(), &serde_json::Value::Null));
    assert!(told[1]["problem"].as_str().unwrap().contains("no rule under `trust`"), "{told}");
    assert!(lab.world.read("servo.lock").contains(&second));
}
