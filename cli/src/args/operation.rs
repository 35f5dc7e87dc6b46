//! Flags of the commands that make a servo work.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use servo_config::quantity::parse_duration;
use servo_config::{Pattern, PatternError};
use servo_types::Adjustment;

use super::{Components, Format, LineFormat};

/// Check, then measure and adjust until the budget is spent or somebody says stop
#[derive(Debug, Args)]
#[command(
    after_help = "With an `objective` the embedded optimizer decides. With an `optimizer` and no `objective` that one is \
                        asked, for as long as it takes. Of several servos in a file all run, each for itself, unless \
                        --name says which. SIGINT, SIGTERM and SIGUSR1 end it in good order: after an `objective` the \
                        application is left on a safe setting, an `optimizer` is told. A second signal ends it at once. SIGHUP reads the configuration again: what changed of connectors \
                        takes effect. A run that was killed goes on where it was."
)]
pub(crate) struct Run {
    /// The configuration file, instead of --config-file
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Run the checks first, again and again until they pass, and end if they do not
    #[arg(short, long, env = "SERVO_RUN_CHECK", hide_env_values = true, value_parser = clap::builder::FalseyValueParser::new())]
    pub(crate) check: bool,
    /// Start the connectors and wait for a signal, without tuning
    #[arg(long)]
    pub(crate) no_poll: bool,
    /// Ask before it starts
    #[arg(short, long)]
    pub(crate) interactive: bool,
    /// Only run the checks
    #[arg(short, long)]
    pub(crate) dry_run: bool,
    /// Forget the trials of earlier runs
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Make the decisions repeatable, instead of `objective.seed`
    #[arg(long, value_name = "N", env = "SERVO_SEED", hide_env_values = true)]
    pub(crate) seed: Option<u64>,
    /// Answer /metrics, /livez, /readyz and /debug/config here; a port alone is on 127.0.0.1
    #[arg(long, value_name = "[HOST:]PORT", env = "SERVO_ADMIN_ADDRESS", hide_env_values = true, value_parser = address)]
    pub(crate) admin_address: Option<SocketAddr>,
    /// How the summary is written
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
    #[command(flatten)]
    pub(crate) components: Components,
}

/// Show the settings and metrics of the application
#[derive(Debug, Args)]
pub(crate) struct Describe {
    /// Only these connectors
    #[arg(value_name = "CONNECTORS")]
    pub(crate) connectors: Vec<String>,
    /// How to write it
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
    #[command(flatten)]
    pub(crate) components: Components,
}

/// Measure once
#[derive(Debug, Args)]
pub(crate) struct Measure {
    /// Only these metrics
    #[arg(value_name = "METRICS")]
    pub(crate) metrics: Vec<String>,
    /// Only this connector; may be given several times
    #[arg(short, long, value_name = "NAME")]
    pub(crate) connectors: Vec<String>,
    /// How long to measure, for example 30s [default: objective.measure.duration, else 1m]
    #[arg(short, long, value_parser = duration)]
    pub(crate) duration: Option<Duration>,
    /// How long to load before it counts [default: objective.measure.warmup, else 0s]
    #[arg(long, value_parser = duration)]
    pub(crate) warmup: Option<Duration>,
    /// Say how long ago a reading was made
    #[arg(long, overrides_with = "no_humanize")]
    pub(crate) humanize: bool,
    /// Say when a reading was made (the default)
    #[arg(long)]
    pub(crate) no_humanize: bool,
    /// How to write it
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
    #[command(flatten)]
    pub(crate) components: Components,
}

/// Change settings of the application
#[derive(Debug, Args)]
pub(crate) struct Adjust {
    /// What to set, for example web.workers=8
    #[arg(value_name = "COMPONENT.SETTING=VALUE", required = true)]
    pub(crate) adjustments: Vec<Adjustment>,
    /// How long the change must hold before it counts as made
    #[arg(long, value_parser = duration)]
    pub(crate) settlement: Option<Duration>,
    /// How to write it
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
    #[command(flatten)]
    pub(crate) components: Components,
}

/// Find out whether the servo is fit to work
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Only these connectors
    #[arg(value_name = "CONNECTORS")]
    pub(crate) connectors: Vec<String>,
    /// Only checks of this name, or those in whose name /REGEX/ is found; may be given several times
    #[arg(short, long, value_name = "CHECK")]
    pub(crate) name: Vec<Pattern>,
    /// Only checks of these ids: a list with commas, /REGEX/, or several times
    #[arg(short, long, value_parser = patterns)]
    pub(crate) id: Vec<Patterns>,
    /// Only checks with one of these tags: a list with commas, /REGEX/, or several times
    #[arg(short, long, value_parser = patterns)]
    pub(crate) tag: Vec<Patterns>,
    /// From which severity on a failed check skips the rest of its connector [default: checks.halt_on]
    #[arg(short = 'H', long, value_enum, value_name = "SEVERITY")]
    pub(crate) halt_on: Option<SeverityName>,
    /// Show every check
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Print nothing; the exit code says it
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Report each check once, as soon as it passes, and try again until all do
    #[arg(short, long)]
    pub(crate) progressive: bool,
    /// Try again for so long until all checks pass [default for --progressive: checks.wait]
    #[arg(short, long, value_name = "DURATION", value_parser = duration)]
    pub(crate) wait: Option<Duration>,
    /// Pause between two tries [default: checks.delay]
    #[arg(short, long, value_name = "DURATION", value_parser = duration)]
    pub(crate) delay: Option<Duration>,
    /// Let connectors repair what they can
    #[arg(long)]
    pub(crate) remedy: bool,
    /// How to write it
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
    #[command(flatten)]
    pub(crate) components: Components,
}

