//! Follows etcd: lists everything once, then watches from that revision on; after a break it goes on where it was, if
//! it is still the same etcd.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::book::Fact;
use crate::clock::{Moment, chance};
use crate::error::Error;
use crate::etcd::{Etcd, Event, Seen, Watch};
use crate::facts::{everything, fact};
use crate::history::Mark;
use crate::keys::Key;
use crate::lease::back_off;
use crate::pulse::{Other, Pulse};
use crate::suspicion::{suspects, witness};
use crate::view::View;

/// Between two requests for a sign that nothing was missed.
const PULSE: Duration = Duration::from_millis(500);
/// The longest pause after a break.
const PATIENCE: Duration = Duration::from_secs(5);

/// Up to where a history is known.
struct Known {
    revision: i64,
    mark: Mark,
}

/// Keeps the view fresh until it is cancelled, and tells others what is seen.
pub(crate) async fn follow(etcd: Arc<Etcd>, view: View, cancel: CancellationToken) {
    tokio::join!(keep_fresh(&etcd, &view, &cancel), witness(&etcd, &view, &cancel));
}

async fn keep_fresh(etcd: &Etcd, view: &View, cancel: &CancellationToken) {
    let mut known = None;
    let mut failures = 0u32;
    while !cancel.is_cancelled() {
        let followed = cancel.run_until_cancelled(attempt(etcd, view, &mut known, &mut failures)).await;
        let Some(Err(error)) = followed else { return };
        if is_lost(&error) {
            known = None;
        }
        view.broke(&error);
        failures = failures.saturating_add(1);
        // One line for each outage, not for each attempt.
        if failures == 1 {
            tracing::warn!(%error, "the view of services is cut off; it goes on where it was");
        } else {
            tracing::debug!(%error, failures, "the view of services is still cut off");
        }
        tokio::select! {
            () = pause(view, back_off(failures, PATIENCE, chance())) => {}
            () = cancel.cancelled() => return,
        }
    }
}

/// Suspects are let go on time although etcd is away.
async fn pause(view: &View, time: Duration) {
    sleep(time).await;
    view.write(|book, now| book.tick(now, false));
}

/// Whether the history cannot be followed any further.
fn is_lost(error: &Error) -> bool {
    matches!(error, Error::Compacted(_) | Error::OtherHistory)
}

/// Follows until something breaks.
async fn attempt(
    etcd: &Etcd,
    view: &View,
    known: &mut Option<Known>,
    failures: &mut u32,
) -> Result<(), Error> {
    let prefix = etcd.keys.base();
    let goes_on = known.is_some();
    let known = match known {
        Some(known) => known,
        None => known.insert(list(etcd, view).await?),
    };
    let mut watch = etcd.watch(&prefix, known.revision + 1).await?;
    // Before anything of the watch counts, and after it began: what ends it now is noticed.
    if goes_on && !known.mark.is_in(etcd).await? {
        return Err(Error::OtherHistory);
    }
    view.watch_began();
    let broken = watching(etcd, view, &mut watch, known, failures).await;
    if !broken.as_ref().is_err_and(is_lost) {
        etcd.leave(watch.turn).await;
    }
    broken
}

/// Takes what a watch brings until it breaks.
async fn watching(
    etcd: &Etcd,
    view: &View,
    watch: &mut Watch,
    known: &mut Known,
    failures: &mut u32,
) -> Result<(), Error> {
    let mut signs = Pulse::new(known.revision);
    let mut pulse = Instant::now();
    let mut late = false;
    loop {
        let due = view.due().map(|due| Instant::now() + due.since(Moment::now()));
        let seen = tokio::select! {
            seen = watch.next() => seen?,
            () = sleep_until(pulse) => {
                match signs.waits() {
                    // Not even this is answered: the connection is dead or the member stands still.
                    Some(since) if Moment::now().since(since) > etcd.timeout() => {
                        return Err(etcd.silent(etcd.timeout()));
                    }
                    Some(_) => {}
                    None => {
                        signs.ask(Moment::now());
                        watch.ask_progress().await?;
                    }
                }
                pulse = Instant::now() + PULSE;
                continue;
            }
            () = sleep_until(due.unwrap_or(pulse)), if due.is_some() => {
                view.write(|book, now| book.tick(now, false));
                continue;
            }
        };
        if std::mem::take(failures) > 0 {
            tracing::info!("the view of services is fresh again");
        }
        match seen {
            Seen::Changes(events) => {
                let gap = view.age().unwrap_or(Duration::MAX);
                for events in events.chunk_by(|one, next| one.revision == next.revision) {
                    late |= change(etcd, view, events, gap);
                    let revision = events[0].revision;
                    signs.saw(revision);
                    known.revision = revision;
                    known.mark = Mark::happened(events).unwrap_or(Mark::Nothing(revision));
                }
            }
            Seen::Progress { revision, began: true } => signs.began(revision),
            Seen::Progress { revision, .. } => match signs.answer(revision) {
                Ok(Some(fresh)) => {
                    if std::mem::take(&mut late) {
                        // Nobody saw here who vanished at once; others may have.
                        if let Some((hold, suspects)) = suspects(etcd).await? {
                            view.write(|book, now| book.suspect(&suspects, hold, now));
                        }
                    }
                    view.is_fresh_as_of(fresh);
                }
                Ok(None) => {}
                Err(Other) => return Err(Error::OtherHistory),
            },
        }
    }
}

/// Takes what changed at one revision; whether it may be long ago.
fn change(etcd: &Etcd, view: &View, events: &[Event], gap: Duration) -> bool {
    let facts: Vec<Fact> =
        events.iter().filter_map(|event| fact(&etcd.keys, &event.key, event.value.as_ref())).collect();
    let ends = |event: &Event| event.value.is_none() && etcd.keys.parse(&event.key) == Some(Key::Suspicion);
    let mut late = false;
    view.write(|book, now| {
        late = book.unseen_for(gap);
        book.apply(facts, events[0].revision, now)
    });
    if events.iter().any(ends) {
        view.write(|book, now| book.tick(now, true));
    }
    late
}

/// Puts everything as it is at one revision into the view.
async fn list(etcd: &Etcd, view: &View) -> Result<Known, Error> {
    let began = Moment::now();
    let (revision, facts) = everything(etcd).await?;
    let suspects = suspects(etcd).await?;
    view.listed();
    let gap = view.age().unwrap_or(Duration::MAX);
    let mut mark = Mark::Nothing(revision);
    view.write(|book, now| {
        book.unseen_for(gap);
        let mut changes = book.replace(facts, revision, now);
        changes.extend(suspects.into_iter().flat_map(|(hold, uuids)| book.suspect(&uuids, hold, now)));
        mark = Mark::listed(book.model());
        changes
    });
    view.is_fresh_as_of(began);
    Ok(Known { revision, mark })
}
