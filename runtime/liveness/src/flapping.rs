//! Hysteresis against flapping: a service whose lease comes and goes is not reported each time. Off by default.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Moment;

/// How many beats make a change of state. A beat is what passes between two signs of life. Only leases that end by
/// themselves and come back are meant: what somebody says of a service counts at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlapOptions {
    /// A service is down when its lease is gone for so many beats, the one with which it went included. 1 is at once.
    pub down_after: u32,
    /// One that expired is up again when its lease is there for so many beats, the first included. 1 is at once.
    pub up_after: u32,
    /// How long a beat is.
    pub beat: Duration,
}

/// Who waits for a change of state.
#[derive(Debug)]
pub(crate) struct Flaps {
    options: FlapOptions,
    /// Until when, and at which revision it was still as it is shown.
    waiting: HashMap<Arc<str>, (Moment, i64)>,
    order: BTreeSet<(Moment, Arc<str>)>,
}

impl FlapOptions {
    /// Every change counts at once; there are three beats in the TTL of a service.
    pub fn new(ttl: Duration) -> Self {
        Self { down_after: 1, up_after: 1, beat: ttl / 3 }
    }
}

impl Flaps {
    pub(crate) fn new(options: FlapOptions) -> Self {
        Self { options, waiting: HashMap::new(), order: BTreeSet::new() }
    }

    /// The lease of a service has ended; whether that is not told yet.
    pub(crate) fn goes(&mut self, uuid: &Arc<str>, before: i64, now: Moment) -> bool {
        self.wait(uuid, self.options.down_after, before, now)
    }

    /// The lease of a service that had expired is back; whether that is not told yet.
    pub(crate) fn comes(&mut self, uuid: &Arc<str>, before: i64, now: Moment) -> bool {
        self.wait(uuid, self.options.up_after, before, now)
    }

    /// Nothing more is to be told of it.
    pub(crate) fn settled(&mut self, uuid: &Arc<str>) {
        if let Some((until, _)) = self.waiting.remove(uuid) {
            self.order.remove(&(until, Arc::clone(uuid)));
        }
    }

    /// When the next one has waited long enough.
    pub(crate) fn due(&self) -> Option<Moment> {
        self.order.first().map(|(until, _)| *until)
    }

    /// Those who have waited long enough, and the revision at which each was still as it is shown.
    pub(crate) fn over(&mut self, now: Moment) -> Vec<(Arc<str>, i64)> {
        let mut over = Vec::new();
        while self.due().is_some_and(|due| due <= now) {
            let Some((_, uuid)) = self.order.pop_first() else { break };
            if let Some((_, before)) = self.waiting.remove(&uuid) {
                over.push((uuid, before));
            }
        }
        over
    }

    fn wait(&mut self, uuid: &Arc<str>, beats: u32, before: i64, now: Moment) -> bool {
        self.settled(uuid);
        let more = beats.saturating_sub(1);
        if more == 0 {
            return false;
        }
        let until = now + self.options.beat.saturating_mul(more);
        self.waiting.insert(Arc::clone(uuid), (until, before));
        self.order.insert((until, Arc::clone(uuid)));
        true
    }
}
