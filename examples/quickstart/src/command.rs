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

/// SIGINT and SIGTERM, which no longer end this process by themselves.
#[derive(Debug)]
pub(crate) struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    /// Starts to listen.
    pub(crate) fn listen() -> Result<Self, CommandError> {
        let listen = |kind| signal(kind).map_err(CommandError::Signals);
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    /// Waits for SIGTERM (exit code 0) or SIGINT (exit code 130).
    pub(crate) async fn wait(mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => 130,
            _ = self.terminate.recv() => 0,
        }
    }
}

/// Runs `command`, its name followed by its arguments, with the address of the service in its environment, and returns
/// its exit code (128 and the signal's number when a signal ended it). SIGTERM is passed on to it.
pub(crate) async fn run(command: &[OsString], url: &str, mut stop: Stop) -> Result<u8, CommandError> {
    let [program, arguments @ ..] = command else { return Ok(0) };
    // It starts with the usual reaction to signals.
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
            _ = stop.interrupt.recv() => {}
            _ = stop.terminate.recv() => {
                // It fails only if the command has just ended by itself.
                let _ = pid.map(|pid| kill_process(pid, Signal::TERM));
            }
        }
    }
}

fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
