//! Carries a plan out: before hooks, handlers, after hooks; each group at once, one group after the other.
//!
//! Everything runs in the future of the dispatch; no task is spawned, so nothing outlives it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use servo_types::{Code, Failure};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::field::Empty;
use tracing::{Instrument as _, error_span};

use crate::plan::Plan;
use crate::registry::{Entry, Snapshot};
use crate::waits::Waits;
use crate::{
    Answer, BoxFuture, Call, Cancellation, Checker, Context, HookFailure, Moment, Options, Outcomes, Reply,
};

/// How long the bus waits for a handler that was told to stop. Longer than the grace of 5 s after which the host
/// ends a guest, so that this only ends handlers that nobody else ends.
pub const PATIENCE: Duration = Duration::from_secs(7);

/// Time for after hooks when the event has used up its own.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// No dispatch lasts longer than this beyond what it asks for, even when neither caller nor handler has a limit.
const BACKSTOP: Duration = Duration::from_secs(3600);

/// One dispatch.
pub(crate) struct Run<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) waits: &'a Waits,
    /// Numbers the calls.
    pub(crate) calls: &'a AtomicU64,
    pub(crate) options: &'a Options,
    /// What answers to a defined event must keep to.
    pub(crate) returns: Option<&'a Checker>,
}

/// What a group of handlers is told to stop for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// Somebody cancelled the dispatch.
    Cancelled,
    /// The time is over.
    Deadline,
    /// A sibling, by its place in the group, was aborted or cancelled.
    Sibling(usize),
}

/// A group of handlers that are asked at once.
struct Group<'a> {
    asked: &'a [usize],
    call: &'a Arc<Call>,
    deadline: Instant,
    cancel: CancellationToken,
    /// Whether a failure with this code ends the siblings.
    ends: fn(Code) -> bool,
}

/// What a group answered, one for each, in its order.
struct Answered {
    results: Vec<(Result<Reply, Failure>, Duration)>,
    ending: Option<Ending>,
}

