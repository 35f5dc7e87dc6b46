//! What happens when etcd, the line to it, or the process itself fails.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use etcd_client::{Txn, TxnOp};
use servo_liveness::{Answer, Error, Filter, Liveness, Notice, Options, Service, State, Status, Tls, Why};
use servo_test_support::{Etcd, Line, Weather};

const TTL: Duration = Duration::from_secs(4);
const LONG: Duration = Duration::from_secs(90);

fn options(endpoints: Vec<String>) -> Options {
    let mut options = Options::new(endpoints, TTL);
    options.etcd.timeout = Duration::from_secs(2);
    options
}

fn secure(etcd: &Etcd) -> Options {
    let security = etcd.security().unwrap();
    let read = |path| std::fs::read(path).unwrap();
    let mut options = options(etcd.urls());
    options.etcd.user = Some((security.user.into(), security.password.into()));
    options.etcd.tls = Tls {
        ca: Some(read(&security.ca)),
        identity: Some((read(&security.certificate), read(&security.key))),
    };
    options
}

fn start(options: Options) -> Liveness {
    Liveness::new(options).unwrap()
}

fn service(uuid: &str) -> Service {
    Service { uuid: uuid.into(), kind: "api".into(), host: uuid.into(), ..Service::default() }
}

async fn registered(liveness: &Liveness, service: Service) {
    let end = Instant::now() + LONG;
    while let Err(error) = liveness.update(service.clone()).await {
        assert!(error.is_passing() && Instant::now() < end, "{error}");
    }
}

