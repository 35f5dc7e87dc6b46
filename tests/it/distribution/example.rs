//! The page of `examples/registry`.

use servo_test_support::Program;

use super::lab::{Lab, component};
use crate::transcript::play;

const FOLDER: &str = "examples/registry";
const README: &str = include_str!("../../../examples/registry/README.md");
const SERVO: &str = include_str!("../../../examples/registry/servo.yaml");

#[test]
fn the_page_tells_the_truth() {
    let lab = Lab::new();
    // The page's registry has the port that it usually has.
    let here = |text: &str| text.replace("127.0.0.1:5000", lab.registry.address());
    lab.world.file("servo.yaml", here(SERVO));
    lab.world.file("pause.wasm", component("wait", "1.0.0"));
    lab.world.file("other.wasm", component("wait", "1.0.1"));
    let equip = |program: Program| program.env("COSIGN_PASSWORD", "a password");
    play(&lab.world, &format!("{FOLDER}/README.md"), &here(README), equip, |_| {});
}
