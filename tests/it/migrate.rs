//! `servo migrate`: a file that was written for ServoX, and what becomes of it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::shown::{says, world};

/// As people have it for ServoX, with what it puts up with.
const FILE: &str = "\
# our servo
no_diagnostics: true
optimizer:
  id: example.com/shop
  token: abc
connectors:
  - PrometheusConnector # measures
prometheus:
  base_url: http://127.0.0.1:9
  metrics:
    - {name: throughput, query: up} # per second
vegeta:
  # not used for now
  rate: 010
  target: GET http://127.0.0.1:9/
";

#[test]
fn a_file_of_servox_is_explained_and_rewritten_where_asked() {
    let world = world();
    world.file("servo.yaml", FILE);
    says(&world, "migrate", "migrate");
    fs::set_permissions(world.path("servo.yaml"), Permissions::from_mode(0o600)).unwrap();
    world.file(".env", "OPSANI_ID=example.com/shop\nTIMEOUTS_READ=5s\n");
    let finished = world.servo(["migrate", "servo.yaml", "--to", "new.yaml", "-o", "json"]).run().expect(0);
    let migration: Value = serde_json::from_str(&finished.stdout).unwrap();
    let decide = |finding: &&Value| finding["concern"] == "decide";
    assert_eq!(migration["findings"].as_array().unwrap().iter().filter(decide).count(), 3, "{migration:#}");
    assert!(!finished.stdout.contains("abc"), "{}", finished.stdout);
    assert_eq!(world.read("servo.yaml"), FILE);
    let new = world.read("new.yaml");
    assert!(new.contains("- prometheus # measures") && new.contains("# vegeta:\n#   # not used"), "{new}");
    // The token in it is for those who could read it before.
    assert_eq!(fs::metadata(world.path("new.yaml")).unwrap().permissions().mode() & 0o777, 0o600);
    // What was rewritten is right, and is not written over.
    world.servo(["validate", "-f", "new.yaml"]).run().expect(0);
    let again = world.servo(["migrate", "--to", "new.yaml"]).run().expect(2);
    assert!(again.stderr.contains("new.yaml is not written: it exists"), "{}", again.stderr);
}

#[test]
fn what_only_a_person_can_mend_is_shown_with_its_place() {
    let world = world();
    world.file(
        "servo.yaml",
        "optimizer: {id: example.com/shop, token: abc}\nkubernetes:\n  namespace: shop\n",
    );
    says(&world, "migrate by hand", "migrate");
    world.file(
        "servo.yaml",
        "connectors: [scripts]\nscripts: {before: {measure: [exit 1]}}\nkubernetes: {}\n",
    );
    let found = world.servo(["migrate"]).run().expect(1).stdout;
    assert!(found.contains("a command that fails before an event cancels it"), "{found}");
    world.file("servo.yaml", "a: [\n");
    world.servo(["migrate"]).run().expect(2);
}
