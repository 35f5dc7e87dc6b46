use super::*;
use crate::book::{Fact, Recorded};
use crate::record::{Service, Status};

const TTL: Duration = Duration::from_secs(30);

fn view() -> View {
    View::new(GuardOptions::new(TTL), FlapOptions::new(TTL))
}

fn register(view: &View, uuid: &str, revision: i64) {
    let (kind, host) = ("api".into(), uuid.into());
    let service = Service { uuid: uuid.into(), kind, host, ..Service::default() };
    let record = Recorded { service, created: revision, modified: revision };
    let facts = vec![
        Fact::Record { uuid: uuid.into(), record: Some(Box::new(record)) },
        Fact::Status { uuid: uuid.into(), status: Status::Up, lease: Some(1) },
    ];
    view.write(|book, now| book.apply(facts, revision, now));
}

#[test]
fn an_answer_is_unknown_when_the_view_is_older_than_the_asker_allows() {
    let view = view();
    register(&view, "a", 2);
    assert_eq!(view.is_up("a", TTL), Answer::Unknown(None), "it was never complete");
    view.is_fresh_as_of(Moment::at(Moment::now().since_boot().saturating_sub(Duration::from_secs(5))));
    assert_eq!(view.is_up("a", TTL), Answer::Known(State::Up));
    assert_eq!(view.is_up_at("api", "a", TTL), Answer::Known(State::Up));
    assert_eq!(view.is_up("b", TTL), Answer::Known(State::Down(Why::NeverSeen)));
    let Answer::Unknown(Some(age)) = view.is_up("a", Duration::from_secs(4)) else { panic!("it is old") };
    assert!(age >= Duration::from_secs(5), "{age:?}");
}

#[tokio::test]
async fn a_slow_watcher_is_told_that_it_lagged_and_gets_the_state_again() {
    let view = view();
    let mut watcher = view.watch();
    assert!(matches!(watcher.next().await, Some(Notice::State { missed: 0, .. })));
    let many = BACKLOG as i64 + 10;
    for number in 0..many {
        register(&view, &number.to_string(), number + 2);
    }
    let Some(Notice::State { snapshot, missed }) = watcher.next().await else { panic!("it lagged") };
    assert_eq!((snapshot.ups() as i64, missed), (many, 10));
    register(&view, "one more", many + 2);
    let Some(Notice::Changes(changes)) = watcher.next().await else { panic!("no change") };
    assert_eq!(&*changes[0].uuid, "one more");
}
