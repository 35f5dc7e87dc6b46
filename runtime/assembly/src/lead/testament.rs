//! What a leader leaves in etcd for its successors, which may be on other machines: the settings that the application
//! came with, and whether its run has an end.

use serde::{Deserialize, Serialize};
use servo_liveness::{Candidate, Error};
use servo_types::Adjustment;

use super::Reign;

/// What a leader left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Testament {
    /// Who: the uuid of its servo.
    by: String,
    state: State,
    /// What the application came with.
    baseline: Vec<Adjustment>,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// The application may have the settings of a trial.
    Tuning,
    /// It has those that it came with.
    Restored,
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
    pub(crate) async fn is_finished(&self, reign: &Reign) -> Result<bool, Error> {
        let Some((bytes, revision)) = reign.candidate.left().await? else { return Ok(false) };
        let finished = read(&bytes).is_some_and(|testament| testament.state == State::Finished);
        Ok(finished && self.began.is_some_and(|began| revision > began))
    }
}

impl Reign {
    /// The settings that the application came with, when another leader left it with those of a trial.
    pub(crate) async fn unfinished(&self) -> Result<Option<Vec<Adjustment>>, Error> {
        let left = self.candidate.left().await?.and_then(|(bytes, _)| read(&bytes));
        let others = left.filter(|left| left.state == State::Tuning && left.by != *self.me);
        Ok(others.map(|left| left.baseline))
    }

    /// Tells the successors how things stand.
    pub(crate) async fn leave(&self, state: State, baseline: Vec<Adjustment>) -> Result<(), Error> {
        let testament = Testament { by: self.me.to_string(), state, baseline };
        let bytes = serde_json::to_vec(&testament).map_err(|error| Error::Options(error.to_string()))?;
        self.candidate.leave(self.term, bytes).await
    }
}

/// What cannot be read was left by somebody else.
fn read(bytes: &[u8]) -> Option<Testament> {
    serde_json::from_slice(bytes).ok()
}
