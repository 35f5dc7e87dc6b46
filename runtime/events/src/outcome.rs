//! What became of a dispatch: every answer and every failure is kept, the worst failure is named.

use std::sync::Arc;
use std::time::Duration;

use servo_types::Failure;

use crate::{Event, Moment, Reply};

/// What became of a dispatch.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcomes {
    /// The event.
    pub event: Event,
    /// One for every connector that was to be asked, in the order of registration.
    pub answers: Vec<Answer>,
    /// Connectors that were not asked or not called as hooks, because they wait for this very dispatch.
    pub skipped: Vec<Arc<str>>,
    /// Connectors that were named in `include`, but do not handle the event.
    pub unhandled: Vec<Arc<str>>,
    /// Hooks that failed; the event went on all the same.
    pub hook_failures: Vec<HookFailure>,
    /// The before hook that cancelled the event; then there are no answers.
    pub cancelled_by: Option<Cancellation>,
    /// The answer, aborted or cancelled, that ended its siblings: an index into `answers`.
    pub ended_by: Option<usize>,
}

/// The answer of one connector.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Its alias.
    pub connector: Arc<str>,
    /// What it answered, or why it did not.
    pub result: Result<Reply, Failure>,
    /// How long the bus waited for it.
    pub took: Duration,
}

/// A hook that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookFailure {
    /// Its connector.
    pub connector: Arc<str>,
    /// Before or after the event.
    pub moment: Moment,
    /// Why.
    pub failure: Failure,
}

/// A cancelled event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancellation {
    /// The connector whose hook cancelled it.
    pub connector: Arc<str>,
    /// With code `cancelled`, and why.
    pub failure: Failure,
}

impl Outcomes {
    /// Nothing yet.
    pub fn new(event: Event) -> Self {
        Self {
            event,
            answers: Vec::new(),
            skipped: Vec::new(),
            unhandled: Vec::new(),
            hook_failures: Vec::new(),
            cancelled_by: None,
            ended_by: None,
        }
    }

    /// The replies of those that answered, with their names.
    pub fn replies(&self) -> impl Iterator<Item = (&Arc<str>, &Reply)> {
        self.answers.iter().filter_map(|answer| Some((&answer.connector, answer.result.as_ref().ok()?)))
    }

    /// All failures of the event with their connectors, the worst first: by code, then the one that ended its
    /// siblings, then in the order of registration. A cancelled event counts as one; failures of other hooks are no
    /// failures of the event.
    pub fn failures(&self) -> Vec<(&Arc<str>, &Failure)> {
        let cancelled = self.cancelled_by.iter().map(|by| (true, &by.connector, &by.failure));
        let failed = self.answers.iter().enumerate().filter_map(|(index, answer)| {
            Some((self.ended_by == Some(index), &answer.connector, answer.result.as_ref().err()?))
        });
        let mut all: Vec<_> = cancelled.chain(failed).collect();
        all.sort_by_key(|(cause, _, failure)| std::cmp::Reverse((failure.code, *cause)));
        all.into_iter().map(|(_, connector, failure)| (connector, failure)).collect()
    }

    /// The failure to report; the others are additional.
    pub fn worst(&self) -> Option<&Failure> {
        self.failures().first().map(|(_, failure)| *failure)
    }
}

#[cfg(test)]
mod tests;
