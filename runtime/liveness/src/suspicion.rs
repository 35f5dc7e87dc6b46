//! What a process that saw many services vanish at once tells those that did not: a key in etcd, for as long as the
//! services are held as suspects.
//!
//! Who comes later sees only that services have expired, not when: etcd keeps no times. So whoever watched them vanish
//! (a witness) writes the revision at which they were still there, on a lease as long as the hold; who was up at that
//! revision and has expired now is a suspect for everybody. Removing the key ends the hold everywhere. Without a
//! witness, or when etcd has compacted that revision away, expired services are down.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::clock::{Moment, chance};
use crate::error::Error;
use crate::etcd::{Committed, Etcd, LeaseTime};
use crate::guard::Hold;
use crate::keys::Key;
use crate::lease::back_off;
use crate::plan::{Plan, Write};
use crate::view::View;

/// Witnesses do not all speak at once.
const SPREAD: Duration = Duration::from_millis(200);
/// How often a witness tries to speak, and the longest pause between.
const TRIES: u32 = 10;
const PATIENCE: Duration = Duration::from_secs(5);

/// Tells others what the view sees, until it is cancelled. Who only heard of it does not pass it on: it would go round
/// after an operator ended it.
pub(crate) async fn witness(etcd: &Etcd, view: &View, cancel: &CancellationToken) {
    let mut holds = view.holds();
    let seen = |hold: &Option<Hold>| hold.is_some_and(|hold| hold.witnessed);
    while cancel.run_until_cancelled(holds.wait_for(seen)).await.is_some_and(|held| held.is_ok()) {
        let Some(hold) = *holds.borrow_and_update() else { continue };
        let mut told = None;
        for attempt in 1..=TRIES {
            // To its end, so that no lease is granted of which nobody knows.
            match tell(etcd, hold, view.hold_time()).await {
                Ok(lease) => {
                    told = lease;
                    break;
                }
                Err(error) if attempt == TRIES => {
                    tracing::warn!(%error, "others are not told that many services vanished at once");
                }
                Err(error) => tracing::debug!(%error, "others are not told yet that many services vanished"),
            }
            let pause =
                timeout(back_off(attempt, PATIENCE, chance()), holds.wait_for(|now| *now != Some(hold)));
            match cancel.run_until_cancelled(pause).await {
                None => return,
                Some(Ok(_)) => break,
                Some(Err(_)) => {}
            }
        }
        let over = cancel.run_until_cancelled(holds.wait_for(|now| *now != Some(hold))).await.is_some();
        if !over {
            // What was told stays true without this process, and ends by itself.
            return;
        }
        if let Some(lease) = told {
            let _ = etcd.revoke(lease).await;
        }
    }
}

/// What was told, when something was and it is still so. What cannot be true is as if nobody had said it: anybody may
/// have written it.
pub(crate) async fn told(etcd: &Etcd) -> Result<Option<Hold>, Error> {
    let key = etcd.keys.suspicion();
    let Some((_, Some(value))) = etcd.read(vec![key]).await?.into_iter().next() else { return Ok(None) };
    let before = std::str::from_utf8(&value.bytes).ok().and_then(|text| text.parse().ok());
    // Whoever saw it wrote it later.
    let past = |before: &i64| (1..value.modified).contains(before);
    let Some(before) = before.filter(past) else { return Ok(None) };
    let left = match value.lease {
        0 => None,
        lease => etcd.left(lease).await?,
    };
    let until = |left: LeaseTime| Moment::now() + left.remaining;
    Ok(left.map(|left| Hold { before, until: until(left), witnessed: false }))
}

/// Who may be a suspect, when it was told and it is still so: whoever was up when all were still there; nobody when etcd
/// has forgotten, or refuses to say.
pub(crate) async fn suspects(etcd: &Etcd) -> Result<Option<(Hold, Vec<Arc<str>>)>, Error> {
    let Some(hold) = told(etcd).await? else { return Ok(None) };
    let mut uuids = Vec::new();
    let see = |key: Vec<u8>, _| {
        if let Some(Key::Status { uuid, .. }) = etcd.keys.parse(&key) {
            uuids.push(Arc::from(uuid));
        }
    };
    match etcd.each(&etcd.keys.ups(), hold.before, see).await {
        Ok(_) => Ok(Some((hold, uuids))),
        Err(error) if error.is_passing() => Err(error),
        Err(error) => {
            tracing::warn!(%error, "it is not known who was up before many services vanished; none is a suspect");
            Ok(None)
        }
    }
}

/// Ends the hold for everybody; whether there was one.
pub(crate) async fn end(etcd: &Etcd) -> Result<bool, Error> {
    let key = etcd.keys.suspicion();
    let there = matches!(etcd.read(vec![key.clone()]).await?.first(), Some((_, Some(_))));
    if there {
        etcd.commit(&Plan { compare: Vec::new(), writes: vec![Write::Delete { key }] }).await?;
    }
    Ok(there)
}

/// Writes what is seen, if nobody has; the lease that it hangs on.
async fn tell(etcd: &Etcd, hold: Hold, time: Duration) -> Result<Option<i64>, Error> {
    // Every view sees it at the same moment; one is enough.
    sleep(SPREAD.mul_f64(chance())).await;
    if told(etcd).await?.is_some() {
        return Ok(None);
    }
    let (lease, _) = etcd.grant(time.min(hold.until.since(Moment::now()))).await?;
    let key = etcd.keys.suspicion();
    let put = Write::Put { key: key.clone(), value: hold.before.to_string().into_bytes(), lease };
    let written = etcd.commit(&Plan { compare: vec![(key, 0)], writes: vec![put] }).await;
    if let Ok(Committed::At(_)) = written {
        return Ok(Some(lease));
    }
    let _ = etcd.revoke(lease).await;
    written.map(|_| None)
}
