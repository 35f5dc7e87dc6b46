//! Puts the bundled connectors into the program: components that `make guests` has built and stamped.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// The connectors that are part of the product, in the order in which they are listed.
const BUNDLED: [&str; 4] = ["http-settings", "prometheus", "vegeta", "wait"];

fn main() {
    println!("cargo::rerun-if-env-changed=SERVO_CONNECTORS_DIR");
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let root = manifest.parent().unwrap_or(Path::new("..")).to_owned();
    let folder =
        env::var_os("SERVO_CONNECTORS_DIR").map_or_else(|| root.join("target/connectors"), PathBuf::from);
    let mut list = String::from("&[\n");
    for name in BUNDLED {
        let path = folder.join(format!("{name}.wasm"));
        println!("cargo::rerun-if-changed={}", path.display());
        if !path.is_file() {
            let missing = path.display();
            println!(
                "cargo::error=the bundled connectors are not built ({missing} is missing): run `make guests` first"
            );
            return;
        }
        list += &format!(
            "    servo_assembly::Bundled {{ bytes: include_bytes!({:?}) }},\n",
            path.display().to_string()
        );
    }
    list += "]\n";
    let generated = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("bundled.rs");
    if let Err(error) = fs::write(&generated, list) {
        println!("cargo::error={} cannot be written: {error}", generated.display());
    }
}
