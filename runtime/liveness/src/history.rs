//! Whether the etcd that answers after a break is the one that was followed before: only then a watch may go on where
//! it was.
//!
//! An etcd that was started anew with the same flags, or restored from a backup, has the same ids as before, and after
//! a while a higher revision, so neither tells. What does is the last thing that was seen: no other history has it at
//! the same revision, under the same lease. It costs one or two reads, where listing everything again would cost as
//! much as all services are, for every view that loses its line, and would hide what happened meanwhile.

use std::sync::Arc;

use crate::error::Error;
use crate::etcd::{Etcd, Event};
use crate::model::Model;
use crate::plan::Value;
use crate::record::Status;

/// The last thing that was seen of a history.
#[derive(Clone, Debug)]
pub(crate) enum Mark {
    /// A key was written.
    Written(Vec<u8>, Value),
    /// A key was removed at this revision.
    Removed(Vec<u8>, i64),
    /// This was the newest record when everything was listed at this revision, and its status had these leases.
    Listed { revision: i64, uuid: Arc<str>, modified: i64, up: Option<i64>, down: Option<i64> },
    /// There was no record when everything was listed at this revision.
    Nothing(i64),
}

impl Mark {
    /// What happened at one revision.
    pub(crate) fn happened(events: &[Event]) -> Option<Self> {
        // The ids of leases are made from the time: none comes twice.
        let lease = |event: &&Event| event.value.as_ref().is_some_and(|value| value.lease != 0);
        let event = events.iter().find(lease).or_else(|| events.first())?;
        Some(match &event.value {
            Some(value) => Self::Written(event.key.clone(), value.clone()),
            None => Self::Removed(event.key.clone(), event.revision),
        })
    }

    /// What a listing showed.
    pub(crate) fn listed(model: &Model) -> Self {
        let revision = model.revision;
        let recorded = model.entries().filter(|entry| entry.recorded);
        match recorded.max_by_key(|entry| entry.modified) {
            Some(entry) => {
                let (uuid, modified) = (Arc::clone(&entry.service.uuid), entry.modified);
                Self::Listed { revision, uuid, modified, up: entry.up, down: entry.down }
            }
            None => Self::Nothing(revision),
        }
    }

    /// Whether etcd has it in its history. What it has compacted, or does not say for another reason, it has not.
    ///
    /// # Errors
    /// When etcd does not answer.
    pub(crate) async fn is_in(&self, etcd: &Etcd) -> Result<bool, Error> {
        match self.compare(etcd).await {
            Err(error) if !error.is_passing() => {
                tracing::debug!(%error, "it is not known whether etcd has the history that was followed");
                Ok(false)
            }
            compared => compared,
        }
    }

    async fn compare(&self, etcd: &Etcd) -> Result<bool, Error> {
        match self {
            Self::Written(key, value) => Ok(etcd.at(key, value.modified).await?.as_ref() == Some(value)),
            Self::Removed(key, revision) => {
                let there = etcd.at(key, revision - 1).await?.is_some();
                Ok(there && etcd.at(key, *revision).await?.is_none())
            }
            Self::Listed { revision, uuid, modified, up, down } => {
                let record = etcd.at(etcd.keys.record(uuid).as_bytes(), *revision).await?;
                if record.is_none_or(|record| record.modified != *modified) {
                    return Ok(false);
                }
                for (status, lease) in [(Status::Up, up), (Status::Down, down)] {
                    let key = etcd.keys.status(status, uuid);
                    if etcd.at(key.as_bytes(), *revision).await?.map(|value| value.lease) != *lease {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Nothing(revision) => {
                Ok(etcd.list(&etcd.keys.records(), None, *revision).await?.keys.is_empty())
            }
        }
    }
}
