//! Flags of the commands that talk to registries.

use std::path::PathBuf;

use clap::Args;

use super::Format;

/// How registries are talked to.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Options for registries")]
pub(crate) struct Registries {
    /// Who asks, at which registry if there are several; several logins with commas. SERVO_REGISTRY_CREDS is safer,
    /// because others see command lines [default: Docker's config.json]
    #[arg(long, value_name = "[HOST=]USER:PASSWORD")]
    pub(crate) creds: Option<String>,
    /// PEM file with the authorities of the registry's certificate [default: SERVO_REGISTRY_CA_FILE, else the system's]
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Speak HTTP without TLS to the registries of this command [default: to those in SERVO_REGISTRY_PLAIN_HTTP, and to
    /// this machine]
    #[arg(long)]
    pub(crate) plain_http: bool,
}

/// Which components may be run, and where they come from.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Components {
    /// Run nothing from registries but what servo.lock names, and nothing whose tag has moved since
    #[arg(long)]
    pub(crate) locked: bool,
    #[command(flatten)]
    pub(crate) registries: Registries,
}

/// Publish a component in a registry
#[derive(Debug, Args)]
#[command(
    after_help = "What the component says of itself (name, version, licence, contract and so on) becomes annotations of \
                        the artifact. Pushing the same file again changes nothing.\n\nExample:\n  servo push ./shop.wasm \
                        oci://registry.example.com/connectors/shop:1.2"
)]
pub(crate) struct Push {
    /// The component
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Where to, with a tag
    #[arg(value_name = "REFERENCE")]
    pub(crate) reference: String,
    /// How to write what was published
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
    #[command(flatten)]
    pub(crate) registries: Registries,
}

/// Fetch a component from a registry
#[derive(Debug, Args)]
#[command(
    after_help = "Without -o it is only put into the local store, from where servo.yaml can use it without a network."
)]
pub(crate) struct Pull {
    /// The artifact: oci://HOST[:PORT]/NAME with a :TAG or @sha256:DIGEST
    #[arg(value_name = "REFERENCE")]
    pub(crate) reference: String,
    /// The file to write, or `-` for standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) registries: Registries,
}

/// List the tags of a repository in a registry
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  servo search oci://registry.example.com/connectors/shop")]
pub(crate) struct Search {
    /// The repository: oci://HOST[:PORT]/NAME
    #[arg(value_name = "REPOSITORY")]
    pub(crate) repository: String,
    /// Only the names, without asking for each
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// How to write it
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
    #[command(flatten)]
    pub(crate) registries: Registries,
}

/// Remove an artifact from a registry, with all its tags
#[derive(Debug, Args)]
#[command(
    after_help = "Only registries that allow it do it. What is said about it there, such as its signatures under sha256-….sig, stays \
                        and means nothing any more. What others have pulled already stays with them: a key or digest \
                        that must not be used any more belongs under `revoked` in `trust`."
)]
pub(crate) struct DeleteArtifact {
    /// The artifact, with a :TAG or @sha256:DIGEST
    #[arg(value_name = "REFERENCE")]
    pub(crate) reference: String,
    #[command(flatten)]
    pub(crate) registries: Registries,
}

/// Sign an artifact in a registry, or make a pair of keys
#[derive(Debug, Args)]
#[command(
    after_help = "Keys and signatures are those of cosign: `cosign verify --key` accepts them. The password of a key comes \
                        from --password-file, else from COSIGN_PASSWORD.\n\nExample:\n  servo sign --generate team\n  \
                        servo sign oci://registry.example.com/connectors/shop:1.2 --key team.key"
)]
#[command(group = clap::ArgGroup::new("what").args(["reference", "generate"]).required(true))]
pub(crate) struct Sign {
    /// The artifact, with a :TAG or @sha256:DIGEST
    #[arg(value_name = "REFERENCE", requires = "key")]
    pub(crate) reference: Option<String>,
    /// The private key, PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Write a new pair of keys: NAME.key, encrypted with the password, and NAME.pub
    #[arg(long, value_name = "NAME", conflicts_with = "key")]
    pub(crate) generate: Option<PathBuf>,
    /// A file with the key's password
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) registries: Registries,
}

/// Find out who signed an artifact
#[derive(Debug, Args)]
#[command(
    after_help = "Without --key, the policy in servo.yaml (`trust`) judges. It fails unless the artifact would be \
                        accepted."
)]
pub(crate) struct Verify {
    /// The artifact, with a :TAG or @sha256:DIGEST
    #[arg(value_name = "REFERENCE")]
    pub(crate) reference: String,
    /// A public key, PEM; may be given several times, and one of them suffices
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Vec<PathBuf>,
    /// How to write it
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
    #[command(flatten)]
    pub(crate) registries: Registries,
}
