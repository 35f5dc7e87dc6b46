//! `servo inspect`: what a file is, from its sections, with nothing of it run.

use std::path::Path;

use crate::shown;

/// A connector that `make guests` has finished, and one that it has not.
const FINISHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/connectors/prometheus.wasm");
const PLAIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../guests/target/wasm32-wasip2/release/wait.wasm");

#[test]
fn a_finished_connector_shows_everything() {
    let world = shown::world();
    let finished = std::env::var("SERVO_CONNECTORS_DIR")
        .map_or(FINISHED.into(), |folder| Path::new(&folder).join("prometheus.wasm"));
    let table = world.servo(["inspect"]).arg(&finished).run().expect(0).stdout;
    for wanted in [
        "prometheus",
        "sha256:",
        "servo:connector@0.1.0",
        "measure",
        "grants.http: the origins",
        "base_url",
        "SETTING",
    ] {
        assert!(table.contains(wanted), "{wanted} in\n{table}");
    }
    let json = world.servo(["inspect", "-o", "json"]).arg(&finished).run().expect(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["contract"], "0.1.0");
    assert_eq!(json["size"], std::fs::metadata(&finished).unwrap().len());
    assert_eq!(json["grants"][0]["grant"], "http");
    assert!(json["schema"]["properties"]["base_url"].is_object(), "{json:#}");
    let compiled = std::fs::read_dir(world.path("state")).unwrap().count();
    assert_eq!(compiled, 0, "something was compiled");
}

#[test]
fn others_say_what_they_are_not() {
    let world = shown::world();
    let plain = world.servo(["inspect", PLAIN]).run().expect(0).stdout;
    assert!(plain.contains("has not been finished with `servo build`"), "{plain}");
    let text = world.file("text.wasm", "#!/bin/sh");
    let wrong = world.servo(["inspect"]).arg(&text).run().expect(1).stderr;
    assert!(wrong.contains("text.wasm") && wrong.contains("not a WebAssembly component"), "{wrong}");
    let none = world.servo(["inspect", "none.wasm"]).run().expect(1).stderr;
    assert!(none.contains("none.wasm"), "{none}");
}
