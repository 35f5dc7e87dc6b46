//! What is in the store needs no network, whatever is done with it.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::lab::Lab;

#[test]
fn what_came_in_a_bundle_is_installed_verified_and_looked_at() {
    let lab = Lab::new();
    let (reference, digest) = (lab.at("pause:1.0"), lab.pushed("wait", "1.0.0", "pause:1.0"));
    lab.servo("sign --generate team").env("COSIGN_PASSWORD", "hush").run().expect(0);
    lab.servo(&format!("sign {reference} --key team.key")).env("COSIGN_PASSWORD", "hush").run().expect(0);
    let policy = format!("trust:\n- match: oci://{}/*\n  keys: [team.pub]\n", lab.registry.address());
    lab.configured(&reference, &policy);
    lab.says("lock", 0);
    lab.says("bundle -o out.tar", 0);
    let Lab { world, registry } = lab;
    drop(registry);
    let elsewhere = |line: &str| {
        world.servo(line.split_whitespace()).env("SERVO_STATE_DIR", world.path("elsewhere")).run().expect(0)
    };
    elsewhere("bundle load out.tar");
    let pinned = format!("{reference}@{digest}");
    for line in [
        format!("inspect {pinned}"),
        format!("pull {pinned}"),
        format!("install {pinned} --name by-digest"),
        format!("verify {pinned}"),
        format!("verify {pinned} --key team.pub"),
    ] {
        elsewhere(&line);
    }
    // By its tag as the lock file has it.
    for line in [format!("inspect {reference}"), format!("pull {reference}"), format!("verify {reference}")] {
        let said = elsewhere(&line);
        assert!(said.stderr.contains("as servo.lock has it"), "{line}: {}", said.stderr);
    }
    elsewhere(&format!("install {reference} --name by-tag"));
    world.file("servo.yaml", format!("connectors: [by-tag]\nby-tag: {{measure_enabled: true}}\n{policy}"));
    let measured = elsewhere("measure -d 50ms --locked");
    assert_eq!(measured.stderr, "");
    // And, where nothing is locked, as it was fetched.
    std::fs::remove_file(world.path("servo.lock")).unwrap();
    let said = world.servo(["inspect", &reference]).run().expect(0);
    assert!(said.stderr.contains("as it was fetched on"), "{}", said.stderr);
}

#[test]
fn a_registry_that_does_not_answer_is_waited_for_once() {
    let lab = Lab::new();
    let mut text = "connectors:\n".to_owned();
    let mut stanzas = String::new();
    for number in 0..12 {
        lab.pushed("wait", "1.0.0", &format!("pause:{number}"));
        writeln!(text, "  pause-{number}: '{}'", lab.at(&format!("pause:{number}"))).unwrap();
        writeln!(stanzas, "pause-{number}: {{measure_enabled: true}}").unwrap();
    }
    lab.world.file("servo.yaml", text + &stanzas);
    lab.says("lock", 0);
    lab.registry.freeze();
    let began = Instant::now();
    lab.says("measure -d 50ms --locked", 0);
    let took = began.elapsed();
    lab.registry.thaw();
    // Once is six seconds, and each for itself would be 72.
    assert!(took < Duration::from_secs(40), "{took:?}");
}
