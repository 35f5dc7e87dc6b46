//! Runs one command to its end: its input is fed, its output is taken line by line, and when its time is over or nobody
//! wants it any more it is asked to end and then ended, with every process of its group.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use servo_config::quantity::format_duration;
use servo_types::{Code, Failure};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::process::Child;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::command::Command;
use super::lines::{LINE_MAX, Lines, Talk};

/// From the request to end until a group is ended: shorter than the bus waits for who was cancelled.
const GRACE: Duration = Duration::from_secs(3);
/// What has ended is reaped, and what it wrote is read, within this.
const REAPED: Duration = Duration::from_secs(2);
/// Between two looks at whether anybody is left in a group.
const LOOK: Duration = Duration::from_millis(10);
/// Bytes that are read at once.
const CHUNK: usize = 8 << 10;

/// A command to be run.
pub(super) struct Work<'a> {
    /// Which.
    pub(super) command: &'a Command,
    /// Variables that say what for.
    pub(super) told: &'a [(&'a str, &'a str)],
    /// Its standard input.
    pub(super) input: &'a str,
    /// The time that it has.
    pub(super) within: Duration,
    /// When it is not wanted any more.
    pub(super) cancel: &'a CancellationToken,
    /// Takes its standard output, and how long a line of it may be.
    pub(super) output: (&'a (dyn Fn(&str) + Sync), usize),
    /// Takes its standard error.
    pub(super) talk: &'a Talk,
}

/// A command that did not do what it should.
#[derive(Debug, Error)]
pub(super) enum RunError {
    /// It cannot be started.
    #[error(
        "`{command}` cannot be started: {source}; see whether it and its `directory` are there, and whether it may be executed"
    )]
    Start {
        /// Which.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// It failed.
    #[error("`{command}` ended with {status}{last}")]
    Status {
        /// Which.
        command: String,
        /// `exit status 3`, `signal 9`.
        status: String,
        /// The last lines of its standard error.
        last: String,
    },
    /// It took too long.
    #[error("`{command}` was ended after {within}, its `timeout`{last}")]
    Late {
        /// Which.
        command: String,
        /// The time that it had.
        within: String,
        /// The last lines of its standard error.
        last: String,
    },
    /// Nobody wants it any more.
    #[error("`{command}` was ended: cancelled")]
    Cancelled {
        /// Which.
        command: String,
    },
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Failure {
        let (code, reason) = match &error {
            RunError::Start { .. } => (Code::Failed, Some("not-started")),
            RunError::Status { .. } => (Code::Failed, Some("exit-status")),
            RunError::Late { .. } => (Code::TimedOut, None),
            RunError::Cancelled { .. } => (Code::Cancelled, None),
        };
        let failure = Failure::new(code, error.to_string());
        match reason {
            Some(reason) => failure.because(reason),
            None => failure,
        }
    }
}

/// Why a command was ended.
enum Stopped {
    Late,
    Cancelled,
}

/// Runs it. What it leaves running in its group is ended with it.
///
/// # Errors
/// It could not be started, failed, took too long, or was cancelled.
pub(super) async fn run(work: Work<'_>) -> Result<(), RunError> {
    let Work { command, told, input, within, cancel, output: (line, max), talk } = work;
    if cancel.is_cancelled() {
        return Err(RunError::Cancelled { command: command.to_string() });
    }
    let began = command.process(told).spawn();
    let mut child = began.map_err(|source| RunError::Start { command: command.to_string(), source })?;
    let mut group = Group::of(&child);
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let talking = async {
        let error = |line: &str| talk.error(line);
        tokio::join!(feed(stdin, input), read(stdout, max, line), read(stderr, LINE_MAX, &error));
    };
    tokio::pin!(talking);
    let mut silent = false;
    let deadline = Instant::now() + within;
    let ended = loop {
        tokio::select! {
            status = child.wait() => break Ok(status),
            () = &mut talking, if !silent => silent = true,
            () = cancel.cancelled() => break Err(Stopped::Cancelled),
            () = sleep_until(deadline) => break Err(Stopped::Late),
        }
    };
    if ended.is_err() {
        group.signal(Signal::TERM);
        let patience = Instant::now() + GRACE;
        // The shell of a line is gone at once; what it started may still have to tidy up.
        let empty = async {
            let _ = child.wait().await;
            while group.lives() {
                sleep(LOOK).await;
            }
        };
        tokio::pin!(empty);
        loop {
            tokio::select! {
                () = &mut empty => break,
                () = &mut talking, if !silent => silent = true,
                () = sleep_until(patience) => break,
            }
        }
    }
    group.signal(Signal::KILL);
    // Once all of it is gone, the number may become that of another group.
    group.0 = None;
    if !silent {
        // Somebody who left the group may still hold the pipes.
        let _ = timeout(REAPED, &mut talking).await;
    }
    let last = || match talk.last() {
        last if last.is_empty() => last,
        last => format!(": {last}"),
    };
    let name = || command.to_string();
    match ended {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(RunError::Status { command: name(), status: how(status), last: last() }),
        Ok(Err(source)) => Err(RunError::Start { command: name(), source }),
        Err(Stopped::Cancelled) => Err(RunError::Cancelled { command: name() }),
        Err(Stopped::Late) => {
            Err(RunError::Late { command: name(), within: format_duration(within), last: last() })
        }
    }
}

fn how(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => status.to_string(),
    }
}

/// Who does not read its input is not waited for longer than it lives.
async fn feed(to: Option<impl AsyncWrite + Unpin>, input: &str) {
    if let Some(mut to) = to {
        let _ = to.write_all(input.as_bytes()).await;
        let _ = to.shutdown().await;
    }
}

async fn read(from: Option<impl AsyncRead + Unpin>, max: usize, line: &(dyn Fn(&str) + Sync)) {
    let Some(mut from) = from else { return };
    let mut lines = Lines::new(max);
    let mut chunk = vec![0; CHUNK];
    while let Ok(count @ 1..) = from.read(&mut chunk).await {
        lines.push(&chunk[..count], line);
    }
    lines.finish(line);
}

/// The processes that a command started, itself included; none of them outlives this.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Group {
        Group(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)))
    }

    /// Whether anybody is left in it.
    fn lives(&self) -> bool {
        self.0.is_some_and(|group| test_kill_process_group(group).is_ok())
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.0 {
            // Nobody is left in it: then there is nothing to end.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

#[cfg(test)]
mod tests;
