//! Where journals and compiled components are kept, and who says so.

use std::os::unix::fs::symlink;

use super::stage::{servo, world};

#[test]
fn a_cloned_folder_does_not_say_where_native_code_is() {
    let world = world();
    world.file("servo.yaml", "connectors: {load: ./fixture.wasm}\nload: {}\n");
    world.file(".env", "SERVO_STATE_DIR=./mine\nXDG_STATE_HOME=./mine\nHOME=./mine\n");
    let own = world.path("home/.local/state/servo");
    std::fs::create_dir_all(&own).unwrap();
    symlink(world.path("state/components"), own.join("components")).unwrap();
    let program = servo(&world, "history").env_remove("SERVO_STATE_DIR").env_remove("XDG_STATE_HOME");
    program.run().expect(0);
    assert!(own.join("journals").is_dir());
    assert!(!world.path("mine").exists());
}
