//! The side of the running servo: answers a few commands at a time.

use std::convert::Infallible;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use serde::Serialize;
use servo_telemetry::{Page, Recent, Record};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::{Duration, sleep, timeout};

use super::{Answer, QUESTION_MAX, Question, Since, TRANSFER, WORK, short};
use crate::servo::{HandError, Servo};
use crate::state::{StateDir, safe};

/// Commands that are answered at a time; further ones wait in the system's line.
const CLIENTS_MAX: usize = 8;
/// Bytes of log lines in one answer.
const PAGE: usize = 1 << 20;
/// A pause after the system could not accept, for example for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// The socket of a running servo; it is gone when this is dropped.
#[derive(Debug)]
pub struct ControlServer {
    listener: UnixListener,
    path: PathBuf,
    log: Recent,
    /// Held for as long as the socket is ours.
    _lock: File,
}

impl ControlServer {
    /// Listens for commands to the servo of this name and configuration file, whose last lines are in the log.
    ///
    /// # Errors
    /// When another run of the same servo listens (`WouldBlock`), or the socket cannot be made.
    pub fn open(state: &StateDir, config: &Path, servo: &str, log: Recent) -> io::Result<Self> {
        let (folder, start) = state.running(config);
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let name = format!("{start}{}", safe(servo));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let lock = options.open(folder.join(format!("{name}.lock")))?;
        lock.try_lock()?;
        // Whoever finds the socket under its name finds it with its mode.
        let (new, path) = (format!("{name}.new"), folder.join(format!("{name}.sock")));
        let _ = fs::remove_file(folder.join(&new));
        let (bound, _open) = short(&folder, &new)?;
        let listener = UnixListener::bind(bound)?;
        fs::set_permissions(folder.join(&new), Permissions::from_mode(0o600))?;
        fs::rename(folder.join(&new), &path)?;
        Ok(Self { listener, path, log, _lock: lock })
    }

    /// Answers commands for as long as the future lives.
    pub async fn serve(&self, servo: &Servo) -> Infallible {
        let mut clients = FuturesUnordered::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept(), if clients.len() < CLIENTS_MAX => match accepted {
                    Ok((stream, _)) => clients.push(serve_one(stream, servo, &self.log)),
                    Err(_) => sleep(PAUSE).await,
                },
                Some(()) = clients.next(), if !clients.is_empty() => {}
            }
        }
    }
}

impl Drop for ControlServer {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// One command. One that left or is too slow needs no answer.
async fn serve_one(mut stream: UnixStream, servo: &Servo, log: &Recent) {
    let mut line = Vec::new();
    let (read, mut write) = stream.split();
    let mut read = BufReader::new(read.take(QUESTION_MAX));
    let Ok(Ok(1..)) = timeout(TRANSFER, read.read_until(b'\n', &mut line)).await else { return };
    let answer = match serde_json::from_slice(&line) {
        Ok(question) => timeout(WORK, answer(servo, log, question)).await.unwrap_or_else(|_| {
            Answer::Error(format!("the servo was not done within {} s; it goes on", WORK.as_secs()))
        }),
        Err(error) => Answer::Error(format!("this is no question that this version knows: {error}")),
    };
    let Ok(mut text) = serde_json::to_vec(&answer) else { return };
    text.push(b'\n');
    let _ = timeout(TRANSFER, write.write_all(&text)).await;
}

async fn answer(servo: &Servo, log: &Recent, question: Question) -> Answer {
    match question {
        Question::Status => value(&servo.status()),
        Question::Top => value(&servo.sample()),
        Question::Logs { connector, since } => value(&page(servo.name(), log, connector.as_deref(), &since)),
        Question::Limits => value(&servo.limits()),
        Question::Grants => value(&servo.grants()),
        Question::Revoke { connector, grant } => done(servo.revoke(&connector, &grant)),
        Question::Restart { connector } => done(servo.restart(&connector).await),
    }
}

/// Lines that say of no servo are everybody's.
fn page(servo: &str, log: &Recent, connector: Option<&str>, since: &Since) -> Page {
    let wanted = |record: &Record| {
        let ours = record.servo.as_deref().is_none_or(|name| name == servo);
        ours && connector.is_none_or(|name| record.connector.as_deref() == Some(name))
    };
    let from = match *since {
        Since::Last(lines) => log.last(lines, wanted),
        Since::Number(number) => number,
    };
    log.page(from, PAGE, wanted)
}

fn done<T: Serialize>(result: Result<T, HandError>) -> Answer {
    result.map_or_else(|error| Answer::Error(error.to_string()), |done| value(&done))
}

fn value<T: Serialize>(value: &T) -> Answer {
    serde_json::to_value(value).map_or_else(|error| Answer::Error(error.to_string()), Answer::Ok)
}
