//! Whether a watch has brought everything up to now: what it brings and what etcd answers in between go in, the moment
//! as of which nothing is missing comes out. No IO.
//!
//! A watch is silent when nothing happens, when the line is dead, and when etcd is behind with it. So it is asked for a
//! sign from time to time. Since 3.4.25 etcd gives it only after all that happened before; earlier ones give it at once
//! (etcd issue 15220), while they send what a watch has missed in batches of 1,000 revisions, ten times a second.

use crate::clock::Moment;

/// What is known of one watch.
#[derive(Debug)]
pub(crate) struct Pulse {
    /// The newest revision that was seen.
    last: i64,
    /// The revision of etcd when the watch began: what is not newer was missed before.
    began: i64,
    /// Something that was missed came since the last answer.
    behind: bool,
    /// The question that is not answered yet, and what had been seen then.
    asked: Option<(Moment, i64)>,
    /// When the question before was asked, which is answered.
    answered: Option<Moment>,
}

/// An answer of an etcd that does not hold what was seen before.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Other;

impl Pulse {
    pub(crate) fn new(last: i64) -> Self {
        Self { last, began: last, behind: false, asked: None, answered: None }
    }

    /// The watch began while etcd was at this revision.
    pub(crate) fn began(&mut self, revision: i64) {
        self.began = revision;
    }

    /// What happened at this revision was seen.
    pub(crate) fn saw(&mut self, revision: i64) {
        self.last = revision;
        self.behind |= revision < self.began;
    }

    /// A question was asked.
    pub(crate) fn ask(&mut self, now: Moment) {
        self.asked = Some((now, self.last));
    }

    /// Since when an answer is waited for.
    pub(crate) fn waits(&self) -> Option<Moment> {
        self.asked.map(|(when, _)| when)
    }

    /// etcd answered, and is at this revision. When nothing can be missing, as of when.
    ///
    /// # Errors
    /// When that is another etcd. An answer may be older than what came before it, but not than what had come before
    /// the question.
    pub(crate) fn answer(&mut self, revision: i64) -> Result<Option<Moment>, Other> {
        if revision < self.asked.map_or(0, |(_, had)| had) {
            return Err(Other);
        }
        let asked = self.asked.take().map(|(when, _)| when);
        let before = std::mem::replace(&mut self.answered, asked);
        // Of what was missed nothing has come between two answers, or all has. The revision of etcd counts other keys,
        // too, so it need not be reached.
        let behind = std::mem::replace(&mut self.behind, false) && self.last < self.began;
        // What happened before the question before this one has come by now.
        Ok(before.filter(|_| !behind))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::at(Duration::from_secs(seconds))
    }

    #[test]
    fn it_is_fresh_as_of_the_question_before() {
        let mut pulse = Pulse::new(7);
        pulse.began(7);
        let mut fresh = Vec::new();
        for second in 1..=4 {
            assert_eq!(pulse.waits(), None);
            pulse.ask(at(second));
            assert_eq!(pulse.waits(), Some(at(second)));
            pulse.saw(7 + second as i64);
            fresh.push(pulse.answer(20));
        }
        assert_eq!(fresh, [Ok(None), Ok(Some(at(1))), Ok(Some(at(2))), Ok(Some(at(3)))]);
    }

    #[test]
    fn an_answer_older_than_what_came_meanwhile_is_no_other_etcd() {
        let mut pulse = Pulse::new(7);
        pulse.ask(at(1));
        // The answer was on its way already.
        pulse.saw(8);
        pulse.saw(9);
        assert_eq!(pulse.answer(7), Ok(None));
        pulse.ask(at(2));
        assert_eq!(pulse.answer(9), Ok(Some(at(1))));
        pulse.ask(at(3));
        assert_eq!(pulse.answer(8), Err(Other), "9 was known when it was asked");
    }

    #[test]
    fn it_is_not_fresh_while_what_was_missed_still_comes() {
        let mut pulse = Pulse::new(10);
        pulse.began(5_000);
        for (second, seen) in [(1, 1_010), (2, 2_010), (3, 3_010)] {
            pulse.ask(at(second));
            pulse.saw(seen);
            assert_eq!(pulse.answer(5_000 + seen), Ok(None), "{seen}");
        }
        pulse.ask(at(4));
        pulse.saw(5_000);
        assert_eq!(pulse.answer(9_000), Ok(Some(at(3))), "that was all");
    }

    #[test]
    fn what_others_did_to_other_keys_is_not_waited_for() {
        let mut pulse = Pulse::new(10);
        pulse.began(5_000);
        pulse.ask(at(1));
        pulse.saw(600);
        assert_eq!(pulse.answer(5_000), Ok(None));
        pulse.ask(at(2));
        assert_eq!(pulse.answer(5_000), Ok(Some(at(1))));
    }
}
