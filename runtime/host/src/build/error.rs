//! Why a connector cannot be built.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use crate::{LoadError, SectionsError};

/// A connector that cannot be built.
#[derive(Debug, Error)]
pub enum BuildError {
    /// A file cannot be read or written, or a program cannot be started.
    #[error("{0}: {1}")]
    Io(String, io::Error),
    /// The folder has no manifest.
    #[error(
        "`{0}` is not the folder of a connector: there is no Cargo.toml, pyproject.toml, package.json, go.mod or \
         connector.json in it; `servo new` makes one"
    )]
    NoManifest(PathBuf),
    /// The manifest does not say what is needed.
    #[error("`{0}`: {1}")]
    Manifest(PathBuf, String),
    /// There is no world, or one that cannot be understood.
    #[error("the world of `{0}`: {1}")]
    World(PathBuf, String),
    /// A tool is missing.
    #[error("`{tool}` is not installed, or not on the PATH; run `{get}`")]
    Tool {
        /// The program.
        tool: &'static str,
        /// The command that gets it.
        get: &'static str,
    },
    /// A tool said no; it has printed why.
    #[error("`{0}` failed")]
    Failed(String),
    /// A tool said no, and why.
    #[error("`{0}` failed:\n{1}")]
    Said(String, String),
    /// A tool was not done in time.
    #[error("`{0}` was not done after {1:?} and was ended")]
    Time(String, Duration),
    /// The Rust target is missing.
    #[error("the Rust target wasm32-wasip2 is not installed; run `rustup target add wasm32-wasip2`")]
    Target,
    /// The package is not a connector.
    #[error("`{0}` builds no component: its Cargo.toml needs `[lib] crate-type = [\"cdylib\"]`")]
    NoComponent(PathBuf),
    /// The generators of bindings cannot handle the world.
    #[error("no bindings can be made for the world of `{0}`: {1}")]
    Bindings(PathBuf, String),
    /// What the compiler made does not fit the world.
    #[error("`{0}` was compiled, but does not fit its world: {1}")]
    Encode(PathBuf, String),
    /// The component is not a connector.
    #[error("the component of `{0}`: {1}")]
    Component(PathBuf, LoadError),
    /// The component cannot be finished.
    #[error(transparent)]
    Sections(#[from] SectionsError),
}
