//! What goes on for long: the renewal of a lease, and a watch.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use etcd_client::{EventType, LeaseKeepAliveStream, LeaseKeeper, WatchStream};
use tokio::time::timeout;

use super::meter::{Call, Meters};
use super::refusals::causes;
use super::value;
use crate::error::Error;
use crate::plan::Value;

/// A key that changed.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) key: Vec<u8>,
    /// Nothing when it was removed.
    pub(crate) value: Option<Value>,
    pub(crate) revision: i64,
}

/// A way to renew a lease that costs one message each time.
#[derive(Debug)]
pub(crate) struct Keep {
    keeper: LeaseKeeper,
    answers: LeaseKeepAliveStream,
    /// In which it was begun.
    pub(crate) turn: usize,
    meters: Arc<Meters>,
}

impl Keep {
    pub(super) fn new(
        keeper: LeaseKeeper,
        answers: LeaseKeepAliveStream,
        turn: usize,
        meters: Arc<Meters>,
    ) -> Self {
        Self { keeper, answers, turn, meters }
    }

    /// Renews the lease; for how long.
    pub(crate) async fn renew(&mut self, time: Duration) -> Result<Duration, Error> {
        let broken = |why: String| Error::Other { doing: "renew a lease", why };
        let renewed = timeout(time, async {
            self.keeper.keep_alive().await?;
            self.answers.message().await
        });
        let began = Instant::now();
        let renewed = match renewed.await {
            Ok(Ok(Some(answer))) if answer.ttl() > 0 => Ok(Duration::from_secs(answer.ttl().unsigned_abs())),
            Ok(Ok(Some(_))) => Err(Error::LeaseGone),
            Ok(Ok(None)) => Err(broken("it ended the stream".into())),
            Ok(Err(error)) => Err(broken(causes(&error))),
            Err(_) => Err(broken(format!("no answer within {time:?}"))),
        };
        self.meters.ended(Call::Renew, began.elapsed(), renewed.is_err());
        renewed
    }
}

/// What happens to keys.
pub(crate) struct Watch {
    stream: WatchStream,
    /// In which it was begun.
    pub(crate) turn: usize,
}

/// A message of a watch.
#[derive(Debug)]
pub(crate) enum Seen {
    /// Keys changed. After a break, changes of several revisions come at once, in order.
    Changes(Vec<Event>),
    /// The watch began, or the answer to the request for a sign; with the newest revision of etcd.
    Progress { revision: i64, began: bool },
}

impl Watch {
    pub(super) fn new(stream: WatchStream, turn: usize) -> Self {
        Self { stream, turn }
    }

    /// Waits for the next message. Does not lose one when it is dropped before.
    pub(crate) async fn next(&mut self) -> Result<Seen, Error> {
        let broken = |why: String| Error::Other { doing: "go on watching", why };
        let message = self.stream.message().await.map_err(|error| broken(causes(&error)))?;
        let Some(message) = message else { return Err(broken("it ended the stream".into())) };
        if message.canceled() {
            return Err(match message.compact_revision() {
                0 => broken(message.cancel_reason().to_owned()),
                compacted => Error::Compacted(compacted),
            });
        }
        let revision = message.header().map_or(0, etcd_client::ResponseHeader::revision);
        let events: Vec<Event> = message.events().iter().filter_map(event).collect();
        if events.is_empty() {
            return Ok(Seen::Progress { revision, began: message.created() });
        }
        Ok(Seen::Changes(events))
    }

    /// Asks for a sign that nothing was missed.
    pub(crate) async fn ask_progress(&mut self) -> Result<(), Error> {
        let asked = self.stream.request_progress().await;
        asked.map_err(|error| Error::Other { doing: "go on watching", why: causes(&error) })
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

fn event(event: &etcd_client::Event) -> Option<Event> {
    let kv = event.kv()?;
    let value = match event.event_type() {
        EventType::Put => Some(value(kv)),
        EventType::Delete => None,
    };
    Some(Event { key: kv.key().to_vec(), value, revision: kv.mod_revision() })
}
