use std::collections::BTreeMap;

use super::*;
use crate::record::Maintenance;

const OURS: i64 = 77;

/// An etcd in memory: enough of it to carry plans out.
#[derive(Default)]
struct Store {
    keys: BTreeMap<String, Value>,
    revision: i64,
}

impl Store {
    fn insert(&mut self, key: &str, bytes: &[u8], lease: i64) {
        self.revision += 1;
        self.write(key, bytes, lease);
    }

    fn write(&mut self, key: &str, bytes: &[u8], lease: i64) {
        let created = self.keys.get(key).map_or(self.revision, |old| old.created);
        let value = Value { bytes: bytes.to_vec(), lease, created, modified: self.revision };
        self.keys.insert(key.into(), value);
    }

    /// Plans until nothing is missing, then writes.
    fn carry_out(&mut self, plan: impl Fn(&Facts) -> Result<Plan, Missing>) -> usize {
        let mut facts = Facts::default();
        let plan = loop {
            match plan(&facts) {
                Ok(plan) => break plan,
                Err(missing) => self.tell(&mut facts, missing),
            }
        };
        assert!(plan.compare.len() + plan.writes.len() < 20, "etcd takes no more than 128: {plan:?}");
        for (key, modified) in &plan.compare {
            assert_eq!(self.keys.get(key).map_or(0, |value| value.modified), *modified, "{key}");
        }
        self.revision += i64::from(!plan.writes.is_empty());
        for write in &plan.writes {
            match write {
                Write::Put { key, value, lease } => self.write(key, value, *lease),
                Write::Delete { key } => drop(self.keys.remove(key)),
            }
        }
        facts.apply(&plan, self.revision);
        for (key, known) in &facts.keys {
            assert_eq!(known.as_ref(), self.keys.get(key), "{key}");
        }
        plan.writes.len()
    }

    fn tell(&self, facts: &mut Facts, missing: Missing) {
        let services = || self.keys.values().filter_map(|value| Service::decode(&value.bytes).ok());
        match missing {
            Missing::Keys(keys) => {
                for key in keys {
                    let value = self.keys.get(&key).cloned();
                    facts.learn(key, value);
                }
            }
            Missing::Rivals { kind, host } => {
                let same = services().filter(|service| (&service.kind, &service.host) == (&kind, &host));
                let uuids = same.map(|service| service.uuid).collect();
                facts.learn_rivals(kind, host, uuids);
            }
            Missing::Region { region, but } => {
                let others = services().any(|service| service.region == region && service.uuid != but);
                facts.learn_region(region, others);
            }
            Missing::Successor { kind, host, rivals } => {
                let keys = Keys::new("");
                let read = rivals.iter().filter_map(|uuid| {
                    let record = self.keys.get(&keys.record(uuid));
                    Rival::new(uuid, record, self.keys.get(&keys.status(Status::Up, uuid)))
                });
                facts.learn_successor(kind, host, read.max_by_key(Rival::rank));
            }
        }
    }

    fn put(&mut self, service: &Service) -> usize {
        self.carry_out(|facts| put(&Keys::new(""), facts, service, Lease::Ours(OURS)))
    }

    fn delete(&mut self, uuid: &str) -> usize {
        self.carry_out(|facts| delete(&Keys::new(""), facts, uuid))
    }

    fn shown(&self) -> Vec<String> {
        let show = |(key, value): (&String, &Value)| {
            let text = match Service::decode(&value.bytes) {
                Ok(service) => format!("<{} {}>", service.status, service.host),
                Err(_) => String::from_utf8(value.bytes.clone()).unwrap(),
            };
            let lease = if value.lease == 0 { String::new() } else { format!(" #{}", value.lease) };
            format!("{}={text}{lease}", key.strip_prefix("/services/by-").unwrap())
        };
        self.keys.iter().map(show).collect()
    }
}

fn service(uuid: &str, host: &str, status: Status, region: &str) -> Service {
    let (kind, maintenance) = ("api".into(), Maintenance::default());
    Service { uuid: uuid.into(), kind, host: host.into(), status, region: region.into(), maintenance }
}

#[test]
fn a_service_has_its_keys_and_leaves_none() {
    let mut store = Store::default();
    let mut one = service("one", "h", Status::Up, "east");
    assert_eq!(store.put(&one), 4);
    assert_eq!(
        store.shown(),
        ["region/east/one=", "status/UP/one= #77", "type-host/api/h=one", "uuid/one=<UP h>"]
    );
    assert_eq!(store.put(&one), 0, "nothing is written when nothing changed");

    one.status = Status::Down;
    assert_eq!(store.put(&one), 3);
    assert_eq!(
        store.shown(),
        ["region/east/one=", "status/DOWN/one= #77", "type-host/api/h=one", "uuid/one=<DOWN h>"]
    );
    (one.host, one.region) = ("elsewhere".into(), "west".into());
    store.put(&one);
    assert_eq!(
        store.shown(),
        [
            "region/west/one=",
            "status/DOWN/one= #77",
            "type-host/api/elsewhere=one",
            "uuid/one=<DOWN elsewhere>"
        ]
    );
    store.delete("one");
    assert_eq!(store.shown(), [""; 0]);
    assert_eq!(store.delete("one"), 0);
}

