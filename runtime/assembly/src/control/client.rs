//! The side of the commands: finds the running servo and asks it.

use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use thiserror::Error;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::{ANSWER_MAX, Answer, Question, TRANSFER, WORK, short};
use crate::state::{StateDir, safe};

/// The most sockets that are looked at.
const SOCKETS_MAX: usize = 1000;

/// A running servo, to be asked.
#[derive(Debug)]
pub struct Control {
    folder: PathBuf,
    name: String,
}

/// A running servo that does not do what it is asked for.
#[derive(Debug, Error)]
pub enum ControlError {
    /// None runs.
    #[error("no servo runs with {}; `servo run` starts it", .0.display())]
    None(PathBuf),
    /// Several run.
    #[error("{} servos run with {}: {}; say with --name which one is meant", .names.len(), .config.display(), .names.join(", "))]
    Several {
        /// The configuration file.
        config: PathBuf,
        /// Their names.
        names: Vec<String>,
    },
    /// The servo answered that it cannot.
    #[error("{0}")]
    Refused(String),
    /// No answer came.
    #[error("the running servo does not answer: {0}; look at its log")]
    Silent(io::Error),
    /// Something else than an answer came.
    #[error("the running servo does not answer what was asked ({0}); is it of another version?")]
    Strange(String),
}

impl Control {
    /// The running servo with this configuration file, and of this name if one is given.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub async fn find(state: &StateDir, config: &Path, name: Option<&str>) -> Result<Self, ControlError> {
        let mut found = Self::all(state, config, name).await?;
        if found.len() > 1 {
            let (_, start) = state.running(config);
            let plain = |name: &str| name.trim_start_matches(&start).trim_end_matches(".sock").to_owned();
            let names = found.iter().map(|control| plain(&control.name)).collect();
            return Err(ControlError::Several { config: config.to_owned(), names });
        }
        found.pop().ok_or_else(|| ControlError::None(config.to_owned()))
    }

    /// All running servos with this configuration file, or the one of this name, by name.
    ///
    /// # Errors
    /// When there is none.
    pub async fn all(state: &StateDir, config: &Path, name: Option<&str>) -> Result<Vec<Self>, ControlError> {
        let (folder, start) = state.running(config);
        let wanted = name.map(|name| format!("{start}{}.sock", safe(name)));
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten().take(SOCKETS_MAX);
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let meant = |name: &String| match &wanted {
            Some(wanted) => name == wanted,
            None => name.starts_with(&start) && name.ends_with(".sock"),
        };
        let mut found = Vec::new();
        for name in names.filter(meant) {
            let control = Self { folder: folder.clone(), name };
            // One that was killed leaves its socket behind.
            if control.connect().await.is_ok() {
                found.push(control);
            }
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        if found.is_empty() { Err(ControlError::None(config.to_owned())) } else { Ok(found) }
    }

    /// Asks, and reads the answer as what the question says.
    ///
    /// # Errors
    /// When no answer comes, or none that was asked for, or the servo cannot do it.
    pub async fn ask<T: DeserializeOwned>(&self, question: &Question) -> Result<T, ControlError> {
        let strange = |error: serde_json::Error| ControlError::Strange(error.to_string());
        let mut line = serde_json::to_vec(question).map_err(strange)?;
        line.push(b'\n');
        let exchanged = timeout(2 * TRANSFER + WORK, self.exchange(&line)).await;
        let text = exchanged.map_err(|_| ControlError::Silent(io::ErrorKind::TimedOut.into()))?;
        match serde_json::from_str(&text.map_err(ControlError::Silent)?).map_err(strange)? {
            Answer::Ok(value) => serde_json::from_value(value).map_err(strange),
            Answer::Error(text) => Err(ControlError::Refused(text)),
        }
    }

    async fn exchange(&self, line: &[u8]) -> io::Result<String> {
        let mut stream = self.connect().await?;
        stream.write_all(line).await?;
        let mut answer = String::new();
        BufReader::new(stream.take(ANSWER_MAX)).read_line(&mut answer).await?;
        if answer.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(answer) }
    }

    async fn connect(&self) -> io::Result<UnixStream> {
        let (path, _open) = short(&self.folder, &self.name)?;
        timeout(TRANSFER, UnixStream::connect(path)).await.map_err(|_| io::ErrorKind::TimedOut)?
    }
}
