//! Where things stand in etcd: the keys of os-lively, below one namespace.
//!
//! | key | value |
//! |---|---|
//! | `…/services/by-uuid/{uuid}` | the record |
//! | `…/services/by-type-host/{type}/{host}` | the uuid |
//! | `…/services/by-status/{UP or DOWN}/{uuid}` | nothing, with the lease that ends with its process |
//! | `…/services/by-region/{region}/{uuid}` | nothing |
//!
//! os-lively also writes `by-region/{region}` without a uuid. Nobody reads it; it is removed where it is in the way.

use crate::record::Status;

/// The keys of one namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    base: String,
}

/// What a key is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key<'a> {
    Record { uuid: &'a str },
    TypeHost { kind: &'a str, host: &'a str },
    Status { status: Status, uuid: &'a str },
    Region,
    Suspicion,
}

impl Keys {
    /// The keys below `/NAMESPACE/services`, or below `/services` when it is empty.
    pub fn new(namespace: &str) -> Self {
        let namespace = namespace.trim_start_matches('/');
        let base = if namespace.is_empty() { "/services".into() } else { format!("/{namespace}/services") };
        Self { base }
    }

    /// What all keys begin with.
    pub fn base(&self) -> String {
        format!("{}/", self.base)
    }

    pub(crate) fn records(&self) -> String {
        format!("{}/by-uuid/", self.base)
    }

    pub(crate) fn statuses(&self) -> String {
        format!("{}/by-status/", self.base)
    }

    /// What the keys of services that are up begin with.
    pub(crate) fn ups(&self) -> String {
        format!("{}/by-status/{}/", self.base, Status::Up)
    }

    /// Where a process that saw many services vanish at once says so.
    pub(crate) fn suspicion(&self) -> String {
        format!("{}/suspicion", self.base)
    }

    pub(crate) fn record(&self, uuid: &str) -> String {
        format!("{}/by-uuid/{uuid}", self.base)
    }

    /// The record of a service and its two statuses, up and down.
    pub(crate) fn service(&self, uuid: &str) -> [String; 3] {
        [self.record(uuid), self.status(Status::Up, uuid), self.status(Status::Down, uuid)]
    }

    pub(crate) fn type_host(&self, kind: &str, host: &str) -> String {
        format!("{}/by-type-host/{kind}/{host}", self.base)
    }

    pub(crate) fn status(&self, status: Status, uuid: &str) -> String {
        format!("{}/by-status/{status}/{uuid}", self.base)
    }

    /// The one of os-lively that all services of a region share.
    pub(crate) fn bare_region(&self, region: &str) -> String {
        format!("{}/by-region/{region}", self.base)
    }

    pub(crate) fn region(&self, region: &str, uuid: &str) -> String {
        format!("{}/by-region/{region}/{uuid}", self.base)
    }

    /// What the keys of the candidates of an election begin with. Beside the services, which nobody else lists.
    pub(crate) fn election(&self, name: &str) -> String {
        format!("{}/by-election/{name}/", self.base)
    }

    /// A key that only shows whether it can be read and written.
    pub(crate) fn probe(&self, name: &str) -> String {
        format!("{}/probe/{name}", self.base)
    }

    /// What the leaders of an election leave for their successors.
    pub(crate) fn testament(&self, election: &str) -> String {
        format!("{}/by-election-testament/{election}", self.base)
    }

    /// What `key` is about; nothing for keys that are none of ours.
    pub(crate) fn parse<'a>(&self, key: &'a [u8]) -> Option<Key<'a>> {
        let key = std::str::from_utf8(key).ok()?.strip_prefix(&self.base)?.strip_prefix('/')?;
        if key == "suspicion" {
            return Some(Key::Suspicion);
        }
        let (tree, rest) = key.split_once('/')?;
        match tree {
            "by-uuid" => Some(Key::Record { uuid: rest }),
            "by-type-host" => rest.split_once('/').map(|(kind, host)| Key::TypeHost { kind, host }),
            "by-status" => {
                let (status, uuid) = rest.split_once('/')?;
                let status = [Status::Up, Status::Down].into_iter().find(|known| known.name() == status)?;
                Some(Key::Status { status, uuid })
            }
            "by-region" => Some(Key::Region),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_os_lively() {
        for (namespace, base) in [
            ("", "/services"),
            ("abc", "/abc/services"),
            ("/abc", "/abc/services"),
            ("//a/b", "/a/b/services"),
        ] {
            let keys = Keys::new(namespace);
            assert_eq!(keys.record("u"), format!("{base}/by-uuid/u"));
            assert_eq!(keys.type_host("nova-compute", "h"), format!("{base}/by-type-host/nova-compute/h"));
            assert_eq!(keys.status(Status::Up, "u"), format!("{base}/by-status/UP/u"));
            assert_eq!(keys.status(Status::Down, "u"), format!("{base}/by-status/DOWN/u"));
            assert_eq!(keys.bare_region("r"), format!("{base}/by-region/r"));
            assert_eq!(keys.region("r", "u"), format!("{base}/by-region/r/u"));
        }
    }

    #[test]
    fn keys_are_read_back_and_strangers_are_not() {
        let keys = Keys::new("n");
        for (key, read) in [
            (keys.record("u"), Some(Key::Record { uuid: "u" })),
            (keys.type_host("t", "h/1"), Some(Key::TypeHost { kind: "t", host: "h/1" })),
            (keys.status(Status::Down, "u"), Some(Key::Status { status: Status::Down, uuid: "u" })),
            (keys.bare_region("r"), Some(Key::Region)),
            (keys.region("r", "u"), Some(Key::Region)),
            (keys.suspicion(), Some(Key::Suspicion)),
            (keys.probe("read"), None),
            ("/services/by-uuid/u".into(), None),
            ("/n/services/by-status/LOST/u".into(), None),
            ("/n/services/other/u".into(), None),
            ("/n/servicesby-uuid/u".into(), None),
        ] {
            assert_eq!(keys.parse(key.as_bytes()), read, "{key}");
        }
        assert_eq!(keys.parse(b"\xff"), None);
    }
}
