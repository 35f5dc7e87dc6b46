//! What an operator does to a running servo: takes grants back, has a connector built again.

use std::sync::Arc;
use std::time::Duration;

use servo_config::suggest::nearest;
use servo_host::Grant;
use thiserror::Error;

use super::{Running, Servo};

/// How long an operator waits for a call in progress, and then for the new instance.
const PATIENCE: Duration = Duration::from_secs(10);

/// Something that cannot be done to a running servo.
#[derive(Debug, Error)]
pub enum HandError {
    /// No such connector.
    #[error("no connector is named `{name}`; {hint}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        hint: String,
    },
    /// It is part of servo.
    #[error(
        "`{name}` is part of servo and starts programs: it has no instance to be built again and no grants to be taken \
         back; change its stanza, and `kill -HUP` has it read"
    )]
    Native {
        /// What was asked for.
        name: String,
    },
    /// No such grant.
    #[error("`{connector}` has no grant `{grant}`; it has {has}")]
    NotGranted {
        /// The connector.
        connector: String,
        /// What was asked for.
        grant: String,
        /// What it has.
        has: String,
    },
    /// The instance cannot be built.
    #[error("`{connector}` could not be built again: {failure}")]
    Rebuild {
        /// The connector.
        connector: String,
        /// Why.
        failure: servo_types::Failure,
    },
}

impl Servo {
    /// Takes grants back: those that `meant` says, see [`Grant::is_meant`]. The next call of the guest into the host
    /// feels it. They stay taken back for as long as the configuration has them. Returns what was taken back.
    pub fn revoke(&self, alias: &str, meant: &str) -> Result<Vec<String>, HandError> {
        let (mut granted, mut taken) = (Vec::new(), Vec::new());
        self.at(alias, |running| {
            for grant in Grant::all(running.connector.grants()) {
                if grant.is_meant(meant) {
                    taken.push(grant.to_string());
                    running.connector.revoke(grant.clone());
                    if let Some(successor) = &running.successor {
                        successor.revoke(grant.clone());
                    }
                    running.taken.push(grant);
                } else {
                    granted.push(grant.to_string());
                }
            }
        })?;
        if taken.is_empty() {
            let has = if granted.is_empty() { "none".to_owned() } else { granted.join(", ") };
            return Err(HandError::NotGranted { connector: alias.to_owned(), grant: meant.to_owned(), has });
        }
        Ok(taken)
    }

    /// Has a connector built again, without the delay after failures. False when a call is in progress, after which
    /// it will be.
    pub async fn restart(&self, alias: &str) -> Result<bool, HandError> {
        let connector = self.at(alias, |running| Arc::clone(&running.connector))?;
        let restarted = connector.restart(PATIENCE).await;
        restarted.map_err(|failure| HandError::Rebuild { connector: alias.to_owned(), failure })
    }

    /// Works on the place of a connector; nobody takes grants back meanwhile.
    pub(super) fn at<T>(&self, alias: &str, work: impl FnOnce(&mut Running) -> T) -> Result<T, HandError> {
        let mut all = self.running();
        if let Some(index) = all.iter().position(|running| running.wanted.alias == alias) {
            return Ok(work(&mut all[index]));
        }
        if self.has_native(alias) {
            return Err(HandError::Native { name: alias.to_owned() });
        }
        let names = || all.iter().map(|running| running.wanted.alias.as_str());
        let hint = match nearest(alias, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there is {}", names().collect::<Vec<_>>().join(", ")),
        };
        Err(HandError::Unknown { name: alias.to_owned(), hint })
    }
}
