//! Flags of the other commands.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Format;

/// Show the version of servo or of a connector
#[derive(Debug, Args)]
pub(crate) struct Version {
    /// A connector by name
    #[arg(value_name = "CONNECTOR")]
    pub(crate) connector: Option<String>,
    /// One line
    #[arg(short, long)]
    pub(crate) short: bool,
    /// How to write it
    #[arg(
        short,
        long,
        value_enum,
        default_value = "table",
        visible_alias = "format",
        visible_short_alias = 'f'
    )]
    pub(crate) output: Format,
}

/// Write a completion script for a shell
#[derive(Debug, Args)]
#[command(after_help = "For example: source <(servo completions bash)")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// Write the manual pages into a folder
#[derive(Debug, Args)]
#[command(after_help = "For example: servo man ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// The folder, which must exist
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
}

/// Shells that completions can be written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Elvish,
}
