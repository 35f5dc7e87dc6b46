use std::sync::Arc;

use servo_liveness::{Service, State, Why};

use super::*;

fn changed(uuids: impl IntoIterator<Item = u64>) -> Vec<Change> {
    let change = |uuid: u64| {
        let uuid: Arc<str> = uuid.to_string().into();
        let service = Service { uuid: Arc::clone(&uuid), ..Service::default() };
        Change { uuid, before: State::Up, after: State::Down(Why::Expired), service, revision: 1 }
    };
    uuids.into_iter().map(change).collect()
}

fn all(change: &Change) -> Option<Option<String>> {
    Some(Some(change.uuid.to_string()))
}

#[test]
fn nothing_is_lost_between_two_questions() {
    let recent = Recent::of(10);
    let begin = recent.end();
    assert_eq!(recent.since(&begin, all), Since { cursor: begin.clone(), found: vec![], missed: false });
    recent.add(&changed([1, 2]));
    recent.add(&changed([3]));
    let Since { cursor, found, .. } = recent.since(&begin, all);
    assert_eq!(found, ["1", "2", "3"]);
    recent.add(&changed([4]));
    assert_eq!(recent.since(&cursor, all).found, ["4"]);
    // What is not wanted is passed over for good.
    let Since { cursor, found, .. } = recent.since(&begin, |_| Some(None::<String>));
    assert_eq!((cursor, found.len()), (recent.end(), 0));
}

#[test]
fn what_has_no_room_comes_with_the_next_question() {
    let recent = Recent::of(10);
    let begin = recent.end();
    recent.add(&changed([1, 2, 3]));
    let two_at_a_time = || {
        let mut room = 2;
        move |change: &Change| {
            room -= 1;
            (room >= 0).then(|| Some(change.uuid.to_string()))
        }
    };
    let Since { cursor, found, .. } = recent.since(&begin, two_at_a_time());
    assert_eq!(found, ["1", "2"]);
    let Since { cursor, found, .. } = recent.since(&cursor, two_at_a_time());
    assert_eq!((found, cursor), (vec!["3".to_owned()], recent.end()));
    // What never has room is not in the way of the others, and is not kept secret.
    let no_room = |change: &Change| (&*change.uuid != "1").then(|| Some(change.uuid.to_string()));
    let Since { cursor, found, missed } = recent.since(&begin, no_room);
    assert_eq!((found, missed), (vec![], true));
    assert_eq!(recent.since(&cursor, no_room).found, ["2", "3"]);
}

#[test]
fn whoever_was_away_too_long_is_told_so() {
    let recent = Recent::of(10);
    let begin = recent.end();
    recent.add(&changed(0..CHANGES as u64));
    assert!(!recent.since(&begin, all).missed);
    recent.add(&changed([0]));
    let Since { cursor, found, missed } = recent.since(&begin, all);
    assert_eq!((cursor.clone(), found.len(), missed), (recent.end(), 0, true));
    // So is everybody when the view itself was too slow.
    recent.lose();
    assert!(recent.since(&cursor, all).missed && !recent.since(&recent.end(), all).missed);
    for strange in ["", "x", "-", "a-1", "b-0", &format!("{:016x}-999999999", 10), "00000000000000ff-0"] {
        assert!(recent.since(strange, all).missed, "{strange}");
    }
}
