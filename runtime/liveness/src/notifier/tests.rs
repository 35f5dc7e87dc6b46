use std::time::Duration;

use super::*;
use crate::book::{Fact, Recorded};
use crate::flapping::FlapOptions;
use crate::guard::GuardOptions;
use crate::record::Status;
use crate::view::View;

fn record(uuid: &str, host: &str, created: i64) -> Fact {
    let service = Service { uuid: uuid.into(), kind: "api".into(), host: host.into(), ..Service::default() };
    Fact::Record {
        uuid: uuid.into(),
        record: Some(Box::new(Recorded { service, created, modified: created })),
    }
}

fn up(uuid: &str, lease: Option<i64>) -> Fact {
    Fact::Status { uuid: uuid.into(), status: Status::Up, lease }
}

fn gone(uuid: &str) -> Fact {
    Fact::Record { uuid: uuid.into(), record: None }
}

async fn told(notifier: &mut Notifier) -> Vec<String> {
    let mut told = Vec::new();
    while let Ok(Some(news)) = tokio::time::timeout(Duration::ZERO, notifier.next()).await {
        let uuid = news.service.map_or_else(String::new, |service| service.uuid.to_string());
        told.push(format!("{} {uuid} {}", news.revision, news.state));
    }
    told
}

#[tokio::test]
async fn the_state_comes_first_and_then_every_change() {
    let ttl = Duration::from_secs(30);
    let view = View::new(GuardOptions::new(ttl), FlapOptions::new(ttl));
    let at = |revision, facts| view.write(|book, now| book.apply(facts, revision, now));
    let (mut one, mut place) = (view.notify("a"), view.notify_at("api", "h"));
    assert_eq!(told(&mut one).await, ["0  down (never seen)"]);
    assert_eq!(told(&mut place).await, ["0  down (never seen)"]);
    at(2, vec![record("a", "h", 2), up("a", Some(1))]);
    at(3, vec![record("b", "h", 3), up("b", Some(2)), record("other", "elsewhere", 3)]);
    at(4, vec![up("a", None)]);
    at(5, vec![up("b", None)]);
    at(6, vec![up("a", Some(3))]);
    at(7, vec![record("a", "elsewhere", 2)]);
    at(8, vec![gone("b")]);
    at(9, vec![gone("a"), up("a", None)]);
    let expected =
        ["2 a up", "4 a down (expired)", "6 a up", "7 a up", "9 a down (deleted)"].map(String::from);
    assert_eq!(told(&mut one).await, expected);
    let expected = [
        "2 a up",
        "3 b up",
        "4 b up",
        "5 b down (expired)",
        "6 a up",
        "7 b down (expired)",
        "8 b down (deleted)",
    ];
    let told = told(&mut place).await;
    assert_eq!(told, expected.into_iter().filter(|line| *line != "4 b up").collect::<Vec<_>>());
    assert_eq!(view.notify("b").next().await.map(|news| news.state), Some(State::Down(Why::NeverSeen)));
}
