use std::time::Duration;

use super::*;
use crate::model::Snapshot;
use crate::state::Why;
use crate::store::Filter;

const TTL: Duration = Duration::from_secs(30);

fn now(seconds: u64) -> Now {
    Now { moment: Moment::at(Duration::from_secs(seconds)), unix: 1_000_000 + seconds }
}

fn book() -> Book {
    Book::new(GuardOptions::new(TTL), FlapOptions::new(TTL))
}

fn record(uuid: &str, status: Status, revision: i64) -> Fact {
    let (kind, host) = ("api".into(), format!("host-{uuid}").as_str().into());
    let service = Service { uuid: uuid.into(), kind, host, status, ..Service::default() };
    Fact::Record {
        uuid: uuid.into(),
        record: Some(Box::new(Recorded { service, created: revision, modified: revision })),
    }
}

fn key(uuid: &str, status: Status, lease: Option<i64>) -> Fact {
    Fact::Status { uuid: uuid.into(), status, lease }
}

fn registered(uuid: &str, revision: i64) -> Vec<Fact> {
    vec![record(uuid, Status::Up, revision), key(uuid, Status::Up, Some(7))]
}

fn shown(changes: &[Change]) -> Vec<String> {
    changes.iter().map(|Change { uuid, before, after, .. }| format!("{uuid}: {before} -> {after}")).collect()
}

#[test]
fn a_service_comes_changes_and_goes() {
    let mut book = book();
    assert_eq!(shown(&book.apply(registered("a", 2), 2, now(0))), ["a: down (never seen) -> up"]);
    let expired = book.apply(vec![key("a", Status::Up, None)], 3, now(30));
    assert_eq!(shown(&expired), ["a: up -> down (expired)"]);
    assert_eq!(
        shown(&book.apply(vec![key("a", Status::Up, Some(8))], 4, now(31))),
        ["a: down (expired) -> up"]
    );
    let down =
        vec![key("a", Status::Up, None), key("a", Status::Down, Some(8)), record("a", Status::Down, 5)];
    assert_eq!(shown(&book.apply(down, 5, now(32))), ["a: up -> down (set down)"]);
    let deleted = vec![Fact::Record { uuid: "a".into(), record: None }, key("a", Status::Down, None)];
    assert_eq!(shown(&book.apply(deleted, 6, now(33))), ["a: down (set down) -> down (deleted)"]);
    let snapshot = Snapshot::new(book.model().clone());
    assert_eq!((snapshot.revision(), snapshot.len(), snapshot.ups()), (6, 0, 0));
    assert_eq!(snapshot.state("a", || 0), Some(State::Down(Why::Deleted)));
    assert_eq!(shown(&book.apply(registered("a", 7), 7, now(34))), ["a: down (deleted) -> up"]);
    assert_eq!(shown(&book.apply(registered("a", 8), 8, now(34))), [""; 0], "nothing changed");
}

#[test]
fn maintenance_is_told_from_being_down_by_its_time() {
    let mut book = book();
    let Fact::Record { uuid, record: Some(mut recorded) } = record("a", Status::Down, 2) else { panic!() };
    recorded.service.maintenance = Maintenance { start: 1_000_100, end: 1_000_200, note: "disk".into() };
    book.apply(vec![Fact::Record { uuid, record: Some(recorded) }], 2, now(0));
    let snapshot = Snapshot::new(book.model().clone());
    for (unix, why) in [(1_000_099, Why::SetDown), (1_000_100, Why::Maintenance), (1_000_200, Why::SetDown)] {
        assert_eq!(snapshot.state("a", || unix), Some(State::Down(why)));
    }
}

#[test]
fn a_listing_takes_the_place_of_everything() {
    let mut book = book();
    for (number, uuid) in ["a", "b", "c"].into_iter().enumerate() {
        let revision = number as i64 + 2;
        book.apply(registered(uuid, revision), revision, now(0));
    }
    let mut listing = registered("b", 3);
    listing.push(record("c", Status::Up, 4));
    listing.extend(registered("d", 9));
    assert_eq!(
        shown(&book.replace(listing, 9, now(60))),
        ["a: up -> down (deleted)", "c: up -> down (expired)", "d: down (never seen) -> up"]
    );
    let snapshot = Snapshot::new(book.model().clone());
    assert_eq!((snapshot.len(), snapshot.ups()), (3, 2));
}

