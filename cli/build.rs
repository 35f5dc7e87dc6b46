//! Puts into the program: the bundled connectors, which `make guests` has built and stamped, and what authors build
//! theirs with: the contract, the SDKs and the templates of `servo new`.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// The connectors that are part of the product, in the order in which they are listed.
const BUNDLED: [&str; 6] = ["fleet", "http-settings", "prometheus", "vegeta", "wait", "webhooks"];

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("..");
    for (name, list) in [("bundled.rs", bundled(&root)), ("kit.rs", kit(&root))] {
        let generated = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join(name);
        match list.and_then(|list| fs::write(&generated, list).map_err(|error| cannot(&generated, error))) {
            Ok(()) => {}
            Err(problem) => println!("cargo::error={problem}"),
        }
    }
}

/// The bundled connectors, as source of a list.
fn bundled(root: &Path) -> Result<String, String> {
    println!("cargo::rerun-if-env-changed=SERVO_CONNECTORS_DIR");
    let folder =
        env::var_os("SERVO_CONNECTORS_DIR").map_or_else(|| root.join("target/connectors"), PathBuf::from);
    let mut list = String::from("&[\n");
    for name in BUNDLED {
        let path = folder.join(format!("{name}.wasm"));
        println!("cargo::rerun-if-changed={}", path.display());
        if !path.is_file() {
            let missing = path.display();
            return Err(format!(
                "the bundled connectors are not built ({missing} is missing): run `make guests` first"
            ));
        }
        list += &format!(
            "    servo_assembly::Bundled {{ bytes: include_bytes!({:?}) }},\n",
            path.display().to_string()
        );
    }
    Ok(list + "]\n")
}

/// The contract, and the folders `sdk` and `new` of all languages, as source of a list of paths and contents.
fn kit(root: &Path) -> Result<String, String> {
    let mut folders = vec![PathBuf::from("wit")];
    for language in children(&root.join("guests"))? {
        let folder = Path::new("guests").join(language.file_name().unwrap_or_default());
        folders.extend(["sdk", "new"].map(|name| folder.join(name)));
    }
    folders.retain(|folder| root.join(folder).is_dir());
    let mut files = vec![root.join("guests/rust/Cargo.toml")];
    for folder in folders {
        println!("cargo::rerun-if-changed={}", root.join(&folder).display());
        collect(&root.join(folder), &mut files)?;
    }
    println!("cargo::rerun-if-changed={}", root.join("guests/rust/Cargo.toml").display());
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let path = file.strip_prefix(root).map_err(|error| cannot(&file, error))?;
        let whole = fs::canonicalize(&file).map_err(|error| cannot(&file, error))?;
        let (path, whole) = (path.display().to_string(), whole.display().to_string());
        list += &format!("    ({path:?}, include_bytes!({whole:?})),\n");
    }
    Ok(list + "]\n")
}

/// All files below a folder, without hidden ones and what tools leave behind.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    for path in children(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let left = ["target", "node_modules", "__pycache__"].contains(&name.as_ref());
        match path.is_dir() {
            _ if name.starts_with('.') || left => {}
            true => collect(&path, files)?,
            false => files.push(path),
        }
    }
    Ok(())
}

fn children(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| cannot(folder, error))?;
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(|error| cannot(folder, error))).collect()
}

fn cannot(path: &Path, error: impl std::fmt::Display) -> String {
    format!("{}: {error}", path.display())
}
