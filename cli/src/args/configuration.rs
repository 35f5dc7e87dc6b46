//! Flags of the commands about the configuration.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Format;

/// Write a first servo.yaml and .env into this folder
#[derive(Debug, Args)]
#[command(after_help = "Asks at most three questions on a terminal. What it writes validates and runs.")]
pub(crate) struct Init {
    /// Ask nothing: no remote optimizer, all connectors as examples
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Overwrite servo.yaml and .env
    #[arg(long)]
    pub(crate) force: bool,
    /// Write no .env
    #[arg(long)]
    pub(crate) no_dotenv: bool,
    /// Write a .env (the default)
    #[arg(long, conflicts_with = "no_dotenv", hide = true)]
    pub(crate) dotenv: bool,
}

/// List the connectors that can be configured
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Connectors {
    #[command(subcommand)]
    pub(crate) what: Option<ConnectorsWhat>,
    /// A component file to look at, or one of the bundled or installed ones by name, instead of all of those
    #[arg(value_name = "FILE|NAME")]
    pub(crate) file: Option<PathBuf>,
    /// Only the installed ones
    #[arg(long, conflicts_with = "file")]
    pub(crate) installed: bool,
    /// Show homepage, maturity, licence and source, too
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// How to write it
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// What is done to a connector.
#[derive(Debug, Subcommand)]
pub(crate) enum ConnectorsWhat {
    /// Have a connector of the running servo built again, after its current call and without the delay after failures
    Restart {
        /// The connector, as the configuration names it
        #[arg(value_name = "NAME")]
        connector: String,
    },
}

/// Show the configuration as servo understands it, secrets hidden
#[derive(Debug, Args)]
pub(crate) struct Config {
    /// Only these keys, for example `optimizer` or `prom.base_url`
    #[arg(value_name = "KEYS")]
    pub(crate) keys: Vec<String>,
    /// Every value with where it came from, defaults included
    #[arg(long)]
    pub(crate) origins: bool,
    /// How to write it [default: yaml, with --origins table]
    #[arg(short, long, value_enum, visible_alias = "format", visible_short_alias = 'f')]
    pub(crate) output: Option<Format>,
}

/// Show the JSON Schema of the configuration or of a connector
#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// A connector by name, class or alias
    #[arg(value_name = "CONNECTOR", conflicts_with_all = ["all", "top_level"])]
    pub(crate) connector: Option<String>,
    /// Of all connectors, whatever the configuration says
    #[arg(short, long, conflicts_with = "top_level")]
    pub(crate) all: bool,
    /// Without connectors
    #[arg(long)]
    pub(crate) top_level: bool,
    /// How to write it
    #[arg(
        short,
        long,
        value_enum,
        default_value = "json",
        visible_alias = "format",
        visible_short_alias = 'f'
    )]
    pub(crate) output: Format,
}

/// Check the configuration: everything that is wrong, at once
#[derive(Debug, Args)]
pub(crate) struct Validate {
    /// Only these connectors: aliases, or names or classes for all instances; all of the file when none is named
    #[arg(value_name = "CONNECTORS")]
    pub(crate) connectors: Vec<String>,
    /// The file, instead of --config-file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Say nothing when it is valid
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// How to write it
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// Look at a configuration that was written for ServoX: what changes, what is not needed, what to decide
#[derive(Debug, Args)]
#[command(
    after_help = "The nearest `.env` and the variables are looked at, too. Nothing is written without --to; the new file has \
                  the comments of the old one. It exits with 1 when something is wrong that only you can mend."
)]
pub(crate) struct Migrate {
    /// The file, instead of --config-file
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Write it, as it should be written now, to this file, which must not exist yet
    #[arg(long, value_name = "NEW-FILE")]
    pub(crate) to: Option<PathBuf>,
    /// How to write the findings
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// Write a configuration from the connectors' examples
#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// Connectors by name or class, or ALIAS:CONNECTOR; all of them when none is named
    #[arg(value_name = "CONNECTORS")]
    pub(crate) connectors: Vec<String>,
    /// The file to write; - is stdout
    #[arg(short, long, value_name = "FILE", default_value = "servo.yaml")]
    pub(crate) file: PathBuf,
    /// With every default
    #[arg(short, long)]
    pub(crate) defaults: bool,
    /// The name of the servo
    #[arg(short, long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Without the key `connectors`
    #[arg(short, long)]
    pub(crate) standalone: bool,
    /// Do not print what was written
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Overwrite the file
    #[arg(long, conflicts_with = "append")]
    pub(crate) force: bool,
    /// Add it to the file as another document
    #[arg(long)]
    pub(crate) append: bool,
}