#[test]
fn who_is_found_by_type_and_host_is_the_newest_that_is_up() {
    let mut book = book();
    let at_one_host = |uuid: &str, revision| {
        let Fact::Record { uuid, record: Some(mut recorded) } = record(uuid, Status::Up, revision) else {
            panic!()
        };
        recorded.service.host = "h".into();
        Fact::Record { uuid, record: Some(recorded) }
    };
    let found = |book: &Book| {
        let snapshot = Snapshot::new(book.model().clone());
        snapshot.find("api", "h").map(|entry| entry.service.uuid.to_string())
    };
    assert_eq!(found(&book), None);
    book.apply(vec![at_one_host("a", 2), key("a", Status::Up, Some(1))], 2, now(0));
    book.apply(vec![at_one_host("b", 3)], 3, now(0));
    assert_eq!(found(&book).as_deref(), Some("a"));
    book.apply(vec![key("b", Status::Up, Some(1))], 4, now(0));
    assert_eq!(found(&book).as_deref(), Some("b"));
    book.apply(vec![record("b", Status::Up, 5)], 5, now(0));
    assert_eq!(found(&book).as_deref(), Some("a"), "b has moved");
}

#[test]
fn those_that_fit_are_found_by_each_way() {
    let mut book = book();
    for uuid in ["a", "b", "c", "d"] {
        book.apply(registered(uuid, 2), 2, now(0));
    }
    let snapshot = Snapshot::new(book.model().clone());
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    for (uuids, kinds, hosts, found) in [
        (&[][..], &[][..], &[][..], &["a", "b", "c", "d"][..]),
        (&["a", "x", "a"], &[], &[], &["a"]),
        (&["a", "b"], &["api"], &["host-b", "host-c"], &["b"]),
        (&[], &["api", "db", "api"], &["host-b", "host-c"], &["b", "c"]),
        (&[], &["db"], &[], &[]),
        (&[], &[], &["host-d"], &["d"]),
    ] {
        let (uuids, kinds, hosts) = (texts(uuids), texts(kinds), texts(hosts));
        let filter = Filter { uuids, kinds, hosts, ..Filter::default() };
        let mut matching: Vec<&str> = snapshot.matching(&filter).map(|entry| &*entry.service.uuid).collect();
        matching.sort_unstable();
        assert_eq!(matching, found, "{filter:?}");
    }
}

#[test]
fn many_that_vanish_at_once_are_suspects_for_a_while() {
    let mut book = book();
    for number in 0..20 {
        book.apply(registered(&format!("s{number:02}"), number + 2), number + 2, now(0));
    }
    let vanish =
        |range: std::ops::Range<i64>| range.map(|number| key(&format!("s{number:02}"), Status::Up, None));
    let first = book.apply(vanish(0..3).collect(), 30, now(100));
    assert!(first.iter().all(|change| change.after == State::Down(Why::Expired)), "{first:?}");
    let more = book.apply(vanish(3..8).collect(), 31, now(101));
    assert_eq!(more.len(), 8, "those before are suspects, too");
    assert!(more.iter().all(|change| change.after == State::Suspect), "{more:?}");
    assert_eq!((book.suspects(), book.due()), (8, Some(now(161).moment)));

    let back = book.apply(vec![key("s00", Status::Up, Some(9))], 32, now(110));
    assert_eq!(shown(&back), ["s00: suspect -> up"]);
    let set = vec![record("s01", Status::Down, 33), key("s01", Status::Down, Some(9))];
    assert_eq!(shown(&book.apply(set, 33, now(111))), ["s01: suspect -> down (set down)"]);
    assert_eq!(book.tick(now(160), false), []);
    let ended = book.tick(now(161), false);
    assert_eq!(ended.len(), 6);
    assert!(ended.iter().all(|change| change.after == State::Down(Why::Expired)), "{ended:?}");
    assert_eq!(book.suspects(), 0);
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut book = book();
    for number in 0..(REMEMBERED as i64 + 10) {
        let uuid = number.to_string();
        book.apply(vec![record(&uuid, Status::Down, number)], number, now(0));
        book.apply(vec![Fact::Record { uuid: uuid.as_str().into(), record: None }], number, now(0));
    }
    let snapshot = Snapshot::new(book.model().clone());
    assert_eq!(snapshot.state("9", || 0), None);
    assert_eq!(snapshot.state("10", || 0), Some(State::Down(Why::Deleted)));
    assert!(book.names.known.len() < 5_000, "{}", book.names.known.len());
}

