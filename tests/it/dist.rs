//! What is handed out: unpacked and used, it does what it says.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use servo_test_support::{Finished, World, installed};

use crate::shown;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/dist/dist.sh");
const UNIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/dist/servo.service");

/// Runs a program that the tests need, in the world.
#[track_caller]
fn tool(world: &World, name: &str, package: &str, arguments: &[&str]) -> Finished {
    world.program(installed(name, package)).args(arguments).run()
}

#[test]
fn the_tarball_is_whole_repeatable_and_works() {
    let world = shown::world();
    // A program that is built for tests takes half a minute to compress.
    let program = world.file("servo", format!("#!/bin/sh\nexec '{}' \"$@\"\n", world.servo_path().display()));
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let pack = |out: &str| -> PathBuf {
        let packing = world.program(SCRIPT).env("SERVO", &program).env("OUT", world.path(out));
        PathBuf::from(packing.run().expect(0).stdout.trim_end())
    };
    let (first, second) = (pack("one"), pack("two"));
    let name = first.file_name().unwrap().to_str().unwrap();
    assert_eq!(name, format!("servo-{}-{}-linux.tar.gz", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH));
    let sum = |path: &Path| fs::read_to_string(path.with_file_name(format!("{name}.sha256"))).unwrap();
    assert_eq!(sum(&first), sum(&second));
    let checked =
        world.program("sha256sum").args(["-c", &format!("{name}.sha256")]).directory(world.path("one"));
    checked.run().expect(0);
    tool(&world, "tar", "tar", &["xzf", &format!("one/{name}")]).expect(0);
    let root = world.path(name.trim_end_matches(".tar.gz"));
    let version = world.program(root.join("bin/servo")).args(["version", "--short"]).run().expect(0).stdout;
    assert_eq!(version, format!("servo {}\n", env!("CARGO_PKG_VERSION")));
    let pages: Vec<_> =
        fs::read_dir(root.join("share/man/man1")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(pages.len() > 50, "{pages:?}");
    for page in &pages {
        let page = page.to_str().unwrap();
        let formatted = tool(&world, "groff", "groff-base", &["-man", "-Kutf8", "-ww", "-z", page]).expect(0);
        assert_eq!(formatted.stderr, "", "{page}");
    }
    let script = root.join("share/bash-completion/completions/servo");
    world.program("bash").args(["-n", script.to_str().unwrap()]).run().expect(0);
    assert_eq!(fs::read(root.join("lib/systemd/system/servo.service")).unwrap(), fs::read(UNIT).unwrap());
}

#[test]
fn the_unit_is_one_that_systemd_understands_and_confines() {
    let world = shown::world();
    // Its program lies elsewhere here.
    let unit = fs::read_to_string(UNIT).unwrap();
    let unit = unit.replace("/usr/bin/servo", world.servo_path().to_str().unwrap());
    let path = world.file("servo.service", unit);
    let path = path.to_str().unwrap();
    let verified = tool(&world, "systemd-analyze", "systemd", &["verify", "--man=no", path]).expect(0);
    assert!(!verified.stderr.contains("servo.service"), "{}", verified.stderr);
    // Exposure of 10 is no confinement at all.
    let arguments = ["security", "--offline=true", "--no-pager", "--threshold=15", path];
    tool(&world, "systemd-analyze", "systemd", &arguments).expect(0);
}

#[test]
fn manual_pages_need_a_folder() {
    let world = shown::world();
    let stderr = world.servo(["man", "nowhere"]).run().expect(2).stderr;
    assert_eq!(stderr, "error: nowhere is no folder; create it first\n");
}
