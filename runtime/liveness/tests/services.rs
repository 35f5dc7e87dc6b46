//! The library against a real etcd.

use std::time::{Duration, Instant};

use servo_liveness::{
    Answer, Entry, Error, Filter, Liveness, Maintenance, Notice, Options, Service, State, Status, Why,
};
use servo_test_support::Etcd;

const TTL: Duration = Duration::from_secs(3);

fn options(url: &str) -> Options {
    let mut options = Options::new(vec![url.into()], TTL);
    options.etcd.timeout = Duration::from_secs(10);
    options.namespace = "test".into();
    options
}

fn service(uuid: &str, host: &str) -> Service {
    Service {
        uuid: uuid.into(),
        kind: "api".into(),
        host: host.into(),
        region: "east".into(),
        ..Service::default()
    }
}

fn keys(etcd: &Etcd) -> Vec<String> {
    let listed = etcd.ctl(["get", "/test/", "--prefix", "--keys-only"]);
    listed
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| line.replace("/test/services/by-", ""))
        .collect()
}

/// Asks the view until it answers like this.
async fn becomes(liveness: &Liveness, uuid: &str, wanted: Answer) {
    let view = liveness.view().await;
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = view.is_up(uuid, Duration::from_secs(30));
        if answer == wanted {
            return;
        }
        assert!(Instant::now() < end, "{uuid} is {answer:?}, not {wanted:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn down(why: Why) -> Answer {
    Answer::Known(State::Down(why))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_up_while_its_process_lives() {
    let etcd = Etcd::start();
    let other = Liveness::new(options(etcd.url())).unwrap();
    let process = Liveness::new(options(etcd.url())).unwrap();
    becomes(&other, "one", down(Why::NeverSeen)).await;
    assert!(process.update(service("one", "h")).await.unwrap());
    becomes(&other, "one", Answer::Known(State::Up)).await;
    assert_eq!(keys(&etcd), ["region/east/one", "status/UP/one", "type-host/api/h", "uuid/one"]);
    let revision = other.view().await.snapshot().revision();

    // Longer than the lease: it is renewed, and that writes nothing.
    tokio::time::sleep(TTL * 2).await;
    assert!(!process.update(service("one", "h")).await.unwrap());
    assert_eq!(other.is_up("one").await.unwrap(), Answer::Known(State::Up));
    assert_eq!(other.view().await.snapshot().revision(), revision);
    let lease = process.lease().unwrap();
    assert!(lease.renewals >= 2 && lease.losses == 0 && lease.registered == 1, "{lease:?}");

    process.stop().await;
    becomes(&other, "one", down(Why::Expired)).await;
    assert_eq!(keys(&etcd), ["region/east/one", "type-host/api/h", "uuid/one"]);
    other.delete("one").await.unwrap();
    assert_eq!(keys(&etcd), [""; 0]);
    assert!(matches!(other.delete("one").await, Err(Error::NotFound(_))));
    becomes(&other, "one", down(Why::Deleted)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sets_it_down_and_up_and_the_process_keeps_it_alive() {
    let etcd = Etcd::start();
    let (process, operator) =
        (Liveness::new(options(etcd.url())).unwrap(), Liveness::new(options(etcd.url())).unwrap());
    process.update(service("one", "h")).await.unwrap();
    let maintenance = Maintenance { start: 0, end: 0, note: "disk".into() };
    let written = operator.down("one", maintenance).await.unwrap();
    assert!(written.status == Status::Down && written.maintenance.start > 1_700_000_000, "{written:?}");
    becomes(&process, "one", down(Why::Maintenance)).await;
    tokio::time::sleep(TTL * 2).await;
    assert!(keys(&etcd).contains(&"status/DOWN/one".into()), "{:?}", keys(&etcd));
    operator.up("one").await.unwrap();
    becomes(&process, "one", Answer::Known(State::Up)).await;
    tokio::time::sleep(TTL * 2).await;
    assert_eq!(operator.is_up("one").await.unwrap(), Answer::Known(State::Up));
    let wrong = operator.down("one", Maintenance { start: 20, end: 10, note: "".into() }).await;
    assert!(matches!(wrong, Err(Error::Invalid(_))), "{wrong:?}");
    assert!(matches!(operator.up("two").await, Err(Error::NotFound(_))));
    let up =
        Filter { statuses: vec![Status::Up], kinds: vec!["api".into(), "db".into()], ..Filter::default() };
    assert_eq!(operator.list(&up).await.unwrap().len(), 1);
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_os_lively_wrote_is_read() {
    let etcd = Etcd::start();
    let bytes = String::from_utf8(service("old", "h").encode()).unwrap();
    for (key, value) in [
        ("by-uuid/old", bytes.as_str()),
        ("by-type-host/api/h", "old"),
        ("by-status/UP/old", ""),
        ("by-region/east", ""),
    ] {
        etcd.ctl(["put", &format!("/test/services/{key}"), "--", value]);
    }
    let liveness = Liveness::new(options(etcd.url())).unwrap();
    becomes(&liveness, "old", Answer::Known(State::Up)).await;
    let view = liveness.view().await;
    assert_eq!(view.is_up_at("api", "h", Duration::from_secs(30)), Answer::Known(State::Up));
    assert_eq!(view.snapshot().get("old").unwrap().service, service("old", "h"));
    liveness.delete("old").await.unwrap();
    assert_eq!(keys(&etcd), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn watchers_see_the_state_and_then_every_change() {
    let etcd = Etcd::start();
    let liveness = Liveness::new(options(etcd.url())).unwrap();
    liveness.update(service("one", "h")).await.unwrap();
    becomes(&liveness, "one", Answer::Known(State::Up)).await;
    let mut watcher = liveness.view().await.watch();
    let Some(Notice::State { snapshot, missed: 0 }) = watcher.next().await else { panic!("no state first") };
    assert_eq!(snapshot.ups(), 1);
    for _ in 0..20 {
        liveness.update(Service { status: Status::Down, ..service("one", "h") }).await.unwrap();
        liveness.update(service("one", "h")).await.unwrap();
    }
    let mut seen = Vec::new();
    while seen.len() < 40 {
        let next = tokio::time::timeout(Duration::from_secs(30), watcher.next()).await.unwrap();
        let Some(Notice::Changes(changes)) = next else { panic!("{next:?}") };
        seen.extend(changes.iter().map(|change| change.after));
    }
    let expected = [State::Down(Why::SetDown), State::Up].repeat(20);
    assert_eq!(seen, expected);
    liveness.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_etcd_has_now_is_asked_without_a_view() {
    let etcd = Etcd::start();
    let (first, second) =
        (Liveness::new(options(etcd.url())).unwrap(), Liveness::new(options(etcd.url())).unwrap());
    assert_eq!(first.is_up_at("api", "h").await.unwrap(), down(Why::NeverSeen));
    first.update(service("one", "h")).await.unwrap();
    second.update(service("two", "h")).await.unwrap();
    let found = async || first.find("api", "h").await.unwrap().unwrap();
    assert_eq!(&*found().await.service.uuid, "two", "the newest");
    second.stop().await;
    assert_eq!(&*found().await.service.uuid, "one", "the index still points to the other one");
    assert_eq!(first.is_up_at("api", "h").await.unwrap(), Answer::Known(State::Up));

    let all = first.read().await.unwrap();
    let states: Vec<_> = ["one", "two"].map(|uuid| all.get(uuid).unwrap().state(|| 0)).into();
    assert_eq!(states, [State::Up, State::Down(Why::Expired)]);
    let leases: Vec<i64> = all.iter().filter_map(Entry::lease).chain([42]).collect();
    let times = first.lease_times(leases.clone()).await.unwrap();
    let time = times[&leases[0]];
    assert!(times.len() == 1 && time.remaining <= time.granted && time.age() <= TTL * 2, "{times:?}");
    first.stop().await;
    assert_eq!(second.is_up_at("api", "h").await.unwrap(), down(Why::Expired));
}
