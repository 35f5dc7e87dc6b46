//! Flags of the commands for authors of connectors.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use servo_assembly::Language;

use super::Format;

/// Make the folder of a new connector
#[derive(Debug, Args)]
#[command(
    after_help = "For example: servo new shop --lang python --events measure,check. The folder builds and has a test."
)]
pub(crate) struct New {
    /// Its name, for example shop-stats; the folder gets the same one
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// What it will be written in
    #[arg(long, value_enum)]
    pub(crate) lang: Lang,
    /// The events that it will handle: a list with commas, or several times
    #[arg(long, value_enum, value_delimiter = ',', default_values = ["measure", "check"])]
    pub(crate) events: Vec<NewEvent>,
}

/// Build a connector and finish it with its metadata
#[derive(Debug, Args)]
#[command(
    after_help = "The language is that of the manifest: Cargo.toml is Rust, pyproject.toml Python, package.json \
                        JavaScript, or TypeScript with a tsconfig.json, go.mod Go, connector.json C or C++."
)]
pub(crate) struct Build {
    /// The folder of the connector
    #[arg(value_name = "FOLDER", default_value = ".")]
    pub(crate) folder: PathBuf,
    /// The file to write [default: NAME.wasm in that folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// A folder like guests/ in the source of servo: take the SDKs from there, not from inside this program
    #[arg(long, value_name = "FOLDER")]
    pub(crate) guests: Option<PathBuf>,
    /// How to write what was built
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// Show what a component file is, without running it
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The component
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// How to write it
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// The languages of `servo new`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    Rust,
    Python,
    Js,
    Ts,
    Go,
    C,
    Cpp,
}

/// The events that a new connector can begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum NewEvent {
    Describe,
    Measure,
    Adjust,
    Check,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Rust => Language::Rust,
            Lang::Python => Language::Python,
            Lang::Js => Language::JavaScript,
            Lang::Ts => Language::TypeScript,
            Lang::Go => Language::Go,
            Lang::C => Language::C,
            Lang::Cpp => Language::Cpp,
        }
    }
}
