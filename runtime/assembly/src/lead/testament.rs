//! What a leader leaves in etcd for its successors, which may be on other machines: whose run it is, how far it is, and
//! the settings that the application came with.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use servo_liveness::{Candidate, Error};
use servo_types::Adjustment;
use tokio::time::sleep;

use super::Reign;
use crate::run::RunError;

/// How often it is tried to leave something.
const TRIES: u32 = 20;
/// A pause between two tries.
const PAUSE: Duration = Duration::from_millis(250);

/// What a leader left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Testament {
    /// Who: the uuid of its servo.
    pub(crate) by: String,
    pub(crate) state: State,
    /// What the application came with.
    pub(crate) baseline: Vec<Adjustment>,
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// The application may have the settings of a trial.
    Tuning,
    /// It has those that it came with.
    Restored,
    /// The run is decided, and whoever leads brings it to its end.
    Finishing {
        /// What the application is to have.
        apply: Vec<Adjustment>,
        /// Whether that is to be made permanent.
        promote: bool,
    },
    /// It has those that the run ended on.
    Finished,
}

/// What was there before this process led, so that it can tell what happened since.
#[derive(Debug, Default)]
pub(crate) struct Heritage {
    /// The revision of the last testament when this process began to follow.
    began: Option<i64>,
}

impl Heritage {
    /// Remembers what there is, the first time.
    pub(super) async fn look(&mut self, candidate: &Candidate) {
        if self.began.is_none()
            && let Ok(left) = candidate.left().await
        {
            self.began = Some(left.map_or(0, |(_, revision)| revision));
        }
    }

    /// Whether the run that this process followed has come to its end.
    pub(crate) async fn is_finished(&self, reign: &Reign) -> Result<bool, RunError> {
        let Some((testament, revision)) = reign.left().await? else { return Ok(false) };
        Ok(testament.state == State::Finished && self.began.is_some_and(|began| revision > began))
    }
}

impl Reign {
    /// What the last leader left, which may have been this process.
    pub(crate) async fn testament(&self) -> Result<Option<Testament>, RunError> {
        Ok(self.left().await?.map(|(testament, _)| testament))
    }

    /// Tells the successors how things stand; tried for a while, as long as this process leads.
    pub(crate) async fn leave(&self, state: State, baseline: Vec<Adjustment>) -> Result<(), Error> {
        let testament = Testament { by: self.me.to_string(), state, baseline };
        let bytes = serde_json::to_vec(&testament).map_err(|error| Error::Options(error.to_string()))?;
        let mut tries = 1;
        loop {
            match self.candidate.leave(self.term, bytes.clone()).await {
                Err(_) if tries < TRIES && self.holds() => sleep(PAUSE).await,
                left => return left,
            }
            tries += 1;
        }
    }

    /// With the revision at which it was left. What cannot be read may be an unfinished run, so nothing is begun.
    async fn left(&self) -> Result<Option<(Testament, i64)>, RunError> {
        let Some((bytes, revision)) = self.candidate.left().await.map_err(RunError::Lead)? else {
            return Ok(None);
        };
        let testament = serde_json::from_slice(&bytes).map_err(RunError::Testament)?;
        Ok(Some((testament, revision)))
    }
}
