//! What the keys of etcd say of services.

use std::sync::Arc;

use crate::book::{Fact, Recorded};
use crate::error::Error;
use crate::etcd::{Etcd, Event};
use crate::keys::{Key, Keys};
use crate::plan::Value;
use crate::record::Service;

/// Reads everything, page by page, as it is at one revision.
pub(crate) async fn everything(etcd: &Etcd) -> Result<(i64, Vec<Fact>), Error> {
    let (mut revision, mut facts) = (0, Vec::new());
    for prefix in [etcd.keys.records(), etcd.keys.statuses()] {
        let mut from = None;
        loop {
            let page = etcd.list(&prefix, from, revision).await?;
            revision = page.revision;
            let events =
                page.keys.into_iter().map(|(key, value)| Event { key, value: Some(value), revision });
            facts.extend(events.filter_map(|event| fact(&etcd.keys, &event)));
            from = page.next;
            if from.is_none() {
                break;
            }
        }
    }
    Ok((revision, facts))
}

/// What an event says of a service; nothing for keys that the view does not need, and for records of strangers.
pub(crate) fn fact(keys: &Keys, event: &Event) -> Option<Fact> {
    match keys.parse(&event.key)? {
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
