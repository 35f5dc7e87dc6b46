//! Flags of the commands about components that are kept on this machine: installed, locked, cached, bundled.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::Format;
use super::operation::duration;
use super::registry::Registries;

/// Install a connector, so that servo.yaml can use it by its name
#[derive(Debug, Args)]
#[command(
    after_help = "It is kept with its digest, and nothing changes it but `servo update` and another install.\n\nExample:\n  \
                        servo install oci://registry.example.com/connectors/shop:1.2"
)]
pub(crate) struct Install {
    /// The artifact: oci://HOST[:PORT]/NAME with a :TAG or @sha256:DIGEST
    #[arg(value_name = "REFERENCE")]
    pub(crate) reference: String,
    /// The name to use it by [default: the connector's own]
    #[arg(short, long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) registries: Registries,
}

/// Forget an installed connector
#[derive(Debug, Args)]
#[command(after_help = "Its component stays in the local store until `servo cache gc`.")]
pub(crate) struct Uninstall {
    /// The name that it was installed by
    #[arg(value_name = "NAME")]
    pub(crate) connector: String,
}

/// Write servo.lock: the digest of every component that servo.yaml takes from a registry
#[derive(Debug, Args)]
#[command(
    after_help = "The file lies beside the configuration (servo.yaml: servo.lock). What it names already keeps its \
                        digest; `servo update` moves it. What cannot be read of it is written anew. `servo run` \
                        runs what it says, for installed names, too, and `servo run --locked` nothing else."
)]
pub(crate) struct Lock {
    /// How to write what is locked
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
    #[command(flatten)]
    pub(crate) registries: Registries,
}

/// Move locked and installed connectors to what their tags mean now, and show what changes
#[derive(Debug, Args)]
#[command(after_help = "What is refused or cannot be run stays as it is, with the reason and exit code 1; \
                        the others move.\n\nExample:\n  servo update --dry-run\n  servo update shop")]
pub(crate) struct Update {
    /// Only these: aliases, installed names or references
    #[arg(value_name = "NAMES")]
    pub(crate) connectors: Vec<String>,
    /// Only show what would change
    #[arg(short, long)]
    pub(crate) dry_run: bool,
    /// How to write it
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
    #[command(flatten)]
    pub(crate) registries: Registries,
}

/// Look after the local store of components
#[derive(Debug, Args)]
pub(crate) struct Cache {
    #[command(subcommand)]
    pub(crate) what: CacheWhat,
}

/// What is done with the store.
#[derive(Debug, Subcommand)]
pub(crate) enum CacheWhat {
    /// List what is in it
    Ls {
        /// How to write it
        #[arg(short, long, value_enum, default_value = "table")]
        output: Format,
    },
    /// Remove what has not been used for a while and is not installed; it is fetched again when it is needed
    Gc {
        /// How long it must not have been used
        #[arg(long, value_name = "DURATION", default_value = "30d", value_parser = duration)]
        unused_for: Duration,
    },
    /// Read everything again and remove what is damaged; it is fetched again when it is needed
    Verify {
        /// How to write it
        #[arg(short, long, value_enum, default_value = "table")]
        output: Format,
    },
}

/// Write all components of servo.lock into one file, for machines without a network
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "The file is an OCI image layout with components and signatures. On the other machine:\n  servo bundle load \
                  out.tar && servo run --locked\nskopeo reads and writes such files when it is told what the component is called:\n  \
                  skopeo copy docker://HOST/NAME:TAG oci-archive:out.tar:HOST/NAME:TAG"
)]
pub(crate) struct Bundle {
    #[command(subcommand)]
    pub(crate) what: Option<BundleWhat>,
    /// The file to write
    #[arg(short, long, value_name = "FILE", required = true)]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) registries: Registries,
}

/// What is done with bundles besides writing them.
#[derive(Debug, Subcommand)]
pub(crate) enum BundleWhat {
    /// Put the components of such a file into the local store
    Load {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// How to write what was loaded
        #[arg(short, long, value_enum, default_value = "table")]
        output: Format,
    },
}