#[test]
fn those_deleted_last_are_remembered_and_keys_that_are_left_are_not_forgotten() {
    let mut book = book();
    let gone = |uuid: &str| Fact::Record { uuid: uuid.into(), record: None };
    for (revision, uuid) in (1..).zip(["again", "left"]) {
        book.apply(vec![record(uuid, Status::Down, revision)], revision, now(0));
        book.apply(vec![gone(uuid)], revision, now(0));
    }
    book.apply(vec![key("left", Status::Up, Some(7))], 3, now(0));
    book.apply(vec![record("again", Status::Down, 4)], 4, now(0));
    book.apply(vec![gone("again")], 5, now(0));
    for number in 0..(REMEMBERED as i64 - 1) {
        let uuid = number.to_string();
        book.apply(vec![record(&uuid, Status::Down, number)], 6, now(0));
        book.apply(vec![gone(&uuid)], 6, now(0));
    }
    let state = |book: &Book, uuid: &str| Snapshot::new(book.model().clone()).state(uuid, || 0);
    assert_eq!(state(&book, "again"), Some(State::Down(Why::Deleted)));
    assert_eq!(state(&book, "left"), Some(State::Down(Why::NeverSeen)), "its deletion is too long ago");
    let back = book.apply(vec![record("left", Status::Up, 7)], 7, now(0));
    assert_eq!(shown(&back), ["left: down (never seen) -> up"], "its key was still there");
    assert_eq!(book.model().ups(), 1);
}

#[test]
fn a_status_without_a_record_is_nobodys() {
    let mut book = book();
    assert_eq!(book.apply(vec![key("a", Status::Up, Some(7))], 2, now(0)), []);
    assert_eq!(book.model().ups(), 0);
    assert_eq!(shown(&book.apply(registered("a", 3), 3, now(0))), ["a: down (never seen) -> up"]);
    let gone = book.apply(vec![Fact::Record { uuid: "a".into(), record: None }], 4, now(0));
    assert_eq!(shown(&gone), ["a: up -> down (deleted)"]);
}

#[test]
fn those_that_vanished_while_nobody_looked_are_no_suspects() {
    for (gap, flaps) in [(31, 1), (31, 3), (30, 1), (30, 3)] {
        let mut book = flapping(flaps, 1);
        for number in 0..9 {
            book.apply(registered(&format!("s{number}"), 3), 3, now(0));
        }
        book.unseen_for(Duration::from_secs(gap));
        let vanished = (0..9).map(|number| key(&format!("s{number}"), Status::Up, None));
        let mut changes = book.apply(vanished.collect(), 9, now(100));
        book.unseen_for(Duration::ZERO);
        changes.extend(book.tick(now(120), false));
        let suspects = changes.iter().filter(|change| change.after == State::Suspect).count();
        assert_eq!((changes.len(), suspects), (9, if gap > 30 { 0 } else { 9 }), "{gap} s, {flaps} beats");
    }
}

