//! From the source of a Rust connector to a finished component: build, ask for its settings, stamp.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::{fs, io};

use serde::Deserialize;
use thiserror::Error;

use crate::sections::{self, Metadata};
use crate::{LoadError, Sandbox, SectionsError};

/// A connector that cannot be built.
#[derive(Debug, Error)]
pub enum BuildError {
    /// A file cannot be read or written, or cargo cannot be started.
    #[error("{0}: {1}")]
    Io(String, io::Error),
    /// There is nothing to build.
    #[error("`{0}` has no Cargo.toml; name the folder of a connector")]
    NoPackage(PathBuf),
    /// cargo said no; it has printed why.
    #[error("`{0}` failed")]
    Cargo(String),
    /// The target is missing.
    #[error("the Rust target wasm32-wasip2 is not installed; run `rustup target add wasm32-wasip2`")]
    Target,
    /// The package is not a connector.
    #[error("`{0}` builds no component: its Cargo.toml needs `[lib] crate-type = [\"cdylib\"]`")]
    NoComponent(PathBuf),
    /// The component is not a connector.
    #[error("the component of `{0}`: {1}")]
    Component(PathBuf, LoadError),
    /// The component cannot be stamped.
    #[error(transparent)]
    Sections(#[from] SectionsError),
}

/// Builds the connector whose `Cargo.toml` stands in `folder`, and returns the plain component that cargo made.
///
/// cargo prints its progress to standard error.
pub fn build_rust(folder: &Path) -> Result<PathBuf, BuildError> {
    if !folder.join("Cargo.toml").is_file() {
        return Err(BuildError::NoPackage(folder.to_owned()));
    }
    let target =
        Command::new("rustc").args(["--print", "target-libdir", "--target", "wasm32-wasip2"]).output();
    let target = target.map_err(|error| BuildError::Io("rustc".into(), error))?;
    if !Path::new(String::from_utf8_lossy(&target.stdout).trim()).is_dir() {
        return Err(BuildError::Target);
    }
    let output = cargo(
        folder,
        &["build", "--release", "--target", "wasm32-wasip2", "--message-format", "json-render-diagnostics"],
    )?;
    let message = |line: &str| serde_json::from_str::<Message>(line).ok();
    let manifest = folder.join("Cargo.toml");
    let manifest =
        fs::canonicalize(&manifest).map_err(|error| BuildError::Io(manifest.display().to_string(), error))?;
    let artifacts = output.lines().filter_map(message).filter(|message| message.manifest_path == manifest);
    let mut files = artifacts.flat_map(|artifact| artifact.filenames);
    files
        .find(|file| file.extension().is_some_and(|ending| ending == "wasm"))
        .ok_or_else(|| BuildError::NoComponent(folder.to_owned()))
}

/// Writes name, version and the other metadata of the package in `folder`, and schema and example of its settings,
/// into a component. The component is asked for the latter two in the sandbox.
pub async fn stamp_rust(
    sandbox: &Arc<Sandbox>,
    component: &[u8],
    folder: &Path,
) -> Result<Vec<u8>, BuildError> {
    let metadata = package(folder)?;
    let failed = |error| BuildError::Component(folder.to_owned(), error);
    let program = sandbox.load(component, true).await.map_err(failed)?;
    Ok(sections::stamp(component, &metadata, &program.about.schema, &program.about.example)?)
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
    servo: Option<ServoMetadata>,
}

#[derive(Deserialize)]
struct ServoMetadata {
    maturity: Option<String>,
}

fn package(folder: &Path) -> Result<Metadata, BuildError> {
    let output = cargo(folder, &["metadata", "--no-deps", "--format-version", "1"])?;
    let unreadable = |error: serde_json::Error| BuildError::Io("cargo metadata".into(), error.into());
    let packages: Packages = serde_json::from_str(&output).map_err(unreadable)?;
    let manifest = folder.join("Cargo.toml");
    let manifest =
        fs::canonicalize(&manifest).map_err(|error| BuildError::Io(manifest.display().to_string(), error))?;
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
        revision: revision(folder),
        maturity: package.metadata.and_then(|metadata| metadata.servo).and_then(|servo| servo.maturity),
    })
}

/// The commit of the source, when it is in git and unchanged.
fn revision(folder: &Path) -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let clean = git(&["status", "--porcelain", "."])?.is_empty();
    git(&["log", "-1", "--format=%H", "."]).filter(|revision| clean && !revision.is_empty())
}

fn cargo(folder: &Path, arguments: &[&str]) -> Result<String, BuildError> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(folder).stderr(std::process::Stdio::inherit());
    let output = command.output().map_err(|error| BuildError::Io("cargo".into(), error))?;
    if !output.status.success() {
        return Err(BuildError::Cargo(format!("cargo {} in {}", arguments.join(" "), folder.display())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
