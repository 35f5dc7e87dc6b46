//! Flags of the load generator.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use servo_assembly::Rate;

use super::Format;
use super::operation::duration;

/// Put HTTP load on a service
#[derive(Debug, Args)]
pub(crate) struct Load {
    #[command(subcommand)]
    pub(crate) what: LoadWhat,
}

/// What the load generator does.
#[derive(Debug, Subcommand)]
pub(crate) enum LoadWhat {
    Attack(Attack),
}

/// Send requests at a rate and report latencies, counted from when each request was due
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  servo load attack http://127.0.0.1:8080/ --rate 200/1s --duration 10s\n  \
                        echo 'GET http://127.0.0.1:8080/' | servo load attack --targets - -o json"
)]
pub(crate) struct Attack {
    /// URLs that are asked for with GET, in turn
    #[arg(value_name = "URL", required_unless_present = "targets", conflicts_with = "targets")]
    pub(crate) urls: Vec<String>,
    /// Targets in vegeta's format; - is stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) targets: Option<String>,
    /// The format of the targets
    #[arg(long, value_enum, default_value = "http")]
    pub(crate) format: TargetFormat,
    /// Requests in a period; 0 keeps every connection busy
    #[arg(short, long, default_value = "50/1s")]
    pub(crate) rate: Rate,
    /// How long to send
    #[arg(short, long, default_value = "5s", value_parser = duration)]
    pub(crate) duration: Duration,
    /// Most connections at a time to each host; with rate 0 exactly as many are kept busy [default: 10000, with
    /// rate 0: 16]
    #[arg(long, value_name = "N")]
    pub(crate) connections: Option<usize>,
    /// Threads that send; 0 chooses
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) workers: usize,
    /// How long one request may take
    #[arg(long, default_value = "30s", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// HTTP/2 where TLS servers offer it
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub(crate) http2: bool,
    /// HTTP/2 without asking, over plain TCP too
    #[arg(long)]
    pub(crate) h2c: bool,
    /// Use connections again
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub(crate) keepalive: bool,
    /// Accept any certificate
    #[arg(long)]
    pub(crate) insecure: bool,
    /// Count at most so many bytes of each body; -1 counts all
    #[arg(long, value_name = "BYTES", default_value_t = -1, allow_negative_numbers = true)]
    pub(crate) max_body: i64,
    /// How often a line about the way is printed
    #[arg(long, default_value = "1s", value_parser = duration)]
    pub(crate) report_every: Duration,
    /// How to write the report
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// Vegeta's formats of targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TargetFormat {
    /// METHOD URL, headers and @body
    Http,
    /// One JSON object per line
    Json,
}
