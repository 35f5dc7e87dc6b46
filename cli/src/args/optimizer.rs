//! Flags of `servo optimizer`.

use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Subcommand, ValueEnum};

use super::Format;

/// Serve the embedded optimizer to servos elsewhere, and see how their applications stand
#[derive(Debug, Args)]
#[command(
    after_help = "A servo works for it with `optimizer: {id: ORGANISATION/APPLICATION, token_file: FILE, base_url: URL}` in its \
                        configuration and no `objective`."
)]
pub(crate) struct Optimizer {
    /// The optimizer's own configuration file
    #[arg(short, long, global = true, value_name = "FILE", default_value = "optimizer.yaml")]
    pub(crate) file: PathBuf,
    #[command(subcommand)]
    pub(crate) what: OptimizerWhat,
}

/// What is done.
#[derive(Debug, Subcommand)]
pub(crate) enum OptimizerWhat {
    Serve(Serve),
    Status(Standing),
    Export(Export),
}

/// Answer servos until a signal says stop
#[derive(Debug, Args)]
#[command(
    after_help = "SIGINT and SIGTERM end it in good order, a second signal at once; whenever it ends, it goes on where it was. \
                        SIGHUP reads tokens and certificates from their files again."
)]
pub(crate) struct Serve {
    /// Set the run of this application aside and begin a new one; may be given several times
    #[arg(long, value_name = "APPLICATION")]
    pub(crate) fresh: Vec<String>,
}

/// Show how far every application is
#[derive(Debug, Args)]
pub(crate) struct Standing {
    /// How to write it
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// Write every trial of an application
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Which one, as the configuration names it
    #[arg(value_name = "APPLICATION")]
    pub(crate) application: String,
    /// A run that was set aside, counted from 1 [default: the one that goes on]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) run: Option<u32>,
    /// How to write it
    #[arg(short = 'o', long = "output", alias = "format", value_enum, default_value = "csv")]
    pub(crate) format: ExportFormat,
}

/// Formats for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// A heading, then a line for each trial
    Csv,
    /// With units, deviations and what was expected
    Json,
}

/// What is wrong with a command line of `servo optimizer` that has flags of `servo.yaml`, which it does not read.
pub(super) fn beside_the_point(matches: &ArgMatches) -> Option<String> {
    let flags = ["config_file", "servo_name", "optimizer", "token", "token_file", "base_url"];
    let typed = |id: &&&str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let flag = (matches.subcommand_name() == Some("optimizer")).then(|| flags.iter().find(typed))??;
    let flag = if *flag == "servo_name" { "name".to_owned() } else { flag.replace('_', "-") };
    Some(format!(
        "`servo optimizer` has a configuration of its own, which --file names; --{flag} means nothing to it"
    ))
}
