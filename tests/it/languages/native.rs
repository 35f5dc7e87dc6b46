//! Compiles the unit tests of C and C++ connectors for this machine and runs them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use servo_test_support::{Program, World, installed};

use crate::shown::shown;

/// Time for a compiler on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(300);

/// A file of the repository.
pub(super) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Compiles the sources of some folders and returns the objects. `cc` takes the `.c` files, `c++` the `.cpp` files.
#[track_caller]
pub(super) fn compile(
    world: &World,
    compiler: &str,
    flags: &[&str],
    folders: &[&str],
    include: &[&str],
) -> Vec<PathBuf> {
    let (ending, package) = if compiler == "cc" { ("c", "gcc") } else { ("cpp", "g++") };
    let directory = world.file(format!("{ending}-objects/.keep"), "");
    let directory = directory.parent().unwrap();
    let mut program = Program::new(installed(compiler, package))
        .directory(directory)
        .timeout(TIMEOUT)
        .args(["-c", "-O0", "-Wall", "-Werror"])
        .args(flags);
    for folder in include {
        program = program.arg("-I").arg(std::fs::canonicalize(repository(folder)).unwrap());
    }
    let mut objects = Vec::new();
    for folder in folders {
        for entry in std::fs::read_dir(repository(folder)).unwrap() {
            let path = std::fs::canonicalize(entry.unwrap().path()).unwrap();
            if path.extension().is_some_and(|found| found == ending) {
                objects.push(directory.join(path.with_extension("o").file_name().unwrap()));
                program = program.arg(path);
            }
        }
    }
    program.run().expect(0);
    objects
}

/// Links objects to a test and runs it.
#[track_caller]
pub(super) fn passes(world: &World, compiler: &str, objects: &[PathBuf]) {
    let test = world.path("unit-test");
    Program::new(installed(compiler, "g++"))
        .args(objects)
        .arg("-o")
        .arg(&test)
        .arg("-lm")
        .timeout(TIMEOUT)
        .run()
        .expect(0);
    let finished = Program::new(&test).run().expect(0);
    assert!(finished.stdout.contains(" 0 did not"), "{}", shown(&finished));
}