#[test]
fn an_expired_status_is_put_again_although_the_record_is_the_same() {
    let mut store = Store::default();
    let one = service("one", "h", Status::Up, "");
    store.put(&one);
    store.keys.remove("/services/by-status/UP/one");
    assert_eq!(store.put(&one), 1);
    assert_eq!(store.keys["/services/by-status/UP/one"].lease, OURS);
}

#[test]
fn a_lease_of_others_is_kept_by_those_who_speak_of_the_service() {
    let mut store = Store::default();
    let mut one = service("one", "h", Status::Up, "");
    store.put(&one);
    one.status = Status::Down;
    store.carry_out(|facts| put(&Keys::new(""), facts, &one, Lease::Theirs));
    assert_eq!(store.keys["/services/by-status/DOWN/one"].lease, OURS);
    // Its process has died: nobody else can say that it lives.
    store.keys.remove("/services/by-status/DOWN/one");
    for (status, writes) in [(Status::Up, 1), (Status::Up, 0), (Status::Down, 1)] {
        one.status = status;
        assert_eq!(store.carry_out(|facts| put(&Keys::new(""), facts, &one, Lease::Theirs)), writes);
        let record = format!("uuid/one=<{status} h>");
        assert_eq!(store.shown(), ["type-host/api/h=one".to_owned(), record]);
    }
}

/// The key of type and host holds the newest that is up, and never nobody while there is somebody.
#[test]
fn services_on_one_host_do_not_destroy_each_others_index() {
    let mut store = Store::default();
    let (one, mut two) = (service("one", "h", Status::Up, ""), service("two", "h", Status::Up, ""));
    let found =
        |store: &Store| String::from_utf8(store.keys["/services/by-type-host/api/h"].bytes.clone()).unwrap();
    store.put(&one);
    store.put(&two);
    assert_eq!(found(&store), "two");
    store.put(&one);
    assert_eq!(found(&store), "two", "the newest");
    two.status = Status::Down;
    store.put(&two);
    assert_eq!(found(&store), "one", "the newest that is up");
    two.status = Status::Up;
    store.put(&two);
    assert_eq!(found(&store), "two");
    store.put(&service("three", "h", Status::Down, ""));
    assert_eq!(found(&store), "two", "one that comes up later does not count yet");
    store.keys.remove("/services/by-status/UP/two");
    store.put(&Service {
        maintenance: Maintenance { note: "x".into(), ..Maintenance::default() },
        ..one.clone()
    });
    assert_eq!(found(&store), "one", "the one before has expired");
    store.delete("one");
    assert_eq!(found(&store), "three", "none is up: the newest");
    store.delete("two");
    store.delete("three");
    assert_eq!(store.shown(), [""; 0]);
}

#[test]
fn the_region_key_that_os_lively_made_for_all_goes_with_the_last() {
    let mut store = Store::default();
    let (one, two) = (service("one", "h", Status::Up, "east"), service("two", "i", Status::Up, "east"));
    for service in [&one, &two] {
        store.insert(&format!("/services/by-uuid/{}", service.uuid), &service.encode(), 0);
    }
    store.insert("/services/by-region/east", b"", 0);
    store.put(&one);
    assert!(store.keys.contains_key("/services/by-region/east"), "two is there");
    store.delete("two");
    assert!(store.keys.contains_key("/services/by-region/east"), "one is there");
    store.put(&one);
    assert_eq!(
        store.keys.keys().filter(|key| key.contains("region")).collect::<Vec<_>>(),
        ["/services/by-region/east/one"]
    );
}

#[test]
fn a_record_that_cannot_be_read_is_written_over_and_deleted() {
    let mut store = Store::default();
    store.insert("/services/by-uuid/one", b"\xff", 0);
    store.put(&service("one", "h", Status::Up, ""));
    assert_eq!(store.shown(), ["status/UP/one= #77", "type-host/api/h=one", "uuid/one=<UP h>"]);
    // It names another service than its key.
    store.insert("/services/by-uuid/one", &service("two", "i", Status::Up, "").encode(), 0);
    store.put(&service("one", "h", Status::Up, ""));
    assert_eq!(store.shown(), ["status/UP/one= #77", "type-host/api/h=one", "uuid/one=<UP h>"]);
    store.insert("/services/by-uuid/one", b"\xff", 0);
    store.delete("one");
    assert_eq!(store.shown(), ["type-host/api/h=one"], "whose index it was cannot be known");
}

#[test]
fn any_number_of_services_may_share_a_host() {
    let mut store = Store::default();
    let named = |number: usize, status| service(&format!("{number:03}"), "h", status, "");
    for number in 0..300 {
        store.put(&named(number, if number == 7 { Status::Up } else { Status::Down }));
    }
    store.put(&named(299, Status::Up));
    let found = |store: &Store| store.shown().into_iter().find(|key| key.starts_with("type-host")).unwrap();
    assert_eq!(found(&store), "type-host/api/h=299");
    store.put(&named(299, Status::Down));
    assert_eq!(found(&store), "type-host/api/h=007");
    store.delete("007");
    assert_eq!(found(&store), "type-host/api/h=299");
}
