//! The command line: what may stand there and what it means.

use std::ffi::{OsStr, OsString};
use std::net::{Ipv4Addr, SocketAddr};

use thiserror::Error;

/// The text of `--help`.
pub(crate) const HELP: &str = "\
A document service whose speed depends on its settings, for trying out servo.

Usage: quickstart [--listen ADDRESS] [--seed N] [-- COMMAND ARGS...]

  --listen ADDRESS  where to listen [127.0.0.1:8080; beside a command a free port of 127.0.0.1]
  --seed N          which documents there are and in which order /random picks them [1]
  -- COMMAND ...    run COMMAND beside the service and end with its exit code; it finds the service in
                    QUICKSTART_URL, SERVO_APP_URL and SERVO_LOAD_TARGET

GET   /documents/{id}    a report of 300 rows as gzipped JSON
GET   /random            one of the reports, the popular ones more often
GET   /settings          the settings as they are now
PATCH /settings          change some of them while the service runs
GET   /settings/schema   what each setting means and which values it takes
GET   /ready             200, or 503 while a change is being applied
GET   /metrics           counters for Prometheus
";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Show [`HELP`].
    Help,
    /// Start the service.
    Run(Args),
}

/// How to start the service.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Args {
    /// Where to listen; port 0 means any free port.
    pub(crate) listen: SocketAddr,
    /// Seed of the corpus and of the picks of `/random`.
    pub(crate) seed: u64,
    /// The command to run beside the service, with its arguments; empty for none.
    pub(crate) command: Vec<OsString>,
}

/// Why a command line was not understood.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum ArgsError {
    #[error("unknown argument {0:?}; see --help")]
    Unknown(OsString),
    #[error("{0} needs a value; see --help")]
    NoValue(&'static str),
    #[error("{option}: {value:?} is not {form}")]
    BadValue { option: &'static str, value: OsString, form: &'static str },
    #[error("a command must follow --")]
    NoCommand,
}

impl Args {
    /// Reads the arguments that follow the program's name.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = OsString>) -> Result<Asked, ArgsError> {
        let (mut listen, mut seed, mut command) = (None, 1, Vec::new());
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                Some("--help" | "-h") => return Ok(Asked::Help),
                Some("--listen") => {
                    let form = "an address like 127.0.0.1:8080";
                    listen = Some(value("--listen", form, arguments.next())?);
                }
                Some("--seed") => seed = value("--seed", "a whole number", arguments.next())?,
                Some("--") => {
                    command = arguments.by_ref().collect();
                    if command.is_empty() {
                        return Err(ArgsError::NoCommand);
                    }
                }
                _ => return Err(ArgsError::Unknown(argument)),
            }
        }
        let port = if command.is_empty() { 8080 } else { 0 };
        let listen = listen.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        Ok(Asked::Run(Args { listen, seed, command }))
    }
}

fn value<T: std::str::FromStr>(
    option: &'static str,
    form: &'static str,
    given: Option<OsString>,
) -> Result<T, ArgsError> {
    let given = given.ok_or(ArgsError::NoValue(option))?;
    let parsed = OsStr::to_str(&given).and_then(|text| text.parse().ok());
    parsed.ok_or(ArgsError::BadValue { option, value: given, form })
}

#[cfg(test)]
mod tests;
