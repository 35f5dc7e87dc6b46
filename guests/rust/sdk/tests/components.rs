//! Looks into the built components: they export what their author named and nothing else, they import only what they
//! call, and they stay small.
//!
//! Needs the components: `cargo build --release --target wasm32-wasip2`.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may panic")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use wit_component::DecodedWasm;
use wit_parser::{Resolve, WorldItem, WorldKey};

const BYTES_MAX: usize = 400 * 1024;

/// File, exports besides `settings`, and imports that need a grant.
const COMPONENTS: [(&str, &str, &str); 9] = [
    ("nothing", "measure", ""),
    ("fetch", "measure", ""),
    ("wait", "measure", ""),
    ("prometheus", "inventory describe measure check commands", "http"),
    ("vegeta", "inventory describe measure check commands", "load"),
    ("fleet", "inventory describe measure check", "liveness"),
    ("webhooks", "declarations hooks", "http"),
    ("http_settings", "inventory describe adjust check", "http"),
    (
        "fixture",
        "lifecycle inventory describe measure adjust check promote declarations hooks events commands",
        "http dispatch load state liveness",
    ),
];

#[test]
fn exactly_the_named_interfaces_are_exported() {
    for (file, exports, _) in COMPONENTS {
        let mut wanted: BTreeSet<String> = exports.split(' ').map(str::to_owned).collect();
        wanted.insert("settings".to_owned());
        let (resolve, world) = decode(file);
        let exported: BTreeSet<String> = interfaces(&resolve, &resolve.worlds[world].exports).collect();
        assert_eq!(exported, wanted, "{file}");
    }
}

#[test]
fn only_what_is_called_is_imported() {
    let free = ["contract", "log", "progress"];
    for (file, _, imports) in COMPONENTS {
        let wanted: BTreeSet<String> = imports.split_whitespace().map(str::to_owned).collect();
        let (resolve, world) = decode(file);
        let imported: BTreeSet<String> = interfaces(&resolve, &resolve.worlds[world].imports)
            .filter(|name| !free.contains(&&**name))
            .collect();
        assert_eq!(imported, wanted, "{file}");
    }
}

#[test]
fn components_are_small() {
    // The fixture does everything at once, which nothing that is shipped does.
    for (file, ..) in COMPONENTS.into_iter().filter(|(file, ..)| *file != "fixture") {
        let bytes = std::fs::read(path(file)).unwrap().len();
        assert!(bytes < BYTES_MAX, "{file}: {bytes} bytes");
    }
}

/// The names of our interfaces; those of WASI are start-up code of the standard library and grant nothing.
fn interfaces<'a>(
    resolve: &'a Resolve,
    items: impl IntoIterator<Item = (&'a WorldKey, &'a WorldItem)>,
) -> impl Iterator<Item = String> {
    items.into_iter().filter_map(|(key, _)| {
        let name = resolve.name_world_key(key);
        let name = name.strip_prefix("servo:connector/")?;
        Some(name.split('@').next().unwrap_or(name).to_owned())
    })
}

fn decode(file: &str) -> (Resolve, wit_parser::WorldId) {
    let path = path(file);
    let bytes = std::fs::read(&path).unwrap_or_else(|error| {
        panic!("{}: {error}; run `cargo build --release --target wasm32-wasip2` first", path.display())
    });
    match wit_component::decode(&bytes).unwrap() {
        DecodedWasm::Component(resolve, world) => (resolve, world),
        DecodedWasm::WitPackage(..) => panic!("{file} is a WIT package"),
    }
}

fn path(file: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("wasm32-wasip2/release").join(file).with_extension("wasm")
}
