//! Follows etcd: lists everything once, then watches from that revision on; after a break it goes on where it was.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::book::{Fact, Recorded};
use crate::clock::{Moment, chance};
use crate::error::Error;
use crate::etcd::{Etcd, Event, Seen};
use crate::keys::Key;
use crate::lease::back_off;
use crate::plan::Value;
use crate::record::Service;
use crate::view::View;

/// Between two requests for a sign that nothing was missed.
const PULSE: Duration = Duration::from_millis(500);
/// The longest pause after a break.
const PATIENCE: Duration = Duration::from_secs(5);

/// Keeps the view fresh until it is cancelled.
pub(crate) async fn follow(etcd: Arc<Etcd>, view: View, cancel: CancellationToken) {
    let mut last = None;
    let mut failures = 0u32;
    while !cancel.is_cancelled() {
        let followed = cancel.run_until_cancelled(attempt(&etcd, &view, &mut last, &mut failures)).await;
        let Some(Err(error)) = followed else { return };
        if let Error::Compacted(_) = error {
            last = None;
        }
        failures = failures.saturating_add(1);
        // One line for each outage, not for each attempt.
        if failures == 1 {
            tracing::warn!(%error, "the view of services is cut off; it goes on where it was");
        } else {
            tracing::debug!(%error, failures, "the view of services is still cut off");
        }
        if failures % 4 == 0 {
            etcd.disconnect().await;
        }
        tokio::select! {
            () = pause(&view, back_off(failures, PATIENCE, chance())) => {}
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
    let (mut asked, mut answered): (Option<Moment>, Option<Moment>) = (None, None);
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
                        asked = Some(Moment::now());
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
                    let facts: Vec<Fact> = events.iter().filter_map(|event| fact(etcd, event)).collect();
                    view.write(|book, now| book.apply(facts, revision, now));
                    *last = Some(revision);
                }
            }
            // etcd has forgotten what it held: it was started with another store.
            Seen::Progress { revision, .. } if last.is_some_and(|last| revision < last) => {
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

/// Lists everything at one revision, which it returns.
async fn list(etcd: &Etcd, view: &View) -> Result<i64, Error> {
    let began = Moment::now();
    let (mut revision, mut facts) = (0, Vec::new());
    for prefix in [etcd.keys.records(), etcd.keys.statuses()] {
        let mut from = None;
        loop {
            let page = etcd.list(&prefix, from, revision).await?;
            revision = page.revision;
            let events =
                page.keys.into_iter().map(|(key, value)| Event { key, value: Some(value), revision });
            facts.extend(events.filter_map(|event| fact(etcd, &event)));
            from = page.next;
            if from.is_none() {
                break;
            }
        }
    }
    view.write(|book, now| book.replace(facts, revision, now));
    view.listed();
    view.is_fresh_as_of(began);
    Ok(revision)
}

/// What an event says of a service; nothing for keys that the view does not need, and for records of strangers.
fn fact(etcd: &Etcd, event: &Event) -> Option<Fact> {
    match etcd.keys.parse(&event.key)? {
        Key::Record { uuid } => {
            let uuid: Arc<str> = uuid.into();
            let record = event.value.as_ref().and_then(|value| recorded(&uuid, value));
            Some(Fact::Record { uuid, record })
        }
        Key::Status { status, uuid } => Some(Fact::Status {
            uuid: uuid.into(),
            status,
            lease: event.value.as_ref().map(|value| value.lease),
        }),
        Key::TypeHost { .. } | Key::Region => None,
    }
}

fn recorded(uuid: &Arc<str>, value: &Value) -> Option<Recorded> {
    match Service::decode(&value.bytes) {
        Ok(service) if service.uuid == *uuid => {
            let service = Service { uuid: Arc::clone(uuid), ..service };
            Some(Recorded { service, created: value.created, modified: value.modified })
        }
        Ok(service) => {
            tracing::warn!(%uuid, names = %service.uuid, "a record names another service than its key; it does not count");
            None
        }
        Err(error) => {
            tracing::warn!(%uuid, %error, "a record does not count");
            None
        }
    }
}
