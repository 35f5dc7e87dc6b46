//! The lease of this process: what to do next, from what happened and what time it is.
//!
//! One lease carries all services of the process. It is kept alive three times within its time, which costs etcd no
//! write; when it is lost, by whatever cause, a new one is granted and everything is put again, for ever.

use std::time::Duration;

use crate::clock::Moment;

/// The longest wait between two attempts while etcd does not answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The shortest.
const IMPATIENCE: Duration = Duration::from_millis(100);

/// The lease, as a state machine without IO.
#[derive(Debug)]
pub(crate) struct Lease {
    /// What is asked of etcd.
    ttl: Duration,
    state: State,
    failures: u32,
    /// When the next step is due.
    due: Moment,
    /// When the services were certain to be up last.
    ended: Option<Moment>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    None,
    Granted(Granted),
}

/// A lease that etcd granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Granted {
    pub(crate) id: i64,
    /// What etcd grants, which may be more than was asked.
    pub(crate) ttl: Duration,
    /// Until when it cannot have ended, whatever etcd thinks: counted from when the last renewal was sent.
    pub(crate) safe_until: Moment,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Ask for a lease, then put all services.
    Grant(Duration),
    /// Renew it.
    Renew(i64),
    /// Nothing before this moment.
    Wait(Moment),
}

/// What etcd said to a renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renewal {
    /// It lives on, for so long from when the renewal was sent.
    Alive(Duration),
    /// There is no such lease: it ended.
    Gone,
    /// No answer, or one that says nothing about the lease.
    Unknown,
}

/// What a step showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// Nothing that anybody needs to know.
    Usual,
    /// The services were declared down; for how long already, at most.
    Lost(Duration),
    /// The services have a lease again, after so long without.
    Regained(Duration),
}

impl Lease {
    pub(crate) fn new(ttl: Duration, now: Moment) -> Self {
        Self { ttl, state: State::None, failures: 0, due: now, ended: None }
    }

    /// The lease, when there is one as far as we know.
    pub(crate) fn granted(&self) -> Option<Granted> {
        match self.state {
            State::None => None,
            State::Granted(granted) => Some(granted),
        }
    }

    pub(crate) fn next(&self, now: Moment) -> Step {
        if now < self.due {
            return Step::Wait(self.due);
        }
        match self.state {
            State::None => Step::Grant(self.ttl),
            State::Granted(granted) => Step::Renew(granted.id),
        }
    }

    /// etcd granted a lease when it was asked at `sent`, and all services hang on it.
    pub(crate) fn granted_at(&mut self, id: i64, ttl: Duration, sent: Moment, chance: f64) -> News {
        self.state = State::Granted(Granted { id, ttl, safe_until: sent + ttl });
        self.failures = 0;
        self.due = sent + beat(ttl, chance);
        self.ended.take().map_or(News::Usual, |ended| News::Regained(sent.since(ended)))
    }

    /// No lease was granted, or the services could not be put.
    pub(crate) fn refused(&mut self, now: Moment, chance: f64) {
        self.failures = self.failures.saturating_add(1);
        self.due = now + back_off(self.failures, PATIENCE, chance);
    }

    /// What a renewal that was sent at `sent` came to.
    pub(crate) fn renewed(&mut self, renewal: Renewal, sent: Moment, now: Moment, chance: f64) -> News {
        let State::Granted(granted) = self.state else { return News::Usual };
        match renewal {
            Renewal::Alive(ttl) if !ttl.is_zero() => {
                self.failures = 0;
                self.state = State::Granted(Granted { ttl, safe_until: sent + ttl, ..granted });
                self.due = sent + beat(ttl, chance);
                News::Usual
            }
            Renewal::Alive(_) | Renewal::Gone => {
                self.state = State::None;
                self.failures = 0;
                self.due = now;
                self.ended = Some(granted.safe_until);
                News::Lost(now.since(granted.safe_until))
            }
            Renewal::Unknown => {
                // It may well live; only etcd knows, so it is asked until it answers.
                self.failures = self.failures.saturating_add(1);
                let most = (granted.ttl / 6).min(PATIENCE);
                self.due = now + back_off(self.failures, most, chance);
                News::Usual
            }
        }
    }
}

