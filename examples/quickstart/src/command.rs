//! Running a command beside the service. Ctrl-C reaches the command by itself, because it belongs to the same process
//! group; the service stays until the command has ended, so that the command can put it back on safe settings.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use rustix::process::{Pid, Signal, kill_process};
use thiserror::Error;
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

/// Why the command did not run.
#[derive(Debug, Error)]
pub(crate) enum CommandError {
    #[error("cannot listen for signals: {0}")]
    Signals(#[source] io::Error),
    #[error("cannot run {command:?}: {source}")]
    Spawn { command: OsString, source: io::Error },
    #[error("cannot wait for {command:?}: {source}")]
    Wait { command: OsString, source: io::Error },
}

/// Runs `command`, its name followed by its arguments, with the address of the service in its environment, and returns
/// its exit code (128 and the signal's number when a signal ended it). SIGTERM is passed on to it.
pub(crate) async fn run(command: &[OsString], url: &str) -> Result<u8, CommandError> {
    let [program, arguments @ ..] = command else { return Ok(0) };
    // From here on these signals no longer end this process; the command starts with the usual reaction to them.
    let mut interrupt = signal(SignalKind::interrupt()).map_err(CommandError::Signals)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(CommandError::Signals)?;
    let mut child = Command::new(program)
        .args(arguments)
        .env("QUICKSTART_URL", url)
        .env("SERVO_APP_URL", url)
        .env("SERVO_LOAD_TARGET", format!("GET {url}/random"))
        .spawn()
        .map_err(|source| CommandError::Spawn { command: program.clone(), source })?;
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    loop {
        tokio::select! {
            status = child.wait() => {
                let status = status.map_err(|source| CommandError::Wait { command: program.clone(), source })?;
                return Ok(code(status));
            }
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {
                // It fails only if the command has just ended by itself.
                let _ = pid.map(|pid| kill_process(pid, Signal::TERM));
            }
        }
    }
}

/// Waits for SIGTERM (exit code 0) or SIGINT (exit code 130).
pub(crate) async fn until_signalled() -> Result<u8, CommandError> {
    let mut interrupt = signal(SignalKind::interrupt()).map_err(CommandError::Signals)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(CommandError::Signals)?;
    Ok(tokio::select! {
        _ = interrupt.recv() => 130,
        _ = terminate.recv() => 0,
    })
}

fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
