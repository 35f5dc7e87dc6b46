use std::os::unix::fs::MetadataExt;

use super::*;

const KIT: &[(&str, &[u8])] = &[
    ("wit/measure.wit", b"measure"),
    ("wit/deps/io/io.wit", b"io"),
    ("wit/frozen/0.1.0/measure.wit", b"old"),
    ("guests/c/sdk/servo.h", b"of c"),
    ("guests/c/sdk/servo/json.h", b"json"),
    ("guests/cpp/sdk/servo.hpp", b"of c++"),
    ("guests/js/sdk/index.js", b"js"),
    ("guests/rust/Cargo.toml", b"[workspace]\nmembers = [\"sdk\", \"wait\"]\n"),
    ("guests/rust/sdk/src/bindings.rs", b"path: [\"../../../wit\", \"wit\"]"),
];

/// The folder of a connector, with a world.
fn connector() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("wit")).unwrap();
    fs::write(folder.path().join("wit/world.wit"), "world").unwrap();
    folder
}

fn prepare(folder: &Path, language: Language) -> Result<Work, BuildError> {
    Work::prepare(folder, language, &Kit { files: KIT, guests: None })
}

fn below(work: &Work) -> Vec<String> {
    let mut found: Vec<String> =
        files(&work.root).unwrap().into_iter().map(|(path, _)| path.display().to_string()).collect();
    found.sort();
    found
}

#[test]
fn the_contract_stands_beside_the_authors_world() {
    let folder = connector();
    let work = prepare(folder.path(), Language::Cpp).unwrap();
    let wanted = [
        "sdk/servo.h",
        "sdk/servo.hpp",
        "sdk/servo/json.h",
        "wit/deps/io/io.wit",
        "wit/deps/servo-connector/measure.wit",
        "wit/world.wit",
    ];
    assert_eq!(below(&work), wanted);
    assert_eq!(fs::read_to_string(work.file(".gitignore")).unwrap(), "*\n");
}

#[test]
fn what_stays_the_same_keeps_its_time_and_the_rest_goes() {
    let folder = connector();
    let work = prepare(folder.path(), Language::C).unwrap();
    let (header, old) = (work.sdk().join("servo.h"), work.sdk().join("old/deep.c"));
    let written = || fs::metadata(&header).map(|file| (file.mtime(), file.mtime_nsec())).unwrap();
    let before = written();
    fs::create_dir(work.sdk().join("old")).unwrap();
    fs::write(&old, "").unwrap();
    fs::write(work.sdk().join("servo/json.h"), "changed").unwrap();
    prepare(folder.path(), Language::C).unwrap();
    assert_eq!(written(), before);
    assert!(!old.exists());
    assert_eq!(fs::read(work.sdk().join("servo/json.h")).unwrap(), b"json");
}

#[test]
fn rust_gets_a_workspace_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let work = prepare(folder.path(), Language::Rust).unwrap();
    let wanted = ["Cargo.toml", "sdk/src/bindings.rs", "wit/deps/io/io.wit", "wit/measure.wit"];
    assert_eq!(below(&work), wanted);
    assert_eq!(fs::read_to_string(work.file("Cargo.toml")).unwrap(), "[workspace]\nmembers = [\"sdk\"]\n");
    let bindings = fs::read_to_string(work.sdk().join("src/bindings.rs")).unwrap();
    assert_eq!(bindings, "path: [\"../wit\", \"wit\"]");
}

#[test]
fn node_finds_the_sdk_unless_the_author_has_one() {
    let folder = connector();
    prepare(folder.path(), Language::JavaScript).unwrap();
    assert_eq!(fs::read(folder.path().join("node_modules/servo-sdk/index.js")).unwrap(), b"js");
    let link = folder.path().join("node_modules/servo-sdk");
    fs::remove_file(&link).unwrap();
    fs::create_dir(&link).unwrap();
    prepare(folder.path(), Language::JavaScript).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_dir());
}

#[test]
fn a_folder_without_a_world_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let error = prepare(folder.path(), Language::C).unwrap_err().to_string();
    assert!(error.contains("wit/world.wit"), "{error}");
}

#[test]
fn a_link_in_the_way_is_not_followed() {
    let (folder, other) = (connector(), tempfile::tempdir().unwrap());
    let precious = other.path().join("precious");
    fs::write(&precious, "").unwrap();
    std::os::unix::fs::symlink(other.path(), folder.path().join(".servo")).unwrap();
    assert!(prepare(folder.path(), Language::C).is_err());
    fs::remove_file(folder.path().join(".servo")).unwrap();
    fs::create_dir(folder.path().join(".servo")).unwrap();
    std::os::unix::fs::symlink(other.path(), folder.path().join(".servo/sdk")).unwrap();
    assert!(prepare(folder.path(), Language::C).is_err());
    assert!(precious.exists());
}
