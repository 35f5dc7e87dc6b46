//! Flags that every command has.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches};
use clap::{Args, ValueEnum};
use servo_telemetry::Filter;

/// Flags that every command has.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The configuration file [default: servo.yaml]
    #[arg(
        short,
        long,
        global = true,
        value_name = "FILE",
        env = "SERVO_CONFIG_FILE",
        hide_env_values = true
    )]
    pub(crate) config_file: Option<PathBuf>,
    /// The servo, where the configuration has several
    #[arg(
        short = 'n',
        long = "name",
        global = true,
        value_name = "NAME",
        env = "SERVO_NAME",
        hide_env_values = true
    )]
    pub(crate) servo_name: Option<String>,
    /// TRACE, DEBUG, INFO, SUCCESS, WARNING, ERROR or CRITICAL; INFO,prom=DEBUG for one connector [default: WARNING]
    #[arg(short, long, global = true, value_name = "LEVEL", env = "SERVO_LOG_LEVEL", hide_env_values = true)]
    pub(crate) log_level: Option<Filter>,
    /// Log to this file, too; it is rotated at 10 MiB, and five old ones are kept
    #[arg(long, global = true, value_name = "FILE", env = "SERVO_LOG_FILE", hide_env_values = true)]
    pub(crate) log_file: Option<PathBuf>,
    /// How log lines are written [default: text]
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        env = "SERVO_LOG_FORMAT",
        hide_env_values = true
    )]
    pub(crate) log_format: Option<LogFormat>,
    /// No colours
    #[arg(long, global = true, env = "NO_COLOR", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub(crate) no_color: bool,
    /// The remote optimizer, ORGANISATION/APPLICATION
    #[arg(long, global = true, value_name = "ID", env = "OPSANI_OPTIMIZER", hide_env_values = true)]
    pub(crate) optimizer: Option<String>,
    /// The optimizer's token; a file is safer, because others see command lines
    #[arg(long, global = true, value_name = "TOKEN", env = "OPSANI_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// A file with the optimizer's token
    #[arg(long, global = true, value_name = "FILE", env = "OPSANI_TOKEN_FILE", hide_env_values = true)]
    pub(crate) token_file: Option<String>,
    /// Root of the optimizer's API
    #[arg(long, global = true, value_name = "URL", env = "OPSANI_BASE_URL", hide_env_values = true)]
    pub(crate) base_url: Option<String>,
    /// Print help
    // Both forms print the same page: two pages to keep in mind are one too many.
    #[arg(short, long, global = true, action = ArgAction::HelpShort)]
    pub(crate) help: Option<bool>,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One object per line.
    Json,
}

impl Global {
    /// Forgets what came from variables where the configuration reads them itself, from `.env` too, and knows
    /// their origin.
    pub(crate) fn keep_typed(&mut self, matches: &ArgMatches) {
        let typed = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
        self.no_color |= no_color_by_variable();
        for (id, value) in [
            ("servo_name", &mut self.servo_name),
            ("optimizer", &mut self.optimizer),
            ("token", &mut self.token),
            ("token_file", &mut self.token_file),
            ("base_url", &mut self.base_url),
        ] {
            if !typed(id) {
                *value = None;
            }
        }
    }
}

/// Whether a variable asks for no colours: any text does, `0` and `false` included, as no-color.org says it.
pub(super) fn no_color_by_variable() -> bool {
    // The second one is ServoX's name of the same wish.
    let wished = |name: &str| std::env::var_os(name).is_some_and(|text| !text.is_empty());
    wished("NO_COLOR") || wished("SERVO_NO_COLOR")
}
