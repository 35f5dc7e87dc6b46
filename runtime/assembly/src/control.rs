//! How commands talk to a running servo: a socket in the state directory that only its user may open, one JSON line
//! to ask and one to answer.

mod client;
mod server;

use std::fs::File;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use client::{Control, ControlError};
pub use server::ControlServer;

/// The longest question in bytes.
const QUESTION_MAX: u64 = 16 << 10;
/// The longest answer in bytes.
const ANSWER_MAX: u64 = 16 << 20;
/// How long a question or an answer may be on its way.
const TRANSFER: Duration = Duration::from_secs(5);
/// How long the servo may work on an answer.
const WORK: Duration = Duration::from_secs(60);
/// The longest path that the address of a socket takes.
const PATH_MAX: usize = 107;

/// What is asked of a running servo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase", deny_unknown_fields)]
pub enum Question {
    /// How it is: a [`ServoStatus`](crate::ServoStatus).
    Status,
    /// A [`Sample`](crate::Sample) of its connectors.
    Top,
    /// A [`Page`](servo_telemetry::Page) of the log lines of this process that belong to the servo.
    Logs {
        /// Only those of this connector.
        connector: Option<String>,
        /// Where to begin.
        since: Since,
    },
    /// A list of [`LimitRow`](crate::LimitRow).
    Limits,
    /// A list of [`GrantRow`](crate::GrantRow).
    Grants,
    /// Takes grants back; the answer is the list of them as texts.
    Revoke {
        /// Whose.
        connector: String,
        /// Which.
        grant: String,
    },
    /// Has a connector built again; the answer is false when a call is in progress, after which it will be.
    Restart {
        /// Which one.
        connector: String,
    },
}

/// Where a page of log lines begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Since {
    /// With the last ones, at most so many.
    Last(usize),
    /// With the line of this number, `next` of the page before.
    Number(u64),
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    /// What was asked for.
    Ok(serde_json::Value),
    /// Why there is none.
    Error(String),
}

/// A path that leads to the same file and is short enough for the address of a socket, for as long as the folder is
/// open.
fn short(folder: &Path, name: &str) -> std::io::Result<(PathBuf, Option<File>)> {
    let path = folder.join(name);
    if path.as_os_str().len() <= PATH_MAX {
        return Ok((path, None));
    }
    let open = File::open(folder)?;
    Ok((PathBuf::from(format!("/proc/self/fd/{}", open.as_raw_fd())).join(name), Some(open)))
}
