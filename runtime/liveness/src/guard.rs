//! The guard against mass expiry: when many services vanish at once, the reason is seldom that all of them died.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Moment;

/// As a revision: nobody saw when a service was still there, so it is not among those that vanished at once.
pub(crate) const UNSEEN: i64 = 0;
/// A view that follows etcd may be as old as this.
const DELAY: Duration = Duration::from_secs(5);

/// When the guard holds services, and for how long.
///
/// A view that sees many vanish tells others through a key in etcd, which ends with the hold: whoever comes later, and
/// whoever asks etcd itself, answers `suspect`, too. When nobody kept a view meanwhile, nobody knows, and the services
/// have expired: etcd keeps no times. [`Liveness::release_suspects`](crate::Liveness::release_suspects) ends a hold for
/// everybody.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GuardOptions {
    /// The share of the services that were up, from 0 to 1.
    pub share: f64,
    /// Fewer than these are never held.
    pub least: usize,
    /// They must vanish within this time.
    pub within: Duration,
    /// How long they are held.
    pub hold: Duration,
}

#[derive(Debug)]
pub(crate) struct Guard {
    options: GuardOptions,
    /// Who vanished lately, and when.
    vanished: VecDeque<Vanished>,
    /// Who is held, and until when.
    held: HashMap<Arc<str>, Moment>,
    /// The hold that is going on.
    hold: Option<Hold>,
}

#[derive(Debug)]
struct Vanished {
    when: Moment,
    uuid: Arc<str>,
    /// The revision at which it was still there.
    before: i64,
}

/// Many vanished at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hold {
    /// The revision at which all of them were still there.
    pub(crate) before: i64,
    pub(crate) until: Moment,
    /// Whether this view saw it, and others did not only say so.
    pub(crate) witnessed: bool,
}

impl GuardOptions {
    /// A share of 15 %, at least 5 services, within one TTL, held for two.
    pub fn new(ttl: Duration) -> Self {
        Self { share: 0.15, least: 5, within: ttl, hold: ttl * 2 }
    }
}

impl Guard {
    pub(crate) fn new(options: GuardOptions) -> Self {
        Self { options, vanished: VecDeque::new(), held: HashMap::new(), hold: None }
    }

    /// A service vanished; at revision `before` it was still there, if that is not [`UNSEEN`].
    pub(crate) fn vanished(&mut self, uuid: Arc<str>, before: i64, now: Moment) {
        if before == UNSEEN {
            return;
        }
        self.vanished.push_back(Vanished { when: now, uuid, before });
    }

    /// Others saw many vanish at once, this one among them.
    pub(crate) fn told(&mut self, uuid: Arc<str>, hold: Hold) {
        self.held.insert(uuid, hold.until);
        self.hold.get_or_insert(hold);
    }

    /// What is going on.
    pub(crate) fn hold(&self) -> Option<Hold> {
        self.hold
    }

    /// Services vanish at once when they do within this time.
    pub(crate) fn within(&self) -> Duration {
        self.options.within.max(DELAY)
    }

    /// For how long services are held.
    pub(crate) fn time(&self) -> Duration {
        self.options.hold
    }

    /// A service is back, or was set down by somebody.
    pub(crate) fn settled(&mut self, uuid: &str) {
        self.vanished.retain(|other| &*other.uuid != uuid);
        self.held.remove(uuid);
        if self.held.is_empty() {
            self.hold = None;
        }
    }

    /// Holds all that vanished, when they are too many beside the `ups` that are still there. Says who is held now.
    pub(crate) fn judge(&mut self, ups: usize, now: Moment) -> Vec<Arc<str>> {
        while self.vanished.front().is_some_and(|first| now.since(first.when) > self.options.within) {
            self.vanished.pop_front();
        }
        let many = self.vanished.len();
        let share = many as f64 / (ups + many).max(1) as f64;
        let first = self.vanished.iter().map(|one| one.before).min();
        let hold = match (self.hold, first) {
            (Some(hold), _) => hold,
            (None, Some(before)) if many >= self.options.least && share > self.options.share => {
                Hold { before, until: now + self.options.hold, witnessed: true }
            }
            (None, _) => return Vec::new(),
        };
        let held: Vec<Arc<str>> = self.vanished.drain(..).map(|one| one.uuid).collect();
        self.held.extend(held.iter().map(|uuid| (Arc::clone(uuid), hold.until)));
        self.hold = (!self.held.is_empty()).then_some(hold);
        held
    }

    /// When somebody is to be let go next.
    pub(crate) fn due(&self) -> Option<Moment> {
        self.hold.map(|hold| hold.until)
    }

    /// Those whose time is over; all of them, when an operator says so.
    pub(crate) fn release(&mut self, now: Moment, all: bool) -> Vec<Arc<str>> {
        if !all && self.due().is_none_or(|until| now < until) {
            return Vec::new();
        }
        self.hold = None;
        self.held.drain().map(|(uuid, _)| uuid).collect()
    }

    pub(crate) fn held(&self) -> usize {
        self.held.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        Guard::new(GuardOptions::new(Duration::from_secs(30)))
    }

    fn at(seconds: u64) -> Moment {
        Moment::at(Duration::from_secs(seconds))
    }

    fn vanish(guard: &mut Guard, numbers: std::ops::Range<u32>, now: Moment) {
        for number in numbers {
            guard.vanished(number.to_string().into(), i64::from(number) + 7, now);
        }
    }

    #[test]
    fn few_are_let_go_at_once() {
        for (many, ups, held) in [(4, 1, 0), (5, 1, 5), (14, 86, 0), (15, 85, 0), (16, 84, 16), (150, 850, 0)]
        {
            let mut guard = guard();
            vanish(&mut guard, 0..many, at(10));
            assert_eq!(guard.judge(ups, at(10)).len(), held, "{many} beside {ups}");
        }
    }

    #[test]
    fn they_must_vanish_within_one_ttl() {
        let mut guard = guard();
        vanish(&mut guard, 0..3, at(10));
        assert_eq!(guard.judge(20, at(10)), Vec::<Arc<str>>::new());
        vanish(&mut guard, 3..6, at(41));
        assert_eq!(guard.judge(17, at(41)), Vec::<Arc<str>>::new());
        vanish(&mut guard, 6..9, at(50));
        assert_eq!(guard.judge(14, at(50)).len(), 6, "the first three were too long ago");
    }

    #[test]
    fn a_hold_ends_for_all_at_once_and_for_those_that_come_back() {
        let mut guard = guard();
        vanish(&mut guard, 0..10, at(10));
        assert_eq!(guard.judge(10, at(10)).len(), 10);
        vanish(&mut guard, 10..11, at(20));
        assert_eq!(guard.judge(9, at(20)).len(), 1, "one more while they are held");
        guard.settled("3");
        assert_eq!(
            guard.hold(),
            Some(Hold { before: 7, until: at(70), witnessed: true }),
            "of the first that vanished"
        );
        assert_eq!((guard.due(), guard.held()), (Some(at(70)), 10));
        assert_eq!(guard.release(at(69), false).len(), 0);
        assert_eq!(guard.release(at(70), false).len(), 10, "however late the last one came");
        assert_eq!((guard.due(), guard.held()), (None, 0));
    }

    #[test]
    fn an_operator_ends_it() {
        let mut guard = guard();
        vanish(&mut guard, 0..10, at(10));
        guard.judge(1, at(10));
        assert_eq!(guard.release(at(11), true).len(), 10);
        vanish(&mut guard, 10..11, at(12));
        assert_eq!(guard.judge(1, at(12)).len(), 0);
    }
}
