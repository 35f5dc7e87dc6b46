//! Which crate may import which, and what lies where.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{TREE, assert_tidy};

/// What the top level holds, exactly, besides dotfiles.
const TOP: [&str; 11] = [
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "Makefile",
    "README.md",
    "cli",
    "examples",
    "guests",
    "runtime",
    "tests",
    "wit",
];

/// The crates that are blind to each other: they know the vocabulary and nothing else of ours.
const CORES: [&str; 9] =
    ["config", "events", "optimizer", "proxy", "liveness", "cluster", "load", "distribution", "telemetry"];

/// What a crate may import from this workspace; `None` for a crate that has no place in the design.
fn imports(name: &str) -> Option<Vec<String>> {
    let crates = |names: &[&str]| Some(names.iter().map(|name| format!("servo-{name}")).collect());
    match name.strip_prefix("servo-").unwrap_or(name) {
        "types" | "quickstart" => Some(Vec::new()),
        core if CORES.contains(&core) => crates(&["types"]),
        "test-support" => crates(&["types"]),
        "host" => crates(&["types", "events"]),
        "assembly" => crates(&[CORES.as_slice(), &["types", "host"]].concat()),
        "cli" => crates(&["assembly", "config", "telemetry", "types"]),
        _ => None,
    }
}

/// Tests may build their world with any crate of this list, whatever the crate they belong to may import.
const TEST_HELPERS: [&str; 1] = ["servo-test-support"];

fn crates_that_import_too_much(metadata: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    for package in list(metadata, "packages") {
        let name = text(package, "name");
        let Some(allowed) = imports(name) else {
            problems.push(format!("{name} has no row in the import table of tests/it/tidy/layers.rs"));
            continue;
        };
        for dependency in list(package, "dependencies") {
            let (other, for_tests) = (text(dependency, "name"), text(dependency, "kind") == "dev");
            let ours = !dependency["path"].is_null();
            let helper = for_tests && TEST_HELPERS.contains(&other);
            if ours && !helper && !allowed.iter().any(|allowed| allowed == other) {
                problems.push(format!("{name} must not import {other}; it may import {allowed:?}"));
            }
            if other.starts_with("wasmtime") && name != "servo-host" {
                problems.push(format!("{name} must not name {other}: only servo-host knows the engine"));
            }
        }
    }
    problems
}

fn crates_in_folders_of_other_names(metadata: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    for package in list(metadata, "packages") {
        let (name, manifest) = (text(package, "name"), Path::new(text(package, "manifest_path")));
        let mut folders = manifest.iter().rev().skip(1).filter_map(|folder| folder.to_str());
        let (folder, above) = (folders.next().unwrap_or_default(), folders.next().unwrap_or_default());
        if above == "runtime" && name != format!("servo-{folder}") {
            problems.push(format!("the crate in runtime/{folder} must be called servo-{folder}, not {name}"));
        }
    }
    problems
}

fn roots_without_forbid(metadata: &Value, read: impl Fn(&str) -> String) -> Vec<String> {
    let mut problems = Vec::new();
    for package in list(metadata, "packages").iter().filter(|package| text(package, "name") != "servo-host") {
        for target in list(package, "targets") {
            let root = text(target, "src_path");
            let ships = list(target, "kind").iter().any(|kind| kind == "lib" || kind == "bin");
            if ships && !read(root).contains("#![forbid(unsafe_code)]") {
                problems.push(format!("{root} must say #![forbid(unsafe_code)]"));
            }
        }
    }
    problems
}

fn strangers_at_the_top<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<&str> = paths.filter_map(|path| path.split('/').next()).collect();
    names.sort_unstable();
    names.dedup();
    let known = |name: &&str| name.starts_with('.') || TOP.contains(name);
    let strangers = names.iter().filter(|name| !known(name));
    let strangers = strangers.map(|name| format!("{name} does not belong into the top level"));
    let missing = TOP.iter().filter(|name| !names.contains(name));
    strangers.chain(missing.map(|name| format!("{name} is missing in the top level"))).collect()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn metadata() -> Value {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).current_dir(&TREE.root);
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_crates_keep_to_their_layers() {
    let metadata = metadata();
    let mut problems = crates_that_import_too_much(&metadata);
    problems.extend(crates_in_folders_of_other_names(&metadata));
    problems.extend(roots_without_forbid(&metadata, |path| std::fs::read_to_string(path).unwrap()));
    assert_tidy(problems);
}

#[test]
fn guests_see_nothing_of_the_runtime() {
    let manifests =
        TREE.iter().filter(|(path, _)| path.starts_with("guests/") && path.ends_with("Cargo.toml"));
    let curious = manifests.filter(|(_, text)| text.contains("../runtime/"));
    assert_tidy(curious.map(|(path, _)| format!("{path} must not reach into runtime/")).collect());
}

#[test]
fn the_top_level_is_what_the_design_says() {
    assert_tidy(strangers_at_the_top(TREE.iter().map(|(path, _)| path)));
}

#[test]
fn the_rules_see_what_breaks_them() {
    let metadata = serde_json::json!({"packages": [
        {"name": "servo-load", "manifest_path": "/x/runtime/load/Cargo.toml", "dependencies": [
            {"name": "servo-types", "path": "/x", "kind": null},
            {"name": "servo-events", "path": "/x", "kind": null},
            {"name": "servo-test-support", "path": "/x", "kind": "dev"},
            {"name": "wasmtime-wasi", "path": null, "kind": "dev"},
        ], "targets": [{"kind": ["lib"], "src_path": "lib.rs"}, {"kind": ["bench"], "src_path": "bench.rs"}]},
        {"name": "servo-hots", "manifest_path": "/x/runtime/host/Cargo.toml"},
    ]});
    assert_eq!(
        crates_that_import_too_much(&metadata),
        [
            "servo-load must not import servo-events; it may import [\"servo-types\"]",
            "servo-load must not name wasmtime-wasi: only servo-host knows the engine",
            "servo-hots has no row in the import table of tests/it/tidy/layers.rs",
        ]
    );
    assert_eq!(
        crates_in_folders_of_other_names(&metadata),
        ["the crate in runtime/host must be called servo-host, not servo-hots"]
    );
    assert_eq!(
        roots_without_forbid(&metadata, |_| String::new()),
        ["lib.rs must say #![forbid(unsafe_code)]"]
    );
    let top = TOP.into_iter().filter(|name| *name != "cli").chain([".ci/run", "notes/b.md"]);
    assert_eq!(
        strangers_at_the_top(top),
        ["notes does not belong into the top level", "cli is missing in the top level"]
    );
}
