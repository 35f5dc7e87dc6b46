//! Flags of `servo liveness`.

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use servo_config::LivenessFlags;

use super::Format;

/// Say that a service is up, and find out which ones are
#[derive(Debug, Args)]
#[command(
    after_help = "Where etcd is comes from the flags, else from `liveness:` in the configuration, else from \
                        OSLIVELY_ETCD_HOST and OSLIVELY_ETCD_PORT, else it is http://localhost:2379."
)]
pub(crate) struct Liveness {
    #[command(flatten)]
    pub(crate) etcd: Etcd,
    #[command(subcommand)]
    pub(crate) what: LivenessWhat,
}

/// Where etcd is, and how to get in. The configuration reads what is given, so that mistakes are told in one way.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Options for etcd")]
pub(crate) struct Etcd {
    /// Members of etcd, with commas between them
    #[arg(long, global = true, value_name = "URLS")]
    endpoints: Option<String>,
    /// What the keys begin with
    #[arg(long, global = true, value_name = "TEXT")]
    namespace: Option<String>,
    /// How long after its last sign of life a service is down [default: 60s]
    #[arg(long, global = true, value_name = "DURATION")]
    ttl: Option<String>,
    /// A user of etcd
    #[arg(long, global = true, value_name = "NAME")]
    user: Option<String>,
    /// A file with the user's password
    #[arg(long, global = true, value_name = "FILE")]
    password_file: Option<String>,
    /// PEM file with the authorities that the members' certificates come from
    #[arg(long, global = true, value_name = "FILE")]
    ca_file: Option<String>,
    /// PEM file with the certificate to show
    #[arg(long, global = true, value_name = "FILE")]
    cert_file: Option<String>,
    /// PEM file with its key
    #[arg(long, global = true, value_name = "FILE")]
    key_file: Option<String>,
    /// The time for one call to etcd [default: 5s]
    #[arg(long, global = true, value_name = "DURATION")]
    timeout: Option<String>,
}

/// What is done with services.
#[derive(Debug, Subcommand)]
pub(crate) enum LivenessWhat {
    Register(Register),
    Ls(Ls),
    Get(Get),
    IsUp(IsUp),
    Watch(Watch),
    Down(Down),
    Up(Up),
    Delete(Delete),
    Release(Release),
}

/// Say that a service is up, for as long as this runs
#[derive(Debug, Args)]
#[command(
    after_help = "It ends with SIGINT or SIGTERM, and others see at once that the service is down. Without --uuid one \
                        is made and kept in the state directory.\n\nExample:\n  servo liveness register --type \
                        shop-api --host web-1 --region eu --ttl 10s"
)]
pub(crate) struct Register {
    /// What it is
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: String,
    /// Where it runs [default: the name of this machine]
    #[arg(long)]
    pub(crate) host: Option<String>,
    /// Where that is
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) region: String,
    /// Its name for ever
    #[arg(long)]
    pub(crate) uuid: Option<String>,
    /// What it says of itself [default: what it said before, else UP]
    #[arg(long, value_enum, value_name = "STATUS", ignore_case = true)]
    pub(crate) status: Option<StatusName>,
    /// How to write what happens; JSON is one object per line
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: LineFormat,
}

/// List services
#[derive(Debug, Args)]
#[command(
    after_help = "A flag that is given several times means any of its values; different flags must all fit. STATUS is \
                        what a service says of itself, STATE whether it lives.\n\nExample:\n  servo liveness ls --type \
                        shop-api --region eu --region us --state down"
)]
pub(crate) struct Ls {
    #[command(flatten)]
    pub(crate) filter: Filters,
    /// Only those in this state
    #[arg(long, value_enum, value_name = "STATE")]
    pub(crate) state: Vec<StateName>,
    /// How to write it
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// Show one service
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  servo liveness get --type shop-api --host web-1 -o json")]
pub(crate) struct Get {
    #[command(flatten)]
    pub(crate) which: Which,
    /// How to write it
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// Answer by the exit code whether a service is up: 0 up, 1 down, 3 unknown, 4 suspect
#[derive(Debug, Args)]
#[command(
    after_help = "Suspect is a service that vanished together with so many others that it may not be their fault; \
                        `servo liveness release` ends the doubt. Unknown means that etcd does not say.\n\nExample:\n  \
                        servo liveness is-up --type shop-api --host web-1 && echo it serves"
)]
pub(crate) struct IsUp {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Print nothing; the exit code says it
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// How to write it
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// Show services, then what changes, until a signal
#[derive(Debug, Args)]
#[command(
    after_help = "First come the services as they are, then every change in order. Who reads too slowly is told that \
                        changes were missed and gets everything again.\n\nExample:\n  servo liveness watch --type \
                        shop-api -o json | jq -r 'select(.event == \"change\") | .uuid + \" \" + .after'"
)]
pub(crate) struct Watch {
    #[command(flatten)]
    pub(crate) filter: Filters,
    /// How to write it; JSON is one object per line
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: LineFormat,
}

