//! How a running servo is, in one look: what it does, for whom, and what is not ready.

use std::time::SystemTime;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Servo, whole};
use crate::liveness::Leadership;
use crate::remote::OptimizerSample;
use crate::run::{Doing, TrialCount};

/// How a running servo is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServoStatus {
    /// When.
    pub at: Timestamp,
    /// Which servo.
    pub servo: String,
    /// The version of the program.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// Milliseconds since it was assembled.
    pub uptime_ms: u64,
    /// Whether all its parts are ready, as `/readyz` says it.
    pub ready: bool,
    /// What it does, in words.
    pub doing: String,
    /// For how many milliseconds.
    pub since_ms: u64,
    /// How far it is: 0 to 100, where that is known.
    pub percent: Option<f32>,
    /// What a connector says of it; may be empty.
    pub message: String,
    /// What the embedded optimizer works towards.
    pub objective: Option<String>,
    /// The trials of the embedded optimizer.
    pub trials: Option<TrialCount>,
    /// The remote optimizer, where one is asked.
    pub optimizer: Option<OptimizerSample>,
    /// Its connectors in the order of the configuration.
    pub connectors: Vec<ConnectorStatus>,
    /// Whether it leads, where only a leader works.
    pub leadership: Option<Leadership>,
}

/// How a connector is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorStatus {
    /// Its alias.
    pub connector: String,
    /// Whether it can be asked.
    pub ready: bool,
    /// Why not.
    pub problem: Option<String>,
}

impl Servo {
    /// How it is, in one look.
    pub fn status(&self) -> ServoStatus {
        let doing = self.whereabouts.now();
        let since_ms = whole(doing.lasts());
        let Doing { text, percent, message, trials, .. } = doing;
        let parts = self.unready();
        let mut aliases: Vec<String> = self.running().iter().map(|one| one.wanted.alias.clone()).collect();
        aliases.extend(self.natives().iter().map(|(wanted, _)| wanted.alias.clone()));
        let connector = |connector: String| {
            let problem = parts.iter().find(|(name, _)| *name == connector);
            let problem = problem.and_then(|(_, why)| why.clone());
            ConnectorStatus { ready: problem.is_none(), connector, problem }
        };
        ServoStatus {
            at: Timestamp::try_from(SystemTime::now()).unwrap_or_default(),
            servo: self.name().to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            uptime_ms: whole(self.since.elapsed()),
            ready: parts.iter().all(|(_, why)| why.is_none()),
            doing: text,
            since_ms,
            percent,
            message,
            objective: self.goal(),
            trials,
            optimizer: self.remote.sample(),
            connectors: aliases.into_iter().map(connector).collect(),
            leadership: self.post.as_ref().map(|post| post.leadership()),
        }
    }
}