async fn until(what: &str, mut probe: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !probe().await {
        assert!(Instant::now() < end, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn becomes(liveness: &Liveness, uuid: &str, wanted: Answer) {
    let view = liveness.view().await;
    until(&format!("{uuid} {wanted:?}"), async || view.is_up(uuid, Duration::from_secs(5)) == wanted).await;
}

const UP: Answer = Answer::Known(State::Up);

#[tokio::test(flavor = "multi_thread")]
async fn etcd_that_was_killed_finds_everything_as_it_was() {
    let mut etcd = Etcd::start();
    let (process, other) = (start(options(etcd.urls())), start(options(etcd.urls())));
    process.update(service("one")).await.unwrap();
    becomes(&other, "one", UP).await;
    etcd.kill(0);
    let view = other.view().await;
    until("the view is old", async || {
        matches!(view.is_up("one", Duration::from_secs(1)), Answer::Unknown(Some(_)))
    })
    .await;
    assert!(matches!(other.is_up("one").await, Err(Error::Unreachable { .. } | Error::Silent { .. })));
    etcd.restart(0, true);
    becomes(&other, "one", UP).await;
    assert_eq!((process.lease().unwrap().losses, view.figures().listings), (0, 1));
    registered(&process, Service { status: Status::Down, ..service("one") }).await;
    becomes(&other, "one", Answer::Known(State::Down(Why::SetDown))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn etcd_that_lost_everything_is_told_again() {
    let mut etcd = Etcd::start();
    let (process, other) = (start(options(etcd.urls())), start(options(etcd.urls())));
    for uuid in ["one", "two"] {
        process.update(service(uuid)).await.unwrap();
    }
    becomes(&other, "two", UP).await;
    for _ in 0..50 {
        etcd.ctl(["put", "something", "else"]);
    }
    etcd.kill(0);
    etcd.restart(0, false);
    let figures = || process.lease().unwrap();
    until("a new lease", async || figures().losses == 1 && figures().remaining.is_some()).await;
    let view = other.view().await;
    until("another listing", async || view.figures().listings == 2).await;
    for uuid in ["one", "two"] {
        becomes(&other, uuid, UP).await;
    }
    assert!(view.snapshot().revision() < 50, "{}", view.snapshot().revision());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_etcd_is_noticed_although_it_has_come_as_far() {
    let mut etcd = Etcd::start();
    let line = Line::to(etcd.url().strip_prefix("http://").unwrap());
    let reader = start(options(vec![format!("http://{}", line.address())]));
    let mut process = start(options(etcd.urls()));
    process.update(service("ghost")).await.unwrap();
    becomes(&reader, "ghost", UP).await;
    let view = reader.view().await;
    // Once it knows what it listed, once what it was told later.
    for (listings, old, new) in [(2, "ghost", "fresh"), (3, "late", "other")] {
        line.set(Weather::Cut);
        process.stop().await;
        etcd.kill(0);
        etcd.restart(0, false);
        process = start(options(etcd.urls()));
        process.update(service(new)).await.unwrap();
        while process.get(new).await.unwrap().unwrap().modified <= view.snapshot().revision() + 5 {
            process.update(Service { status: Status::Down, ..service(new) }).await.unwrap();
            process.update(service(new)).await.unwrap();
        }
        line.set(Weather::Fair);
        becomes(&reader, new, UP).await;
        becomes(&reader, old, Answer::Known(State::Down(Why::Deleted))).await;
        assert_eq!(view.figures().listings, listings);
        process.update(service("late")).await.unwrap();
        becomes(&reader, "late", UP).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_was_cut_goes_on_where_it_was() {
    let etcd = Etcd::start();
    let line = Line::to(etcd.url().strip_prefix("http://").unwrap());
    let process = start(options(etcd.urls()));
    let other = start(options(vec![format!("http://{}", line.address())]));
    process.update(service("one")).await.unwrap();
    becomes(&other, "one", UP).await;
    let view = other.view().await;
    let mut watcher = view.watch();
    assert!(matches!(watcher.next().await, Some(Notice::State { missed: 0, .. })));
    let (up, down) = (service("one"), Service { status: Status::Down, ..service("one") });
    for weather in [Weather::Cut, Weather::Silent, Weather::Slow(Duration::from_millis(50)), Weather::Cut] {
        line.set(weather);
        process.update(down.clone()).await.unwrap();
        process.update(up.clone()).await.unwrap();
        if !matches!(weather, Weather::Slow(_)) {
            let is_old = async || view.age() > Some(Duration::from_millis(300));
            until("nothing comes through", is_old).await;
        }
        line.set(Weather::Fair);
        let mut seen = Vec::new();
        while seen.len() < 2 {
            let notice = tokio::time::timeout(LONG, watcher.next()).await.unwrap();
            let Some(Notice::Changes(changes)) = notice else { panic!("{notice:?}") };
            seen.extend(changes.iter().map(|change| change.after));
        }
        assert_eq!(seen, [State::Down(Why::SetDown), State::Up], "{weather:?}");
    }
    assert_eq!(view.figures().listings, 1);
    // What happened meanwhile is compacted: it is listed anew, and the difference is told.
    line.set(Weather::Cut);
    process.update(down).await.unwrap();
    let revision = process.get("one").await.unwrap().unwrap().modified;
    etcd.ctl(["put", "something", "else"]);
    etcd.ctl(["compact", &(revision + 1).to_string()]);
    line.set(Weather::Fair);
    let notice = tokio::time::timeout(LONG, watcher.next()).await.unwrap();
    assert!(matches!(&notice, Some(Notice::Changes(changes)) if changes.len() == 1), "{notice:?}");
    assert_eq!(view.figures().listings, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_stands_still_makes_answers_unknown_and_not_wrong() {
    let etcd = Etcd::start();
    let (process, other) = (start(options(etcd.urls())), start(options(etcd.urls())));
    process.update(service("one")).await.unwrap();
    becomes(&other, "one", UP).await;
    etcd.freeze(0);
    let view = other.view().await;
    until("the view is old", async || {
        matches!(view.is_up("one", Duration::from_secs(2)), Answer::Unknown(Some(_)))
    })
    .await;
    let asked = Instant::now();
    assert!(matches!(other.is_up("one").await, Err(Error::Silent { .. } | Error::Unreachable { .. })));
    assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", asked.elapsed());
    etcd.thaw(0);
    becomes(&other, "one", UP).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_etcd_is_named() {
    let etcd = Etcd::with_flags(&["--quota-backend-bytes", "1000000"]);
    let liveness = start(options(etcd.urls()));
    let mut filler = etcd_client::Client::connect([etcd.url()], None).await.unwrap();
    let large = "x".repeat(100_000);
    let filling = Instant::now();
    loop {
        match liveness.update(service("one")).await {
            Err(Error::Full) => break,
            Ok(_) => {}
            Err(error) => panic!("{error}"),
        }
        assert!(filling.elapsed() < LONG);
        for number in 0..4 {
            // It may be full before the last one.
            let _ = filler.put(format!("filler-{number}"), large.as_str(), None).await;
        }
        liveness.delete("one").await.unwrap_or_default();
    }
    let checkup = liveness.checkup().await;
    assert!(checkup.read.is_ok() && matches!(checkup.write, Err(Error::Full)), "{checkup:?}");
    assert_eq!(checkup.members[0].state.as_ref().unwrap().alarms, ["NOSPACE"]);
}

/// More than fit into one page.
#[tokio::test(flavor = "multi_thread")]
async fn many_services_are_listed_page_by_page() {
    const MANY: usize = 2_500;
    let etcd = Etcd::start();
    let mut client = etcd_client::Client::connect([etcd.url()], None).await.unwrap();
    let numbers: Vec<usize> = (0..MANY).collect();
    for numbers in numbers.chunks(60) {
        let puts = numbers.iter().flat_map(|number| {
            let service = service(&format!("{number:05}"));
            let key = |tree| format!("/services/{tree}/{}", service.uuid);
            let record = TxnOp::put(key("by-uuid"), service.encode(), None);
            [
                record,
                TxnOp::put(key(if number % 2 == 0 { "by-status/UP" } else { "by-status/DOWN" }), "", None),
            ]
        });
        client.txn(Txn::new().and_then(puts.collect::<Vec<_>>())).await.unwrap();
    }
    let liveness = start(options(etcd.urls()));
    let all = liveness.read().await.unwrap();
    assert_eq!((all.len(), all.ups()), (MANY, MANY / 2));
    let hosts = Filter { hosts: vec!["00007".into(), "02499".into()], ..Filter::default() };
    assert_eq!(liveness.list(&hosts).await.unwrap().len(), 2);
    becomes(&liveness, "02498", UP).await;
    let view = liveness.view().await;
    assert_eq!((view.snapshot().len(), view.figures().listings), (MANY, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_vanish_with_one_process_are_suspects_first() {
    let etcd = Etcd::start();
    let (many, few) = (start(options(etcd.urls())), start(options(etcd.urls())));
    for number in 0..10 {
        many.update(service(&format!("many-{number}"))).await.unwrap();
        few.update(service(&format!("few-{number}"))).await.unwrap();
    }
    becomes(&few, "many-9", UP).await;
    many.stop().await;
    for number in 0..10 {
        becomes(&few, &format!("many-{number}"), Answer::Known(State::Suspect)).await;
    }
    assert_eq!(few.view().await.figures().suspects, 10);
    assert_eq!(few.view().await.is_up("few-3", Duration::from_secs(5)), UP);
    becomes(&few, "many-0", Answer::Known(State::Down(Why::Expired))).await;
}

/// Writes without a pause until its count is dropped.
fn load(process: &Liveness) -> Arc<AtomicUsize> {
    let written = Arc::new(AtomicUsize::new(0));
    let (process, count) = (process.clone(), Arc::downgrade(&written));
    tokio::spawn(async move {
        for number in 0.. {
            let service = Service { region: format!("r{number}").as_str().into(), ..service("load") };
            let done = process.update(service).await.is_ok();
            let Some(count) = count.upgrade() else { return };
            count.fetch_add(usize::from(done), Ordering::Relaxed);
        }
    });
    written
}

/// Leader killed under load, then two of three dead, then back, then the leader frozen; with mutual TLS, users and tokens that expire.
#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_loses_members_and_no_service_is_reported_down() {
    let mut etcd = Etcd::secure_cluster();
    let (process, other) = (start(secure(&etcd)), start(secure(&etcd)));
    registered(&process, service("steady")).await;
    registered(&process, service("busy")).await;
    becomes(&other, "steady", UP).await;
    let mut watcher = other.view().await.watch();
    let leader = etcd.leader();
    let written = load(&process);
    until("the first writes", async || written.load(Ordering::Relaxed) > 20).await;
    etcd.kill(leader);
    let before = written.load(Ordering::Relaxed);
    until("writes go on", async || written.load(Ordering::Relaxed) > before + 20).await;
    registered(&process, Service { region: "a".into(), ..service("busy") }).await;
    drop(written);
    // The tokens of users end after 5 s without a call.
    tokio::time::sleep(Duration::from_secs(6)).await;
    registered(&process, Service { region: "b".into(), ..service("busy") }).await;
    etcd.restart(leader, true);
    etcd.healthy();

    let two: Vec<usize> = (0..3).filter(|number| *number != leader).collect();
    for number in &two {
        etcd.kill(*number);
    }
    let refused = process.update(Service { region: "c".into(), ..service("busy") }).await;
    assert!(refused.is_err(), "{refused:?}");
    for number in &two {
        etcd.restart(*number, true);
    }
    etcd.healthy();
    registered(&process, Service { region: "d".into(), ..service("busy") }).await;

    let frozen = etcd.leader();
    etcd.freeze(frozen);
    registered(&process, Service { region: "e".into(), ..service("busy") }).await;
    let view = other.view().await;
    let moved = async || view.snapshot().get("busy").is_some_and(|entry| &*entry.service.region == "e");
    until("the last region", moved).await;
    // Longer than the lease: it is renewed through the others.
    tokio::time::sleep(TTL * 2).await;
    etcd.thaw(frozen);
    etcd.healthy();
    assert_eq!(process.lease().unwrap().losses, 0);
    becomes(&other, "steady", UP).await;
    while let Ok(Some(notice)) = tokio::time::timeout(Duration::from_millis(100), watcher.next()).await {
        if let Notice::Changes(changes) = notice {
            assert!(changes.iter().all(|change| change.after == State::Up), "{changes:?}");
        }
    }
}
