//! `servo dev`: what is saved is built, runs and is shown; what does not build changes nothing.

use std::time::Duration;

use servo_test_support::{Signal, World};

use super::servo;
use crate::shown;

/// Writes the file as an editor does, at once.
fn save(world: &World, name: &str, text: &str) {
    let beside = world.file(".saved", text);
    std::fs::rename(beside, world.path(name)).unwrap();
}

#[test]
fn a_saved_change_runs_and_a_broken_one_does_not() {
    let world = shown::world();
    servo(&world, "", "new shop --lang c").run().expect(0);
    let source = world.read("shop/shop.c");
    let mut dev = servo(&world, "", "dev shop -d 50ms").start();
    let seen = |stdout: &str, wanted: &str| stdout.contains(wanted).then_some(());
    dev.wait_for("the first value", |stdout, _| seen(stdout, " 7.00 ("));
    dev.wait_for("the check and the log", |stdout, stderr| {
        (stdout.contains("it is 7") && stderr.contains("shop[measure] - measuring")).then_some(())
    });

    save(&world, "shop/shop.c", &source.replace("servo_now(), value);", "servo_now(), value;"));
    dev.wait_for("the compiler's words", |_, stderr| {
        let told = stderr.contains("shop.c:") && stderr.contains("what runs is the connector as it was");
        told.then_some(())
    });
    save(&world, "shop/shop.c", &source.replace("servo_now(), value);", "servo_now(), 2 * value);"));
    dev.wait_for("the new value", |stdout, _| seen(stdout, " 14.00 ("));

    let configuration = world.read("shop/servo.yaml");
    save(&world, "shop/servo.yaml", &configuration.replace("value: 7", "value: 700"));
    dev.wait_for("what is wrong with it", |_, stderr| seen(stderr, "servo.yaml:6:10"));
    save(&world, "shop/servo.yaml", &configuration.replace("value: 7", "value: 8"));
    dev.wait_for("the newest value", |stdout, _| seen(stdout, " 16.00 ("));
    dev.signal(Signal::INT);
    let ended = dev.wait().expect(130);
    assert!(ended.took < Duration::from_secs(600), "{:?}", ended.took);
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let world = shown::world();
    let told = world.servo(["dev", "nowhere"]).run().expect(2).stderr;
    assert!(told.contains("nowhere"), "{told}");
}