#[test]
fn who_vanished_before_we_came_is_a_suspect_if_others_say_so() {
    let mut book = book();
    let mut listing: Vec<Fact> = ["a", "b", "c"].map(|uuid| record(uuid, Status::Up, 2)).into();
    listing.extend(registered("d", 3));
    book.replace(listing, 9, now(0));
    let hold = Hold { before: 5, until: now(40).moment, witnessed: false };
    let told = book.suspect(&["a".into(), "b".into(), "d".into(), "gone".into()], hold, now(0));
    assert_eq!(shown(&told), ["a: down (expired) -> suspect", "b: down (expired) -> suspect"]);
    assert_eq!((book.hold(), book.due()), (Some(hold), Some(hold.until)));
    let back = book.apply(vec![key("a", Status::Up, Some(1))], 10, now(10));
    assert_eq!(shown(&back), ["a: suspect -> up"]);
    assert_eq!(shown(&book.tick(now(40), false)), ["b: suspect -> down (expired)"]);
    assert_eq!(book.hold(), None);
}

fn flapping(down_after: u32, up_after: u32) -> Book {
    let beat = Duration::from_secs(10);
    let mut book = Book::new(GuardOptions::new(TTL), FlapOptions { down_after, up_after, beat });
    book.apply(registered("a", 2), 2, now(0));
    book
}

#[test]
fn a_service_that_misses_few_beats_stays_up() {
    let mut book = flapping(3, 1);
    let (gone, back) = (vec![key("a", Status::Up, None)], vec![key("a", Status::Up, Some(8))]);
    assert_eq!(book.apply(gone.clone(), 3, now(100)), []);
    assert_eq!((book.due(), book.model().ups()), (Some(now(120).moment), 1));
    assert_eq!(book.tick(now(119), false), []);
    assert_eq!(book.apply(back.clone(), 4, now(119)), [], "it is back in time");
    assert_eq!((book.due(), book.tick(now(200), false)), (None, vec![]));
    book.apply(gone.clone(), 5, now(200));
    assert_eq!(shown(&book.tick(now(220), false)), ["a: up -> down (expired)"]);
    assert_eq!(shown(&book.apply(back, 6, now(221))), ["a: down (expired) -> up"]);
    // What somebody says counts at once.
    book.apply(gone, 7, now(300));
    let set = vec![record("a", Status::Down, 8), key("a", Status::Down, Some(8))];
    assert_eq!(shown(&book.apply(set, 8, now(301))), ["a: up -> down (set down)"]);
    assert_eq!(book.due(), None);
}

#[test]
fn a_service_that_comes_back_must_stay_for_a_while() {
    let mut book = flapping(1, 3);
    let (gone, back) = (vec![key("a", Status::Up, None)], vec![key("a", Status::Up, Some(8))]);
    assert_eq!(shown(&book.apply(gone.clone(), 3, now(100))), ["a: up -> down (expired)"]);
    for round in 0..5 {
        assert_eq!(book.apply(back.clone(), 4, now(110 + round)), []);
        assert_eq!(book.model().ups(), 0);
        assert_eq!(book.apply(gone.clone(), 5, now(110 + round)), [], "it flaps");
    }
    book.apply(back.clone(), 6, now(200));
    assert_eq!(book.tick(now(219), false), []);
    assert_eq!(shown(&book.tick(now(220), false)), ["a: down (expired) -> up"]);
    // One that was set down or deleted did not flap.
    let set = vec![record("a", Status::Down, 7), key("a", Status::Up, None), key("a", Status::Down, Some(8))];
    book.apply(set, 7, now(300));
    assert_eq!(shown(&book.apply(registered("a", 8), 8, now(301))), ["a: down (set down) -> up"]);
}

#[test]
fn many_that_stay_away_are_suspects_after_their_beats() {
    let mut book = flapping(2, 1);
    for number in 0..8 {
        book.apply(registered(&format!("s{number}"), 3), 3, now(0));
    }
    book.apply((0..8).map(|number| key(&format!("s{number}"), Status::Up, None)).collect(), 4, now(100));
    let told = book.tick(now(110), false);
    assert!(told.len() == 8 && told.iter().all(|change| change.after == State::Suspect), "{told:?}");
    assert_eq!(book.hold().map(|hold| hold.before), Some(3));
}
