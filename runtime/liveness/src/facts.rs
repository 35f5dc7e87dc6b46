//! What the keys of etcd say of services.

use std::sync::Arc;

use crate::book::{Fact, Recorded};
use crate::error::Error;
use crate::etcd::Etcd;
use crate::keys::{Key, Keys};
use crate::plan::Value;
use crate::record::Service;

/// Reads everything, page by page, as it is at one revision.
pub(crate) async fn everything(etcd: &Etcd) -> Result<(i64, Vec<Fact>), Error> {
    let (mut revision, mut facts) = (0, Vec::new());
    for prefix in [etcd.keys.records(), etcd.keys.statuses()] {
        let see = |key: Vec<u8>, value| facts.extend(fact(&etcd.keys, &key, Some(&value)));
        revision = etcd.each(&prefix, revision, see).await?;
    }
    Ok((revision, facts))
}

/// What it says of a service that this stands at a key, or nothing does; nothing for keys that the view does not need, and
/// for records of strangers.
pub(crate) fn fact(keys: &Keys, key: &[u8], value: Option<&Value>) -> Option<Fact> {
    match keys.parse(key)? {
        Key::Record { uuid } => {
            let uuid: Arc<str> = uuid.into();
            let record = value.and_then(|value| recorded(&uuid, value));
            Some(Fact::Record { uuid, record })
        }
        Key::Status { status, uuid } => {
            Some(Fact::Status { uuid: uuid.into(), status, lease: value.map(|value| value.lease) })
        }
        Key::TypeHost { .. } | Key::Region | Key::Suspicion => None,
    }
}

fn recorded(uuid: &Arc<str>, value: &Value) -> Option<Box<Recorded>> {
    match Service::decode(&value.bytes) {
        Ok(service) if service.uuid == *uuid => {
            let service = Service { uuid: Arc::clone(uuid), ..service };
            Some(Box::new(Recorded { service, created: value.created, modified: value.modified }))
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