impl Run<'_> {
    pub(crate) async fn run(&self, plan: Plan, call: Arc<Call>) -> Outcomes {
        let time = self.options.timeout.unwrap_or_else(|| call.asked().saturating_add(BACKSTOP));
        let now = Instant::now();
        let deadline = now.checked_add(time).unwrap_or(now + BACKSTOP);
        let mut outcomes = Outcomes::new(call.event());
        outcomes.skipped = plan.skipped;
        outcomes.unhandled = plan.unhandled;
        if self.too_late(deadline).is_none() {
            self.before(&plan.before, &call, deadline, &mut outcomes).await;
        }
        if outcomes.cancelled_by.is_some() {
            return outcomes;
        }
        if let Some(failure) = self.too_late(deadline) {
            let unasked = |index: &usize| self.answer(*index, Err(failure.clone()), Duration::ZERO);
            outcomes.answers = plan.on.iter().map(unasked).collect();
            return outcomes;
        }
        if self.options.first {
            self.first(&plan.on, &call, deadline, &mut outcomes).await;
        } else {
            self.on(&plan.on, &call, deadline, &mut outcomes).await;
        }
        self.after(&plan.after, deadline, &mut outcomes).await;
        outcomes
    }

    /// Calls the hooks before the event; one that answers `cancelled` of its own accord cancels it.
    async fn before(&self, hooks: &[usize], call: &Arc<Call>, deadline: Instant, outcomes: &mut Outcomes) {
        if hooks.is_empty() {
            return;
        }
        let hook = Arc::new(Call::Before { event: call.event(), arguments: call.arguments() });
        let cancel = self.options.cancel.child_token();
        let ends = |code| code == Code::Cancelled;
        let answered = self.ask_all(Group { asked: hooks, call: &hook, deadline, cancel, ends }).await;
        for (place, (index, (result, _))) in hooks.iter().zip(answered.results).enumerate() {
            let Err(failure) = result else { continue };
            let connector = Arc::clone(&self.entry(*index).registration.name);
            if answered.ending == Some(Ending::Sibling(place)) {
                outcomes.cancelled_by = Some(Cancellation { connector, failure });
            } else {
                outcomes.hook_failures.push(HookFailure { connector, moment: Moment::Before, failure });
            }
        }
    }

    /// Asks all at once.
    async fn on(&self, asked: &[usize], call: &Arc<Call>, deadline: Instant, outcomes: &mut Outcomes) {
        if asked.is_empty() {
            return;
        }
        let cancel = self.options.cancel.child_token();
        let answered = self.ask_all(Group { asked, call, deadline, cancel, ends }).await;
        if let Some(Ending::Sibling(place)) = answered.ending {
            outcomes.ended_by = Some(place);
        }
        let answers = asked.iter().zip(answered.results);
        outcomes.answers = answers.map(|(index, (result, took))| self.answer(*index, result, took)).collect();
    }

    /// Asks one after another until one answers. One that is aborted or cancelled ends the search, as it would end
    /// its siblings.
    async fn first(&self, asked: &[usize], call: &Arc<Call>, deadline: Instant, outcomes: &mut Outcomes) {
        for index in asked {
            if let Some(failure) = self.too_late(deadline) {
                outcomes.answers.push(self.answer(*index, Err(failure), Duration::ZERO));
                return;
            }
            let cancel = self.options.cancel.child_token();
            let group = Group { asked: std::slice::from_ref(index), call, deadline, cancel, ends };
            for (result, took) in self.ask_all(group).await.results {
                let last = match &result {
                    Ok(_) => true,
                    Err(failure) => ends(failure.code),
                };
                outcomes.answers.push(self.answer(*index, result, took));
                if last {
                    return;
                }
            }
        }
    }

    /// Calls the hooks after the event. They see how it ended even when it ran out of time or was cancelled, and
    /// get a little time for that.
    async fn after(&self, hooks: &[usize], deadline: Instant, outcomes: &mut Outcomes) {
        if hooks.is_empty() {
            return;
        }
        let hook = Arc::new(Call::After { event: outcomes.event, outcomes: outcomes.json() });
        let last_words = Instant::now() + LAST_WORDS;
        let (cancel, deadline) = if self.options.cancel.is_cancelled() {
            (CancellationToken::new(), last_words)
        } else {
            (self.options.cancel.child_token(), deadline.max(last_words))
        };
        let answered =
            self.ask_all(Group { asked: hooks, call: &hook, deadline, cancel, ends: |_| false }).await;
        for (index, (result, _)) in hooks.iter().zip(answered.results) {
            if let Err(failure) = result {
                let connector = Arc::clone(&self.entry(*index).registration.name);
                outcomes.hook_failures.push(HookFailure { connector, moment: Moment::After, failure });
            }
        }
    }

    /// Asks a group and waits until all have answered, or were told to stop and had their time for it.
    async fn ask_all(&self, group: Group<'_>) -> Answered {
        let started = Instant::now();
        let mut slots: Vec<Option<(Result<Reply, Failure>, Duration)>> =
            group.asked.iter().map(|_| None).collect();
        let asks = group.asked.iter().enumerate();
        let mut running: FuturesUnordered<_> =
            asks.map(|(place, index)| self.seen(*index, &group).map(move |result| (place, result))).collect();
        let mut ending = None;
        let mut cancelled = pin!(group.cancel.cancelled());
        let mut limit = pin!(sleep_until(group.deadline));
        loop {
            tokio::select! {
                biased;
                next = running.next() => {
                    let Some((place, result)) = next else { break };
                    let result = result.map_err(|failure| blame(failure, ending));
                    if ending.is_none() && result.as_ref().is_err_and(|failure| (group.ends)(failure.code)) {
                        // It may have heard of the end of the whole before this loop did.
                        let told = self.options.cancel.is_cancelled() && group.cancel.is_cancelled();
                        ending = Some(if told { Ending::Cancelled } else { Ending::Sibling(place) });
                        group.cancel.cancel();
                        limit.as_mut().reset(Instant::now() + PATIENCE);
                    }
                    slots[place] = Some((result, started.elapsed()));
                }
                () = &mut cancelled, if ending.is_none() => {
                    ending = Some(Ending::Cancelled);
                    limit.as_mut().reset(Instant::now() + PATIENCE);
                }
                () = &mut limit => {
                    if ending.is_some() {
                        break;
                    }
                    ending = Some(Ending::Deadline);
                    group.cancel.cancel();
                    limit.as_mut().reset(group.deadline + PATIENCE);
                }
            }
        }
        let results = slots.into_iter().zip(group.asked).map(|(slot, index)| {
            slot.unwrap_or_else(|| {
                (Err(stubborn(&self.entry(*index).registration.name, ending)), started.elapsed())
            })
        });
        Answered { results: results.collect(), ending }
    }

    /// Asks one handler, for those who follow traces to see.
    async fn seen(&self, index: usize, group: &Group<'_>) -> Result<Reply, Failure> {
        let span = error_span!(
            target: "span",
            "call",
            otel.name = Empty,
            servo.connector = Empty,
            servo.event = Empty,
            otel.status_description = Empty
        );
        if span.is_disabled() {
            return self.ask(index, group).await;
        }
        let (event, connector) = (group.call.event(), &*self.entry(index).registration.name);
        span.record("otel.name", format!("{event} {connector}"));
        span.record("servo.connector", connector).record("servo.event", event.name());
        let result = self.ask(index, group).instrument(span.clone()).await;
        if let Err(failure) = &result {
            span.record("otel.status_description", failure.to_string());
        }
        result
    }

    /// Asks one handler, unless that would make connectors wait for each other.
    async fn ask(&self, index: usize, group: &Group<'_>) -> Result<Reply, Failure> {
        let Entry { registration, handler, node } = self.entry(index);
        let callers = &self.options.callers;
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let mut context = Context {
            cancel: group.cancel.clone(),
            deadline: group.deadline,
            progress: self.options.progress.clone(),
            callers: callers.push(Arc::clone(&registration.name), *node, call),
        };
        let asked = Arc::clone(group.call);
        let Some(maker) = callers.link() else {
            let answer = guarded(&registration.name, || handler.call(asked, context)).await;
            return self.checked(&registration.name, answer);
        };
        context.cancel = group.cancel.child_token();
        let wait = self.waits.enter(maker, *node, call, &context.cancel);
        let mut wait = wait.map_err(|ring| ring.failure())?;
        let answer = tokio::select! {
            biased;
            Ok(ring) = &mut wait.broken => return Err(ring.failure()),
            answer = guarded(&registration.name, || handler.call(asked, context)) => answer,
        };
        // The ring may have closed on another thread while the handler was polled, which then says that it was told
        // to stop.
        match (&answer, wait.broken.try_recv()) {
            (Err(failure), Ok(ring)) if failure.code == Code::Cancelled => Err(ring.failure()),
            _ => self.checked(&registration.name, answer),
        }
    }

    /// An answer to a defined event, if it is what the definition says.
    fn checked(&self, name: &str, answer: Result<Reply, Failure>) -> Result<Reply, Failure> {
        let (Ok(Reply::Custom(value)), Some(check)) = (&answer, self.returns) else { return answer };
        match check(value) {
            Ok(()) => answer,
            Err(problem) => {
                let text =
                    format!("`{name}` answered what the definition of the event does not allow: {problem}");
                Err(Failure::failed(text).because("returns"))
            }
        }
    }

    /// Why nobody else is to be asked, if that is so.
    fn too_late(&self, deadline: Instant) -> Option<Failure> {
        if self.options.cancel.is_cancelled() {
            return Some(Failure::new(Code::Cancelled, "not asked, because the event was cancelled before"));
        }
        (Instant::now() >= deadline).then(|| {
            Failure::new(Code::TimedOut, "not asked, because the time for the event was over before")
        })
    }

    fn answer(&self, index: usize, result: Result<Reply, Failure>, took: Duration) -> Answer {
        Answer { connector: Arc::clone(&self.entry(index).registration.name), result, took }
    }

    /// Indices come from the plan, which was made from this snapshot.
    fn entry(&self, index: usize) -> &Entry {
        &self.snapshot.entries[index]
    }
}

