//! What a process that saw many services vanish at once tells those that did not: a key in etcd, for as long as the
//! services are held as suspects.
//!
//! Who comes later sees only that services have expired, not when: etcd keeps no times. So whoever watched them vanish
//! (a witness) writes the revision at which they were still there, on a lease as long as the hold; who was up at that
//! revision and has expired now is a suspect for everybody. Removing the key ends the hold everywhere. Without a
//! witness, or when etcd has compacted that revision away, expired services are down.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::clock::{Moment, chance};
use crate::error::Error;
use crate::etcd::{Committed, Etcd};
use crate::guard::Hold;
use crate::keys::Key;
use crate::plan::{Plan, Write};
use crate::view::View;

/// Witnesses do not all speak at once.
const SPREAD: Duration = Duration::from_millis(200);

/// Tells others what the view sees, until it is cancelled.
pub(crate) async fn witness(etcd: &Etcd, view: &View, cancel: &CancellationToken) {
    let mut holds = view.holds();
    while cancel.run_until_cancelled(holds.wait_for(Option::is_some)).await.is_some_and(|held| held.is_ok()) {
        let Some(hold) = *holds.borrow_and_update() else { continue };
        // To its end, so that no lease is granted of which nobody knows.
        let told = match tell(etcd, hold, view.hold_time()).await {
            Ok(told) => told,
            Err(error) => {
                tracing::warn!(%error, "others are not told that many services vanished at once");
                None
            }
        };
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

/// What was told, when something was and it is still so.
pub(crate) async fn told(etcd: &Etcd) -> Result<Option<Hold>, Error> {
    let key = etcd.keys.suspicion();
    let Some((_, Some(value))) = etcd.read(vec![key]).await?.into_iter().next() else { return Ok(None) };
    let before = std::str::from_utf8(&value.bytes).ok().and_then(|text| text.parse().ok());
    let Some(before) = before.filter(|before| *before > 0) else { return Ok(None) };
    let left = match value.lease {
        0 => None,
        lease => etcd.left(lease).await?,
    };
    Ok(left.map(|left| Hold { before, until: Moment::now() + left.remaining }))
}

/// Who was up when all were still there; nobody when etcd has forgotten.
pub(crate) async fn were_up(etcd: &Etcd, hold: Hold) -> Result<Vec<Arc<str>>, Error> {
    let prefix = etcd.keys.ups();
    let (mut from, mut uuids) = (None, Vec::new());
    loop {
        let page = match etcd.list(&prefix, from, hold.before).await {
            Ok(page) => page,
            Err(Error::Compacted(_)) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        uuids.extend(page.keys.iter().filter_map(|(key, _)| match etcd.keys.parse(key) {
            Some(Key::Status { uuid, .. }) => Some(Arc::from(uuid)),
            _ => None,
        }));
        from = page.next;
        if from.is_none() {
            return Ok(uuids);
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
