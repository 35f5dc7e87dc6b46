//! Rust: cargo builds the component, and knows who it is.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::tool::{self, Tool, fail};
use super::work::Work;
use super::{BuildError, Kit, Language};
use crate::sections::Metadata;

const RUSTC: Tool =
    Tool { names: &["rustc"], get: "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh" };
const TARGET: &str = "wasm32-wasip2";

/// Builds the connector whose `Cargo.toml` stands in `folder`, and returns the plain component that cargo made.
///
/// A connector that takes the SDK from `.servo` gets it written there; others have it from elsewhere.
pub(super) async fn build(folder: &Path, kit: &Kit) -> Result<PathBuf, BuildError> {
    let rustc = RUSTC.find(None)?;
    let target =
        tool::quietly(tool::command(rustc, folder).args(["--print", "target-libdir", "--target", TARGET]))
            .await;
    if !target.is_some_and(|folder| Path::new(&folder).is_dir()) {
        return Err(BuildError::Target);
    }
    let path = folder.join("Cargo.toml");
    if fs::read_to_string(&path).map_err(fail(&path))?.contains(".servo/") {
        Work::prepare(folder, Language::Rust, kit)?;
    }
    let manifest = fs::canonicalize(&path).map_err(fail(&path))?;
    let arguments = ["build", "--release", "--target", TARGET, "--message-format", "json-render-diagnostics"];
    let output =
        tool::output(cargo(folder).args(arguments), &format!("cargo build --target {TARGET}")).await?;
    let message = |line: &str| serde_json::from_str::<Message>(line).ok();
    let artifacts = output.lines().filter_map(message).filter(|message| message.manifest_path == manifest);
    let mut files = artifacts.flat_map(|artifact| artifact.filenames);
    files
        .find(|file| file.extension().is_some_and(|ending| ending == "wasm"))
        .ok_or_else(|| BuildError::NoComponent(folder.to_owned()))
}

/// What cargo knows about the package in `folder`.
pub(super) async fn metadata(folder: &Path) -> Result<Metadata, BuildError> {
    let arguments = ["metadata", "--no-deps", "--format-version", "1"];
    let output = tool::output(cargo(folder).args(arguments), "cargo metadata").await?;
    let unreadable = |error: serde_json::Error| BuildError::Io("cargo metadata".into(), error.into());
    let packages: Packages = serde_json::from_str(&output).map_err(unreadable)?;
    let path = folder.join("Cargo.toml");
    let manifest = fs::canonicalize(&path).map_err(fail(&path))?;
    let package = packages.packages.into_iter().find(|package| package.manifest_path == manifest);
    let package = package.ok_or_else(|| BuildError::NoComponent(folder.to_owned()))?;
    Ok(Metadata {
        name: Some(package.name),
        version: Some(package.version),
        description: package.description,
        licenses: package.license,
        homepage: package.homepage,
        authors: (!package.authors.is_empty()).then(|| package.authors.join(", ")),
        source: package.repository,
        revision: None,
        commands: Vec::new(),
        maturity: package.metadata.and_then(|metadata| metadata.servo).and_then(|servo| servo.maturity),
    })
}

/// The cargo that runs this program, if one does; it may not be the one on the PATH.
fn cargo(folder: &Path) -> tokio::process::Command {
    tool::command(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")), folder)
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    manifest_path: PathBuf,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Packages {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    description: Option<String>,
    license: Option<String>,
    homepage: Option<String>,
    repository: Option<String>,
    authors: Vec<String>,
    manifest_path: PathBuf,
    metadata: Option<PackageMetadata>,
}

/// `[package.metadata.servo]`.
#[derive(Deserialize)]
struct PackageMetadata {
    servo: Option<Servo>,
}

#[derive(Deserialize)]
struct Servo {
    maturity: Option<String>,
}