/// A third of the time, up to a tenth of that less, so that processes do not all come at once.
fn beat(ttl: Duration, chance: f64) -> Duration {
    (ttl / 3).mul_f64(1.0 - 0.1 * chance)
}

/// Doubles up to `most`, half of it by chance.
pub(crate) fn back_off(failures: u32, most: Duration, chance: f64) -> Duration {
    let doubled = IMPATIENCE.saturating_mul(1 << failures.saturating_sub(1).min(16));
    doubled.min(most.max(IMPATIENCE)).mul_f64(0.5 + 0.5 * chance)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_secs(30);

    fn at(seconds: u64) -> Moment {
        Moment::at(Duration::from_secs(seconds))
    }

    fn held() -> Lease {
        let mut lease = Lease::new(TTL, at(100));
        assert_eq!(lease.next(at(100)), Step::Grant(TTL));
        assert_eq!(lease.granted_at(7, TTL, at(100), 0.0), News::Usual);
        lease
    }

    #[test]
    fn it_is_renewed_three_times_within_its_time() {
        let mut lease = held();
        assert_eq!(lease.next(at(100)), Step::Wait(at(110)));
        assert_eq!(lease.next(at(110)), Step::Renew(7));
        assert_eq!(lease.renewed(Renewal::Alive(TTL), at(110), at(111), 1.0), News::Usual);
        assert_eq!(lease.next(at(111)), Step::Wait(at(119)));
        assert_eq!(lease.granted().unwrap().safe_until, at(140));
    }

    #[test]
    fn without_an_answer_it_is_asked_again_and_again() {
        let mut lease = held();
        for second in 110..400 {
            if lease.next(at(second)) == Step::Renew(7) {
                assert_eq!(lease.renewed(Renewal::Unknown, at(second), at(second), 1.0), News::Usual);
                let Step::Wait(due) = lease.next(at(second)) else { panic!("no pause") };
                assert!(due.since(at(second)) <= TTL / 6, "{due:?}");
            }
        }
        assert_eq!(lease.granted().unwrap().safe_until, at(130), "nothing was promised since");
        assert_eq!(lease.renewed(Renewal::Alive(TTL), at(400), at(401), 0.0), News::Usual);
        assert_eq!(lease.granted().unwrap().safe_until, at(430));
    }

    #[test]
    fn a_lost_one_is_granted_again_for_ever() {
        let mut lease = held();
        // As after SIGSTOP: nothing happened for ten minutes.
        assert_eq!(lease.next(at(700)), Step::Renew(7));
        assert_eq!(lease.renewed(Renewal::Gone, at(700), at(700), 0.0), News::Lost(Duration::from_secs(570)));
        assert_eq!((lease.granted(), lease.next(at(700))), (None, Step::Grant(TTL)));
        for second in 700..2000 {
            if matches!(lease.next(at(second)), Step::Grant(_)) {
                lease.refused(at(second), 1.0);
                let Step::Wait(due) = lease.next(at(second)) else { panic!("no pause") };
                assert!(due.since(at(second)) <= PATIENCE, "{due:?}");
            }
        }
        assert_eq!(lease.granted_at(8, TTL, at(2000), 0.0), News::Regained(Duration::from_secs(1870)));
        assert_eq!(
            lease.renewed(Renewal::Alive(Duration::ZERO), at(2010), at(2010), 0.0),
            News::Lost(Duration::ZERO)
        );
    }

    #[test]
    fn pauses_double_up_to_a_bound() {
        let pauses = [1, 2, 3, 7, 40].map(|failures| back_off(failures, PATIENCE, 1.0).as_millis());
        assert_eq!(pauses, [100, 200, 400, 5000, 5000]);
        assert_eq!(back_off(3, PATIENCE, 0.0).as_millis(), 200);
    }
}