/// Set a service down, for instance for maintenance
#[derive(Debug, Args)]
#[command(
    after_help = "A time is RFC 3339, Unix seconds, or + and a duration from now. The service stays down until `servo \
                        liveness up`, whatever the end.\n\nExample:\n  servo liveness down --type shop-api --host web-1 \
                        --note 'new disk' --end +2h"
)]
pub(crate) struct Down {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Why
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) note: String,
    /// When the maintenance starts [default: now, with a note or an end]
    #[arg(long, value_name = "TIME")]
    pub(crate) start: Option<String>,
    /// When it ends
    #[arg(long, value_name = "TIME")]
    pub(crate) end: Option<String>,
    /// How to write it
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// Set a service up again, and end its maintenance
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  servo liveness up --type shop-api --host web-1")]
pub(crate) struct Up {
    #[command(flatten)]
    pub(crate) which: Which,
    /// How to write it
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// Remove a service and all its keys
#[derive(Debug, Args)]
#[command(
    after_help = "A service whose process lives comes back with its next sign of life: end that process first.\n\nExample:\n  servo \
                        liveness delete 3b059e33bbc44bc8b0d37df6e8d70223"
)]
pub(crate) struct Delete {
    #[command(flatten)]
    pub(crate) which: Which,
}

/// Declare all suspects down, for everybody
#[derive(Debug, Args)]
#[command(
    after_help = "Services that vanish together are suspects for two TTLs. Who knows that they are dead need not wait.\
                        \n\nExample:\n  servo liveness ls --state suspect && servo liveness release"
)]
pub(crate) struct Release {}

/// One service.
#[derive(Clone, Debug, Args)]
#[command(group = ArgGroup::new("service").args(["uuid", "kind"]).required(true))]
pub(crate) struct Which {
    /// The service by its uuid
    #[arg(value_name = "UUID", value_parser = NonEmptyStringValueParser::new(), conflicts_with_all = ["kind", "host"])]
    pub(crate) uuid: Option<String>,
    /// The service by its type and host
    #[arg(long = "type", value_name = "TYPE", value_parser = NonEmptyStringValueParser::new(), requires = "host")]
    pub(crate) kind: Option<String>,
    /// Where it runs
    #[arg(long, value_parser = NonEmptyStringValueParser::new(), requires = "kind")]
    pub(crate) host: Option<String>,
}

/// Which services are meant.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Filters {
    /// Only this one
    #[arg(long)]
    pub(crate) uuid: Vec<String>,
    /// Only those of this type
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Vec<String>,
    /// Only those on this host
    #[arg(long)]
    pub(crate) host: Vec<String>,
    /// Only those in this region
    #[arg(long)]
    pub(crate) region: Vec<String>,
    /// Only those that say this of themselves
    #[arg(long, value_enum, value_name = "STATUS", ignore_case = true)]
    pub(crate) status: Vec<StatusName>,
}

/// What a service says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "UPPER")]
pub(crate) enum StatusName {
    /// It serves
    Up,
    /// It does not, or is not to
    Down,
}

/// Whether a service lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StateName {
    /// It does
    Up,
    /// It does not
    Down,
    /// It vanished together with many others
    Suspect,
}

/// How lines are written to stdout as they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LineFormat {
    /// For people.
    Table,
    /// For programs, one object per line.
    Json,
}

impl Etcd {
    /// What was given, as settings.
    pub(crate) fn flags(&self) -> LivenessFlags {
        let all = [
            ("--endpoints", "endpoints", &self.endpoints),
            ("--namespace", "namespace", &self.namespace),
            ("--ttl", "ttl", &self.ttl),
            ("--user", "username", &self.user),
            ("--password-file", "password_file", &self.password_file),
            ("--ca-file", "ca_file", &self.ca_file),
            ("--cert-file", "client_certificate_file", &self.cert_file),
            ("--key-file", "client_key_file", &self.key_file),
            ("--timeout", "timeout", &self.timeout),
        ];
        let given = |(flag, key, text): (_, _, &Option<String>)| Some((flag, key, text.clone()?));
        all.into_iter().filter_map(given).collect()
    }
}
