//! Plays scenarios: one connector in its sandbox, on a stage in place of the world.

mod act;
mod record;
mod script;

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use servo_config::scenario::{Mismatch, Scenario};
use servo_config::{Connector, Origin, Problems};
use servo_host::{Reaction, Sent};
use thiserror::Error;
use tokio::runtime::{Builder, Handle};

use crate::convert;
use crate::programs::Programs;
use crate::servo::{AssembleError, settings};
use act::{Part, play};

pub use record::{RecordError, record};

/// What came of a scenario.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Played {
    /// What is not as it was expected; empty when the scenario passed.
    pub unmet: Vec<Unmet>,
    /// How long it lasted on its own clock, in seconds.
    pub seconds: f64,
    /// What the connector wrote to its log, with levels, at most some thousand lines.
    pub log: Vec<String>,
    /// What came of each call.
    #[serde(skip)]
    pub(crate) calls: Vec<Came>,
    /// The exchanges with the world, when it was not the script that answered.
    #[serde(skip)]
    pub(crate) exchanges: Vec<(Sent, Reaction)>,
}

/// Something that is not as the scenario expects it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unmet {
    /// File, line and column of the expectation, or of the call that broke one that goes without saying.
    pub at: String,
    /// What differs, for example `result.readings[0].value`, or what happened.
    pub what: String,
    /// What was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub came: Option<String>,
}

/// What came of one call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Came {
    pub(crate) result: Option<Result<serde_json::Value, serde_json::Value>>,
    pub(crate) progress: Vec<serde_json::Value>,
    pub(crate) log: Vec<String>,
    pub(crate) denied: Vec<String>,
}

/// A scenario that cannot be played.
#[derive(Debug, Error)]
pub enum PlayError {
    /// It is not right, or the connector's settings in it are not.
    #[error(transparent)]
    Problems(#[from] Problems),
    /// Its connector cannot be used.
    #[error(transparent)]
    Assemble(#[from] AssembleError),
    /// The machine does not play along.
    #[error("the scenario cannot be played: {0}")]
    Machine(String),
}

impl Programs {
    /// Plays a scenario.
    pub async fn play(&self, scenario: Scenario) -> Result<Played, PlayError> {
        self.log_in(&scenario.loaded).await.map_err(|error| PlayError::Machine(error.to_string()))?;
        let catalogue = self.catalogue(Some(&scenario.loaded)).await;
        let (config, _) = scenario.loaded.resolve(&catalogue)?;
        let Some(wanted) = config.servos.into_iter().flat_map(|servo| servo.connectors).next() else {
            return Err(PlayError::Machine("it has no connector".to_owned()));
        };
        self.stage(&wanted, wanted.alias.clone(), scenario, false).await
    }

    /// Has a connector play a scenario under a name. With `live`, requests go out into the world, and the script
    /// answers none.
    async fn stage(
        &self,
        wanted: &Connector,
        alias: String,
        scenario: Scenario,
        live: bool,
    ) -> Result<Played, PlayError> {
        let load = |source| AssembleError::Load { alias: alias.clone(), source };
        let program = self.program(&wanted.kind).await.map_err(load)?;
        let mut grants =
            convert::grants(wanted).map_err(|text| AssembleError::Grant { alias: alias.clone(), text })?;
        // Nobody answers connections on a stage, and a live one cannot keep what was said on them.
        grants.tcp.clear();
        // What it computes takes no time on the stage, so that nothing can be a share of it.
        let limits = servo_types::Limits { cpu_share: 1.0, ..wanted.limits };
        let part = Part { alias: alias.clone(), program, settings: settings(wanted)?, limits, grants };
        let live = live.then(Handle::current);
        // A runtime of its own: its clock stands still unless everybody waits.
        let played = tokio::task::spawn_blocking(move || {
            let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
            Ok::<_, std::io::Error>(runtime?.block_on(play(part, Arc::new(scenario), live)))
        });
        let machine = |error: &dyn std::fmt::Display| PlayError::Machine(error.to_string());
        played.await.map_err(|error| machine(&error))?.map_err(|error| machine(&error))
    }
}

impl Played {
    /// A scenario that could not even begin.
    pub fn failed(unmet: Vec<Unmet>) -> Self {
        Self { unmet, ..Self::default() }
    }
}

impl Unmet {
    pub(crate) fn at(origin: &Origin, what: impl Into<String>) -> Self {
        Self { at: origin.to_string(), what: what.into(), ..Self::default() }
    }
}

impl From<Mismatch> for Unmet {
    fn from(mismatch: Mismatch) -> Self {
        let Mismatch { origin, path, expected, came } = mismatch;
        Self { at: origin.to_string(), what: path, expected: Some(expected), came: Some(came) }
    }
}

/// Seconds of a clock that does not go backwards.
pub(crate) fn since_epoch(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
