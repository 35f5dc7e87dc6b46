//! What others push we run, and what we push others take: skopeo and wkg.

use std::path::Path;

use servo_test_support::{Program, Registry, installed};

use super::lab::{Lab, component, files};

#[test]
fn skopeo_carries_an_artifact_to_another_registry_and_back() {
    let lab = Lab::new();
    let digest = lab.pushed("wait", "1.0.0", "pause:1.0");
    let other = Registry::start();
    let at = |registry: &Registry, name: &str| format!("docker://{}/connectors/{name}", registry.address());
    let copy = |from: String, to: String| {
        let skopeo = lab.world.program(installed("skopeo", "skopeo"));
        let policy = lab.world.file("policy.json", r#"{"default": [{"type": "insecureAcceptAnything"}]}"#);
        let flags = ["copy", "--src-tls-verify=false", "--dest-tls-verify=false"];
        skopeo.arg("--policy").arg(policy).args(flags).arg(from).arg(to).run().expect(0);
    };
    copy(at(&lab.registry, "pause:1.0"), at(&other, "pause:1.0"));
    copy(at(&other, "pause:1.0"), at(&lab.registry, "back:1.0"));
    let there = lab.json(&format!("inspect oci://{}/connectors/pause:1.0", other.address()));
    let back = lab.json(&format!("inspect {}", lab.at("back:1.0")));
    assert_eq!((&there["manifest"], &back["manifest"]), (&digest.as_str().into(), &digest.as_str().into()));
    lab.says(&format!("pull {} -o back.wasm", lab.at("back:1.0")), 0);
    assert!(std::fs::read(lab.world.path("back.wasm")).unwrap() == component("wait", "1.0.0"));
}

#[test]
fn what_wkg_pushes_is_inspected_and_run_and_it_takes_ours() {
    let lab = Lab::new();
    let file = lab.world.file("pause.wasm", component("wait", "1.0.0"));
    let address = lab.registry.address().to_owned();
    let pushed = format!("{address}/connectors/theirs:1.0");
    wkg(&lab).args(["oci", "push", "--insecure", &address, &pushed]).arg(&file).run().expect(0);
    // It writes no annotations; the component itself says what it is.
    let seen = lab.json(&format!("inspect oci://{pushed}"));
    assert_eq!((&seen["metadata"]["version"], &seen["contract"]), (&"1.0.0".into(), &"0.1.0".into()));
    lab.configured(&format!("oci://{pushed}"), "");
    lab.says("measure -d 50ms", 0);
    lab.says(&format!("install oci://{pushed} --name pause"), 0);

    lab.pushed("wait", "1.0.0", "ours:1.0");
    let ours = format!("{address}/connectors/ours:1.0");
    let pulled = lab.world.path("pulled.wasm");
    wkg(&lab).args(["oci", "pull", "--insecure", &address, &ours, "-o"]).arg(&pulled).run().expect(0);
    assert!(
        std::fs::read(&pulled).unwrap() == component("wait", "1.0.0"),
        "{:?}",
        files(&lab.world.path(""), "wasm")
    );
}

fn wkg(lab: &Lab) -> Program {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/toolchains/bin/wkg");
    assert!(path.is_file(), "{} does not exist: run `make setup`", path.display());
    lab.world.program(path)
}
