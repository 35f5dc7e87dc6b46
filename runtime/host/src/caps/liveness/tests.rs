use super::*;
use crate::bindings::imported::liveness as wit;

fn register(uuid: &str) -> ServiceChange {
    let [uuid, kind, host, region] = [uuid, "web", "a", ""].map(str::to_owned);
    ServiceChange::Register { uuid, kind, host, region }
}

fn because(reason: &str) -> Result<(), Failure> {
    Err(Failure::failed("no").because(reason))
}

#[test]
fn what_is_certainly_not_kept_takes_no_place() {
    let one = || register("one");
    let gone = || ServiceChange::Delete("one".into());
    let up = || ServiceChange::Up("one".into());
    let cancelled = || Err(Failure::new(Code::Cancelled, "cancelled"));
    for (changes, kept) in [
        (vec![(one(), Ok(()))], 1),
        (vec![(one(), because("invalid"))], 0),
        // It is tried again for ever, or was done already.
        (vec![(one(), because("etcd"))], 1),
        (vec![(one(), cancelled())], 1),
        // What was registered before still is.
        (vec![(one(), Ok(())), (one(), because("invalid"))], 1),
        (vec![(one(), Ok(())), (one(), Ok(())), (up(), because("not-found"))], 1),
        (vec![(one(), Ok(())), (gone(), Ok(()))], 0),
        (vec![(one(), Ok(())), (gone(), because("not-found"))], 0),
        (vec![(one(), Ok(())), (gone(), because("etcd"))], 1),
        (vec![(one(), Ok(())), (gone(), cancelled())], 1),
    ] {
        let registered = Registered::default();
        for (change, done) in &changes {
            let new = registered.count("test", change).unwrap();
            registered.settle(change, new, done);
        }
        assert_eq!(registered.all().len(), kept, "{changes:?}");
    }
}

#[test]
fn no_connector_keeps_more_than_its_share() {
    let registered = Registered::default();
    for number in 0..REGISTERED_MAX {
        assert!(registered.count("test", &register(&number.to_string())).unwrap());
    }
    let refused = registered.count("test", &register("more")).unwrap_err();
    assert_eq!((refused.code, refused.reason.as_deref()), (Code::LimitExceeded, Some("services")));
    assert!(!registered.count("test", &register("7")).unwrap());
    registered.settle(&ServiceChange::Delete("7".into()), false, &Ok(()));
    assert!(registered.count("test", &register("more")).unwrap());
}

#[test]
fn a_maintenance_without_a_time_is_not_one_at_the_epoch() {
    let window = |start, end| guest::window(wit::Maintenance { start, end, note: "disks".into() });
    let meant = window(Some(1.5), None).unwrap();
    assert_eq!(meant, ServiceMaintenance { start: Some(1), end: None, note: "disks".into() });
    for time in [0.0, -1.0, 0.5, f64::NAN, f64::INFINITY, 1e300] {
        for window in [window(Some(time), None), window(None, Some(time))] {
            assert_eq!(window.unwrap_err().reason.as_deref(), Some("invalid"), "{time}");
        }
    }
}
