//! Follows etcd: lists everything once, then watches from that revision on; after a break it goes on where it was.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::book::Fact;
use crate::clock::{Moment, chance};
use crate::error::Error;
use crate::etcd::{Etcd, Event, Seen, Watch};
use crate::facts::{everything, fact};
use crate::keys::Key;
use crate::lease::back_off;
use crate::suspicion::{told, were_up, witness};
use crate::view::View;

/// Between two requests for a sign that nothing was missed.
const PULSE: Duration = Duration::from_millis(500);
/// The longest pause after a break.
const PATIENCE: Duration = Duration::from_secs(5);

/// Keeps the view fresh until it is cancelled, and tells others what is seen.
pub(crate) async fn follow(etcd: Arc<Etcd>, view: View, cancel: CancellationToken) {
    tokio::join!(keep_fresh(&etcd, &view, &cancel), witness(&etcd, &view, &cancel));
}

async fn keep_fresh(etcd: &Etcd, view: &View, cancel: &CancellationToken) {
    let mut last = None;
    let mut failures = 0u32;
    while !cancel.is_cancelled() {
        let followed = cancel.run_until_cancelled(attempt(etcd, view, &mut last, &mut failures)).await;
        let Some(Err(error)) = followed else { return };
        if let Error::Compacted(_) = error {
            last = None;
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

/// Follows until something breaks. `last` is the last revision that is known.
async fn attempt(etcd: &Etcd, view: &View, last: &mut Option<i64>, failures: &mut u32) -> Result<(), Error> {
    let prefix = etcd.keys.base();
    let known = match *last {
        Some(known) => known,
        None => list(etcd, view).await?,
    };
    *last = Some(known);
    let mut watch = etcd.watch(&prefix, known + 1).await?;
    view.watch_began();
    let broken = watching(etcd, view, &mut watch, last, failures).await;
    if !matches!(broken, Err(Error::Compacted(_))) {
        etcd.leave(watch.turn).await;
    }
    broken
}

/// Takes what a watch brings until it breaks.
async fn watching(
    etcd: &Etcd,
    view: &View,
    watch: &mut Watch,
    last: &mut Option<i64>,
    failures: &mut u32,
) -> Result<(), Error> {
    let (mut asked, mut answered): (Option<Moment>, Option<Moment>) = (None, None);
    // What had come when the question was asked that is answered next.
    let mut had = *last;
    let mut pulse = Instant::now();
    loop {
        let due = view.due().map(|due| Instant::now() + due.since(Moment::now()));
        let seen = tokio::select! {
            seen = watch.next() => seen?,
            () = sleep_until(pulse) => {
                match asked {
                    // Not even this is answered: the connection is dead or the member stands still.
                    Some(since) if Moment::now().since(since) > etcd.timeout() => {
                        return Err(Error::Silent { endpoints: etcd.endpoints(), after: etcd.timeout() });
                    }
                    Some(_) => {}
                    None => {
                        (asked, had) = (Some(Moment::now()), *last);
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
                for events in events.chunk_by(|one, next| one.revision == next.revision) {
                    let revision = events[0].revision;
                    let facts: Vec<Fact> =
                        events.iter().filter_map(|event| fact(&etcd.keys, event)).collect();
                    view.write(|book, now| book.apply(facts, revision, now));
                    let ends = |event: &Event| {
                        event.value.is_none() && etcd.keys.parse(&event.key) == Some(Key::Suspicion)
                    };
                    if events.iter().any(ends) {
                        view.write(|book, now| book.tick(now, true));
                    }
                    *last = Some(revision);
                }
            }
            // etcd has forgotten what it held: it was started with another store. An answer may be older than what came
            // before it, but not than what had come before the question.
            Seen::Progress { revision, .. } if had.is_some_and(|had| revision < had) => {
                return Err(Error::Compacted(revision));
            }
            Seen::Progress { began: true, .. } => {}
            Seen::Progress { .. } => {
                // etcd before 3.4.25 may answer before it has sent what happened earlier (etcd issue 15220). What
                // happened before the question before this one has come by now.
                if let Some(before) = std::mem::replace(&mut answered, asked.take()) {
                    view.is_fresh_as_of(before);
                }
            }
        }
    }
}

/// Puts everything as it is at one revision, which it returns, into the view.
async fn list(etcd: &Etcd, view: &View) -> Result<i64, Error> {
    let began = Moment::now();
    let (revision, facts) = everything(etcd).await?;
    let suspicion = told(etcd).await?;
    let suspects = match suspicion {
        Some(hold) => were_up(etcd, hold).await?,
        None => Vec::new(),
    };
    view.listed();
    view.write(|book, now| {
        let mut changes = book.replace(facts, revision, now);
        changes.extend(suspicion.into_iter().flat_map(|hold| book.suspect(&suspects, hold, now)));
        changes
    });
    view.is_fresh_as_of(began);
    Ok(revision)
}
