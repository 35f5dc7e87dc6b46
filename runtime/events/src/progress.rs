//! Progress of the handlers of one dispatch.
//!
//! The sink keeps the latest update of every connector, so that a connector that reports a thousand times a second
//! costs its reader nothing: what is not read in time is replaced, never queued.

use std::sync::Arc;

use servo_types::Reading;
use tokio::sync::watch;

/// How far a handler is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Update {
    /// 0 to 100, where it is known.
    pub percent: Option<f32>,
    /// One line for people.
    pub message: String,
    /// What was measured so far.
    pub readings: Vec<Reading>,
}

/// The latest update of one connector.
#[derive(Clone, Debug, PartialEq)]
pub struct Latest {
    /// Which connector.
    pub connector: Arc<str>,
    /// What it said last.
    pub update: Arc<Update>,
    /// How many updates it has given; more than one may have passed since the reader looked.
    pub count: u64,
}

/// Takes the updates of a dispatch. Cheap to clone; the default one drops everything.
#[derive(Clone, Debug, Default)]
pub struct ProgressSink(Option<Arc<watch::Sender<Vec<Latest>>>>);

/// Reads the updates of a dispatch.
#[derive(Debug)]
pub struct Progress(watch::Receiver<Vec<Latest>>);

impl ProgressSink {
    /// A sink and its reader.
    pub fn channel() -> (Self, Progress) {
        let (sender, receiver) = watch::channel(Vec::new());
        (Self(Some(Arc::new(sender))), Progress(receiver))
    }

    /// Whether nobody reads; then an update needs not even be made.
    pub fn is_closed(&self) -> bool {
        self.0.as_ref().is_none_or(|sender| sender.is_closed())
    }

    /// Takes an update; never waits.
    pub fn report(&self, connector: &Arc<str>, update: Update) {
        let Some(sender) = self.0.as_ref().filter(|sender| !sender.is_closed()) else { return };
        let update = Arc::new(update);
        sender.send_modify(|all| match all.iter_mut().find(|latest| latest.connector == *connector) {
            Some(latest) => {
                latest.update = update;
                latest.count += 1;
            }
            None => all.push(Latest { connector: Arc::clone(connector), update, count: 1 }),
        });
    }
}

impl Progress {
    /// Waits for news; none when all sinks are gone. Cancel safe.
    pub async fn changed(&mut self) -> Option<Vec<Latest>> {
        self.0.changed().await.ok()?;
        Some(self.0.borrow_and_update().clone())
    }

    /// What every connector said last, in the order of their first update.
    pub fn latest(&self) -> Vec<Latest> {
        self.0.borrow().clone()
    }
}
