//! From a file to a registry, to a name on this machine, to a running connector.

use serde_json::Value;

use super::lab::{Lab, component};

#[test]
fn a_connector_travels_from_a_file_to_a_run() {
    let lab = Lab::new();
    let digest = lab.pushed("wait", "1.0.0", "pause:1.0");
    let reference = lab.at("pause:1.0");
    // The same file again is the same artifact.
    assert_eq!(lab.pushed("wait", "1.0.0", "pause:1.0"), digest);

    let seen = lab.json(&format!("inspect {reference}"));
    assert_eq!(seen["manifest"], digest.as_str());
    assert_eq!((&seen["metadata"]["version"], &seen["signatures"]), (&"1.0.0".into(), &0.into()));
    assert_eq!(seen["events"], serde_json::json!(["measure"]));
    assert!(seen["schema"]["properties"].is_object(), "{seen}");

    let said = lab.says(&format!("install {reference} --name pause"), 0);
    assert!(said.stderr.contains(&format!("`pause` is installed: {reference}@{digest}")), "{}", said.stderr);
    let listed = lab.json("connectors --installed");
    assert_eq!(listed[0]["name"], "pause");
    assert_eq!(listed[0]["source"], format!("{reference}@{digest}"));

    // Nothing of what follows needs the registry.
    let Lab { world, registry } = lab;
    drop(registry);
    world.file("servo.yaml", "connectors: [pause]\npause: {measure_enabled: true}\n");
    for line in ["validate", "measure -d 100ms", "check", "show connectors", "schema pause"] {
        let finished = world.servo(line.split_whitespace()).run().expect(0);
        assert!(!finished.stderr.contains("warning"), "{line}: {}", finished.stderr);
    }
    let generated = world.servo(["generate", "pause", "-f", "-"]).run().expect(0);
    assert!(generated.stdout.starts_with("connectors:\n- pause\n"), "{}", generated.stdout);
    world.servo(["uninstall", "pause"]).run().expect(0);
    let gone = world.servo(["validate"]).run().expect(1);
    assert!(gone.stderr.contains("pause"), "{}", gone.stderr);
}

#[test]
fn what_is_pulled_is_what_was_pushed_and_what_is_deleted_is_gone() {
    let lab = Lab::new();
    let digest = lab.pushed("wait", "1.0.0", "pause:1.0");
    lab.pushed("wait", "1.1.0", "pause:1.1");
    let pulled = lab.says(&format!("pull {} -o pulled.wasm", lab.at("pause:1.0")), 0);
    assert_eq!(pulled.stdout, format!("{}@{digest}\n", lab.at("pause:1.0")));
    assert!(std::fs::read(lab.world.path("pulled.wasm")).unwrap() == component("wait", "1.0.0"));

    let found = lab.json(&format!("search {}", lab.at("pause")));
    let tags = |found: &Value| -> Vec<(String, String)> {
        let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
        found.as_array().unwrap().iter().map(|one| (text(one, "tag"), text(one, "version"))).collect()
    };
    let pair = |tag: &str, version: &str| (tag.to_owned(), version.to_owned());
    assert_eq!(tags(&found), [pair("1.0", "1.0.0"), pair("1.1", "1.1.0")]);

    lab.says(&format!("delete {}", lab.at("pause:1.0")), 0);
    let gone = lab.says(&format!("pull {}", lab.at("pause:1.0")), 1);
    assert!(gone.stderr.contains("pause:1.0"), "{}", gone.stderr);
    let none = lab.says(&format!("inspect {}", lab.at("nothing:1")), 1);
    assert!(none.stderr.contains("connectors/nothing"), "{}", none.stderr);
}

#[test]
fn names_hide_nothing() {
    let lab = Lab::new();
    lab.pushed("wait", "1.0.0", "wait:1.0");
    lab.pushed("wait", "1.0.0", "other:1.0");
    let refused = lab.says(&format!("install {}", lab.at("wait:1.0")), 2);
    assert!(refused.stderr.contains("comes with servo"), "{}", refused.stderr);
    assert_eq!(lab.compiled().len(), 0);
    lab.says(&format!("install {} --name pause", lab.at("wait:1.0")), 0);
    let taken = lab.says(&format!("install {} --name pause", lab.at("other:1.0")), 2);
    assert!(taken.stderr.contains("servo uninstall pause"), "{}", taken.stderr);
    // A later servo comes with a connector of that name.
    let installed = lab.world.path("state/store/installed");
    let text = std::fs::read_to_string(installed.join("pause.json")).unwrap();
    std::fs::write(installed.join("vegeta.json"), text.replacen("\"pause\"", "\"vegeta\"", 1)).unwrap();
    lab.world.file("servo.yaml", "connectors: [wait]\nwait: {measure_enabled: true}\n");
    let twice = lab.says("validate", 1);
    for part in ["two connectors are named `vegeta`", "comes with servo", &lab.at("wait:1.0")] {
        assert!(twice.stderr.contains(part), "{part}: {}", twice.stderr);
    }
    lab.says("uninstall vegeta", 0);
    lab.says("validate", 0);
}

#[test]
fn mistakes_say_what_to_do() {
    let lab = Lab::new();
    let file = lab.world.file("no.wasm", "no component");
    let bare = lab.at("pause");
    for (line, code, part) in [
        (format!("push {} {bare}:1", file.display()), 1, "not a WebAssembly component"),
        (format!("push missing.wasm {bare}:1"), 1, "missing.wasm"),
        (format!("push {} {bare}", file.display()), 2, ":1.0"),
        (format!("pull {bare}"), 2, "servo search"),
        ("pull registry.example.com/x".to_owned(), 2, "oci://HOST"),
        ("uninstall pause".to_owned(), 2, "no connector is installed as `pause`"),
        (format!("sign {bare}:1 --key missing.key"), 1, "missing.key"),
        (format!("verify {bare}:1"), 2, "--key"),
        ("bundle load missing.tar".to_owned(), 1, "missing.tar"),
        ("lock".to_owned(), 2, "servo init"),
    ] {
        let said = lab.says(&line, code);
        assert!(said.stderr.contains(part), "{line}: {part}: {}", said.stderr);
    }
}