/// Going on would do harm, or is not wanted.
fn ends(code: Code) -> bool {
    matches!(code, Code::Aborted | Code::Cancelled)
}

/// A handler that was told to stop because its time was over says `cancelled`; its caller must hear of the time.
fn blame(mut failure: Failure, ending: Option<Ending>) -> Failure {
    if ending == Some(Ending::Deadline) && failure.code == Code::Cancelled {
        failure.code = Code::TimedOut;
        failure.message.insert_str(0, "its time was over: ");
    }
    failure
}

fn stubborn(name: &str, ending: Option<Ending>) -> Failure {
    let why = match ending {
        Some(Ending::Cancelled) => "the event was cancelled",
        Some(Ending::Sibling(_)) => "another connector ended the event",
        Some(Ending::Deadline) | None => "its time was over",
    };
    let seconds = PATIENCE.as_secs();
    Failure::new(
        Code::TimedOut,
        format!("`{name}` went on for {seconds} s after it was told to stop, because {why}"),
    )
    .because("stubborn")
}

/// A panic is a bug of one native handler; its siblings and the servo go on.
async fn guarded<'a>(
    name: &str,
    call: impl FnOnce() -> BoxFuture<'a, Result<Reply, Failure>>,
) -> Result<Reply, Failure> {
    let answer = match catch_unwind(AssertUnwindSafe(call)) {
        Ok(answer) => AssertUnwindSafe(answer).catch_unwind().await,
        Err(panic) => Err(panic),
    };
    answer.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(Failure::failed(format!("`{name}` panicked, please report this: {text}")).because("panic"))
    })
}

#[cfg(test)]
mod tests;