/// Dispatch an event to the connectors that handle it
#[derive(Debug, Args)]
#[command(
    after_help = "`servo show events` lists the events. A hook before the event can cancel it: then nobody answers, and a \
                        warning says why."
)]
pub(crate) struct Dispatch {
    /// The event: a standard one, or one that a connector defines
    #[arg(value_name = "EVENT")]
    pub(crate) event: String,
    /// Its arguments, an object; `-` reads them from standard input
    #[arg(value_name = "JSON", default_value = "{}", hide_default_value = true)]
    pub(crate) arguments: String,
    /// Only this connector; may be given several times
    #[arg(short, long, value_name = "NAME")]
    pub(crate) connectors: Vec<String>,
    /// Not this connector; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) exclude: Vec<String>,
    /// Ask one after another until one answers
    #[arg(long)]
    pub(crate) first: bool,
    /// Time for the whole [default: the limits of the connectors]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,
    /// How to write it
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
    #[command(flatten)]
    pub(crate) components: Components,
}

/// Make the present settings those of the whole application
#[derive(Debug, Args)]
pub(crate) struct Promote {
    #[command(flatten)]
    pub(crate) components: Components,
}

/// Show what earlier runs tried, and why
#[derive(Debug, Args)]
pub(crate) struct History {
    /// How to write it
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// Show how the running servo is and what it does
#[derive(Debug, Args)]
#[command(
    after_help = "All running servos of the configuration file are shown, or with --name the one that is meant."
)]
pub(crate) struct Status {
    /// How to write it; JSON is a list of servos
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// Show what the connectors of the running servo do and use
#[derive(Debug, Args)]
#[command(
    after_help = "Latency and CPU are those since the last look, and at first those since the connector began."
)]
pub(crate) struct Top {
    /// Show it once, not again and again
    #[arg(long)]
    pub(crate) once: bool,
    /// How often to show it
    #[arg(short, long, value_name = "DURATION", default_value = "1s", value_parser = duration)]
    pub(crate) interval: Duration,
    /// How to write it; JSON has everything that is counted, one line each time
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
}

/// Show what the running servo has logged
#[derive(Debug, Args)]
#[command(
    after_help = "Lines are kept from INFO on, whatever --log-level of the running servo says, and the oldest of them \
                        go when there are more than 4 MiB."
)]
pub(crate) struct Logs {
    /// Only what belongs to this connector
    #[arg(value_name = "CONNECTOR")]
    pub(crate) connector: Option<String>,
    /// Go on until the servo ends
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// How many of the last lines
    #[arg(long, value_name = "N", default_value = "100")]
    pub(crate) lines: usize,
    /// How to write them
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: LineFormat,
}

/// Change what the connectors of the running servo may reach
#[derive(Debug, Args)]
pub(crate) struct Grants {
    #[command(subcommand)]
    pub(crate) what: GrantsWhat,
}

/// What is done with grants.
#[derive(Debug, Subcommand)]
pub(crate) enum GrantsWhat {
    /// Take a grant back: the connector's next call into the host feels it
    #[command(
        after_help = "It stays taken back until the servo is started again, or the configuration is read again \
                            without the grant (SIGHUP)."
    )]
    Revoke {
        /// The connector, as the configuration names it
        #[arg(value_name = "CONNECTOR")]
        connector: String,
        /// An origin, host:port or event that is granted, or all of http, load, tcp, dispatch or state
        #[arg(value_name = "ORIGIN|CAPABILITY")]
        grant: String,
    },
}

/// Severities of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SeverityName {
    /// Any failure
    Warning,
    /// Failures that make the servo not ready
    Common,
    /// Failures after which the other checks make no sense
    Critical,
}

/// What one occurrence of a flag selects.
#[derive(Clone, Debug)]
pub(crate) struct Patterns(pub(crate) Vec<Pattern>);

/// Reads one occurrence of a flag that takes a list or an expression.
fn patterns(text: &str) -> Result<Patterns, PatternError> {
    Pattern::list(text).map(Patterns)
}

/// Reads an address to listen on.
fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse() {
        return Ok((Ipv4Addr::LOCALHOST, port).into());
    }
    let literal = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    let address = literal.as_deref().unwrap_or(text).parse();
    address.map_err(|_| "write PORT, 127.0.0.1:PORT, 0.0.0.0:PORT or [::]:PORT".to_owned())
}

/// Reads a duration as the configuration does.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).map_err(|error| error.to_string())
}
