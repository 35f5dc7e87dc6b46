//! Flags of the commands that show a servo.

use clap::{Args, Subcommand};

use super::Format;

/// List the servos of the configuration
#[derive(Debug, Args)]
pub(crate) struct List {
    /// How to write it
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// Show what a servo is made of
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(subcommand)]
    pub(crate) what: ShowWhat,
}

/// What is shown.
#[derive(Debug, Subcommand)]
pub(crate) enum ShowWhat {
    /// The connector instances
    Connectors {
        /// Show homepage, maturity, licence and source, too
        #[arg(short, long)]
        verbose: bool,
        /// How to write it
        #[arg(short, long, value_enum, default_value = "table")]
        output: Format,
    },
    /// The components and their settings
    Components {
        /// How to write it
        #[arg(short, long, value_enum, default_value = "table")]
        output: Format,
    },
    /// The metrics
    Metrics {
        /// How to write it
        #[arg(short, long, value_enum, default_value = "table")]
        output: Format,
    },
    /// Who handles which event
    Events(Events),
    /// What every connector may reach, and where that was granted; of the running servo, if there is one
    Grants {
        /// How to write it
        #[arg(short, long, value_enum, default_value = "table")]
        output: Format,
    },
    /// What every connector may use and uses, and where that was set; of the running servo, if there is one
    Limits {
        /// How to write it
        #[arg(short, long, value_enum, default_value = "table")]
        output: Format,
    },
}

/// Which events are shown. A positive switch means only those, a negative one all but those.
#[derive(Debug, Args)]
pub(crate) struct Events {
    /// Events that nobody handles, too
    #[arg(short, long)]
    pub(crate) all: bool,
    /// What events are that connectors define, too; JSON has their schemas
    #[arg(short, long, conflicts_with = "by_connector")]
    pub(crate) verbose: bool,
    /// One row per connector
    #[arg(short = 'c', short_alias = 'b', long)]
    pub(crate) by_connector: bool,
    /// Hooks before events
    #[arg(long, overrides_with = "no_before")]
    pub(crate) before: bool,
    /// No hooks before events
    #[arg(long)]
    pub(crate) no_before: bool,
    /// Handlers of events
    #[arg(long, overrides_with = "no_on")]
    pub(crate) on: bool,
    /// No handlers of events
    #[arg(long)]
    pub(crate) no_on: bool,
    /// Hooks after events
    #[arg(long, overrides_with = "no_after")]
    pub(crate) after: bool,
    /// No hooks after events
    #[arg(long)]
    pub(crate) no_after: bool,
    /// How to write it
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}
