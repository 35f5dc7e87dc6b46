//! Flags of the commands for authors of connectors.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use servo_assembly::Language;
use servo_types::Adjustment;

use super::Format;
use super::Registries;
use super::operation::duration;

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

/// Test a connector with the scenarios beside it
#[derive(Debug, Args)]
#[command(
    after_help = "A scenario says which settings the connector has, what its requests are answered, what is asked of it \
                        and what must come of it: `servo new` writes one. Nothing leaves the machine, and the clock is \
                        virtual: minutes pass in milliseconds.\n\n\
                        For example: servo test --record measure -d 2s. It calls what the connector in the servo.yaml of \
                        the folder handles, adjust only with --set, and writes tests/measure.yaml."
)]
pub(crate) struct Test {
    /// The folder of the connector, whose tests/*.yaml are played; or one of these files
    #[arg(value_name = "FOLDER|FILE", default_value = ".")]
    pub(crate) path: PathBuf,
    /// Make tests/NAME.yaml of what happens in the world
    #[arg(long, value_name = "NAME")]
    pub(crate) record: Option<String>,
    /// --record: how long to measure [default: 10s]
    #[arg(short, long, value_parser = duration, requires = "record")]
    pub(crate) duration: Option<Duration>,
    /// --record: how long to load before it counts
    #[arg(long, value_parser = duration, requires = "record")]
    pub(crate) warmup: Option<Duration>,
    /// --record: adjust this, too; may be given several times
    #[arg(long, value_name = "COMPONENT.SETTING=VALUE", requires = "record")]
    pub(crate) set: Vec<Adjustment>,
    /// How to write what came of it; a table is in the form of TAP, the Test Anything Protocol
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// Run a connector while it is written: whatever is saved is built, run and shown
#[derive(Debug, Args)]
#[command(
    after_help = "After each change of the sources the connector is built and takes the place of the running one, with \
                        the servo.yaml of its folder; then its checks run, and it measures once. What does not build or \
                        does not start is told, and the old one stays. Its log is shown from `info` on; --log-level says \
                        otherwise. Ctrl-C ends it."
)]
pub(crate) struct Dev {
    /// The folder of the connector
    #[arg(value_name = "FOLDER", default_value = ".")]
    pub(crate) folder: PathBuf,
    /// How long to measure
    #[arg(short, long, value_parser = duration, default_value = "2s")]
    pub(crate) duration: Duration,
    /// A folder like guests/ in the source of servo: take the SDKs from there, not from inside this program
    #[arg(long, value_name = "FOLDER")]
    pub(crate) guests: Option<PathBuf>,
}

/// Show what a component is, without running it
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The component: a file, an installed connector, or oci://HOST[:PORT]/NAME with a :TAG or @sha256:DIGEST
    #[arg(value_name = "FILE|NAME|REFERENCE")]
    pub(crate) component: PathBuf,
    /// How to write it
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
    #[command(flatten)]
    pub(crate) registries: Registries,
}

impl Inspect {
    /// Whether what is named is a file.
    pub(crate) fn is_file(&self) -> bool {
        self.component.is_file()
    }
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
    Startup,
    Shutdown,
    Metrics,
    Components,
    Describe,
    Measure,
    Adjust,
    Check,
    Promote,
    /// An event of the connector's own.
    Handle,
    /// Commands for the command line.
    Commands,
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
