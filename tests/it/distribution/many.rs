//! Many installed connectors, and secrets that stay secret.

use servo_test_support::Registry;

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
    let creds = format!("somebody:{secret}");
    // As it goes over the wire.
    let encoded = "c29tZWJvZHk6Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5";
    // The one wants it itself, the other has a server for tokens.
    for registry in [Registry::with_password(), Registry::with_tokens()] {
        let there = format!("oci://{}/connectors/pause:1.0", registry.address());
        let ca = registry.ca_file().map(|file| format!("--ca-file {}", file.display())).unwrap_or_default();
        for line in [
            format!("push {} {there}", file.display()),
            format!("pull {there}"),
            format!("search {there}"),
            format!("install {there}"),
            format!("delete {there}"),
        ] {
            let line = format!("{line} {ca} --log-level TRACE");
            for program in [
                lab.servo(&format!("{line} --creds {creds}")),
                lab.servo(&line).env("SERVO_REGISTRY_CREDS", &creds),
            ] {
                let said = program.run().expect(1);
                assert!(said.stderr.contains("does not accept the login of `somebody`"), "{}", said.stderr);
                let all = said.stdout + &said.stderr;
                assert!(!all.contains(secret) && !all.contains(encoded), "{line}: {all}");
            }
        }
        // What is no login is not repeated, either.
        let said = lab.servo(&format!("pull {there} --creds {secret}")).run().expect(2);
        assert!(!(said.stdout + &said.stderr).contains(secret));
    }
}
