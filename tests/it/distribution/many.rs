//! Many installed connectors, and secrets that stay secret.

use super::lab::Lab;

#[test]
fn two_hundred_installed_connectors_are_listed() {
    let lab = Lab::new();
    lab.pushed("wait", "1.0.0", "pause:1.0");
    lab.says(&format!("install {} --name pause-000", lab.at("pause:1.0")), 0);
    let folder = lab.world.path("state/store/installed");
    let text = std::fs::read_to_string(folder.join("pause-000.json")).unwrap();
    for number in 1..200 {
        let name = format!("pause-{number:03}");
        std::fs::write(folder.join(format!("{name}.json")), text.replace("pause-000", &name)).unwrap();
    }
    let listed = lab.says("connectors --installed", 0);
    assert_eq!(listed.stdout.lines().count(), 201);
    lab.world.file(
        "servo.yaml",
        "connectors: [pause-007, pause-199]\npause-007: &one {measure_enabled: true}\npause-199: *one\n",
    );
    lab.says("measure -d 50ms", 0);
}

#[test]
fn secrets_are_never_shown() {
    let lab = Lab::new();
    let file = lab.world.file("pause.wasm", super::lab::component("wait", "1.0.0"));
    let secret = "correct-horse-battery";
    let nowhere = "oci://127.0.0.1:9/connectors/pause:1.0";
    for line in [
        format!("push {} {nowhere}", file.display()),
        format!("pull {nowhere}"),
        format!("search {nowhere}"),
        format!("install {nowhere}"),
        format!("delete {nowhere}"),
        format!("verify {nowhere} --key missing.pub"),
    ] {
        let creds = format!("somebody:{secret}");
        let said = lab.servo(&format!("{line} --creds {creds} --log-level TRACE")).run();
        assert_ne!(said.code, Some(0), "{line}");
        assert!(!(said.stdout + &said.stderr).contains(secret), "{line}");
        let said = lab.servo(&line).env("SERVO_REGISTRY_CREDS", &creds).env("SERVO_LOG_LEVEL", "TRACE").run();
        assert!(!(said.stdout + &said.stderr).contains(secret), "{line}");
        // Base64, as it goes over the wire.
        let said = lab.servo(&format!("{line} --creds {secret}")).run();
        assert!(said.code == Some(2) && !(said.stdout + &said.stderr).contains(secret), "{line}");
    }
}
