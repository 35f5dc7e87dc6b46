//! What somebody sees who is new here, or in a hurry: odd files, odd variables, nothing to show, nobody reading.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use servo_test_support::World;

use crate::shown::{compare, says, shown, world};

fn pausing() -> World {
    let world = world();
    world.file("servo.yaml", "connectors: {pause: wait}\npause: {measure_enabled: true}\n");
    world
}

#[test]
fn what_is_no_file_is_refused_and_not_waited_for() {
    let world = pausing();
    world.program("mkfifo").arg("pipe").run().expect(0);
    std::fs::create_dir(world.path("folder")).unwrap();
    for (name, line) in [
        ("pipe", "validate -f pipe"),
        ("pipe of another command", "-c pipe list"),
        ("folder", "run folder"),
        ("device", "config -c /dev/zero"),
        ("pipe as component", "connectors pipe"),
        ("appended device", "generate wait --append -f /dev/zero"),
    ] {
        says(&world, &format!("no file {name}"), line);
    }
    world.file("servo.yaml", "connectors: {pause: ./pipe.wasm}\n");
    std::fs::rename(world.path("pipe"), world.path("pipe.wasm")).unwrap();
    says(&world, "no file component", "validate");
}

#[test]
fn nothing_to_show_is_no_failure() {
    let world = pausing();
    for line in ["show metrics", "show components", "show grants"] {
        says(&world, &format!("nothing {line}"), line);
        let json = world.servo(line.split_whitespace().chain(["-o", "json"])).run().expect(0);
        assert_eq!(json.stdout, "[]\n", "{line}");
    }
}

#[test]
fn targets_are_named_once() {
    let world = world();
    world.file("targets.txt", "GET\n");
    says(&world, "wrong targets", "load attack --targets targets.txt");
}

#[test]
fn a_state_directory_that_cannot_be_used_is_named() {
    let world = pausing();
    let file = world.file("file", "");
    for (name, line) in [("components", "show events"), ("run", "run --dry-run")] {
        let finished = world.servo(line.split_whitespace()).env("SERVO_STATE_DIR", &file).run();
        compare(&world, &format!("state directory {name}"), &format!("$ servo {line}\n{}", shown(&finished)));
    }
    // What needs no state does not look at it.
    world.servo(["validate"]).env("SERVO_STATE_DIR", &file).run().expect(0);
}

#[test]
fn a_variable_that_is_not_text_is_named() {
    let world = pausing();
    let odd = OsStr::from_bytes(b"\xff");
    for name in ["OPSANI_TOKEN", "SERVO_LOG_LEVEL", "SERVO_PAUSE_MEASURE_ENABLED", "SERVO_STATE_DIR"] {
        let finished = world.servo(["list"]).env(name, odd).run().expect(2);
        let said = finished.stderr.lines().next().unwrap();
        assert_eq!(said, format!("error: the variable {name} is not UTF-8"));
    }
    world.servo(["list"]).env("OTHER", odd).run().expect(0);
    let finished = world.servo([OsStr::new("describe"), odd]).run().expect(2);
    assert!(finished.stderr.starts_with("error: the argument `\u{fffd}` is not UTF-8\n"), "{finished:?}");
    // The name of a file need not be text.
    let path = world.path(OsStr::from_bytes(b"odd\xff.yaml"));
    std::fs::copy(world.path("servo.yaml"), &path).unwrap();
    world.servo(["list"]).env("SERVO_CONFIG_FILE", &path).run().expect(0);
    world.servo([OsStr::new("-c"), path.as_os_str(), OsStr::new("list")]).run().expect(0);
}

#[test]
fn nobody_needs_to_read_to_the_end() {
    let world = pausing();
    let servo = world.servo_path().display().to_string();
    for line in ["--help", "show limits", "schema --all", "completions bash", "version"] {
        let script = format!("{servo} {line} | head -c 1; echo \" ${{PIPESTATUS[0]}}\"");
        let finished = world.program("bash").args(["-c", &script]).run().expect(0);
        assert!(finished.stdout.ends_with(" 0\n") && finished.stderr.is_empty(), "{line}: {finished:?}");
    }
}

#[test]
fn what_is_named_wrongly_is_told_apart() {
    let world = world();
    for (name, line) in [
        ("bundled connector", "connectors wait"),
        ("misspelt connector", "connectors wiat"),
        ("folder without package", "build"),
        ("missing folder", "build elsewhere"),
    ] {
        says(&world, &format!("named {name}"), line);
    }
}

#[test]
fn the_version_is_where_people_look_for_it() {
    let world = world();
    let version = world.servo(["--version"]).run().expect(0).stdout;
    assert_eq!(version, world.servo(["version", "--short"]).run().expect(0).stdout);
}
