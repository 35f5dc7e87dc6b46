//! Many services that vanish at once are suspects: for those who saw it, for those who come later, and until an
//! operator says otherwise.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

use std::time::{Duration, Instant};

use servo_liveness::{Answer, FlapOptions, Liveness, Notice, Options, Service, State, Why};
use servo_test_support::{Etcd, Line, Weather};

const TTL: Duration = Duration::from_secs(60);
const SUSPECT: Answer = Answer::Known(State::Suspect);
const EXPIRED: Answer = Answer::Known(State::Down(Why::Expired));

fn options(etcd: &Etcd) -> Options {
    let mut options = Options::new(vec![etcd.url().into()], TTL);
    options.etcd.timeout = Duration::from_secs(10);
    options.namespace = "fleet".into();
    options
}

fn start(etcd: &Etcd) -> Liveness {
    Liveness::new(options(etcd)).unwrap()
}

fn service(uuid: &str) -> Service {
    Service { uuid: uuid.into(), kind: "api".into(), host: uuid.into(), ..Service::default() }
}

async fn until(what: &str, mut probe: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !probe().await {
        assert!(Instant::now() < end, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn views(liveness: &Liveness, uuid: &str, wanted: Answer) {
    let view = liveness.view().await;
    until(&format!("{uuid} {wanted:?}"), async || view.is_up(uuid, TTL) == wanted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_come_later_are_told_and_an_operator_decides_for_all() {
    let etcd = Etcd::start();
    let (many, few, early) = (start(&etcd), start(&etcd), start(&etcd));
    early.update(service("long-ago")).await.unwrap();
    early.stop().await;
    for number in 0..6 {
        many.update(service(&format!("many-{number}"))).await.unwrap();
        few.update(service(&format!("few-{number}"))).await.unwrap();
    }
    views(&few, "many-5", Answer::Known(State::Up)).await;
    many.stop().await;
    for number in 0..6 {
        views(&few, &format!("many-{number}"), SUSPECT).await;
    }

    // A process that has not seen it.
    let late = start(&etcd);
    until("somebody said so", async || late.is_up("many-3").await.unwrap() == SUSPECT).await;
    assert_eq!(late.is_up_at("api", "many-4").await.unwrap(), SUSPECT);
    assert_eq!(late.is_up("few-1").await.unwrap(), Answer::Known(State::Up));
    assert_eq!(late.is_up("long-ago").await.unwrap(), EXPIRED, "that was before");
    let all = late.read().await.unwrap();
    let states = ["many-0", "few-0", "long-ago"].map(|uuid| all.get(uuid).unwrap().state(|| 0));
    assert_eq!(states, [State::Suspect, State::Up, State::Down(Why::Expired)]);
    views(&late, "many-0", SUSPECT).await;
    views(&late, "long-ago", EXPIRED).await;

    // One comes back; then an operator in a third process decides.
    few.update(service("many-5")).await.unwrap();
    for process in [&few, &late] {
        views(process, "many-5", Answer::Known(State::Up)).await;
    }
    let operator = start(&etcd);
    assert!(operator.release_suspects().await.unwrap());
    for process in [&few, &late] {
        views(process, "many-0", EXPIRED).await;
        assert_eq!(process.view().await.figures().suspects, 0);
    }
    assert_eq!(operator.is_up("many-0").await.unwrap(), EXPIRED);
    assert!(!operator.release_suspects().await.unwrap());
    let left = etcd.ctl(["get", "/fleet/services/suspicion"]);
    assert_eq!(left.trim(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_comes_and_goes_is_not_reported_with_hysteresis() {
    let etcd = Etcd::start();
    let flapping = FlapOptions { down_after: 100, up_after: 1, beat: TTL };
    let steady = Liveness::new(Options { flapping, ..options(&etcd) }).unwrap();
    let (process, other) = (start(&etcd), start(&etcd));
    process.update(service("one")).await.unwrap();
    for reader in [&steady, &other] {
        views(reader, "one", Answer::Known(State::Up)).await;
    }
    process.stop().await;
    views(&other, "one", EXPIRED).await;
    let revision = other.view().await.snapshot().revision();
    let view = steady.view().await;
    until("it has seen that, too", async || view.snapshot().revision() >= revision).await;
    assert_eq!(view.is_up("one", TTL), Answer::Known(State::Up));
    other.delete("one").await.unwrap();
    views(&steady, "one", Answer::Known(State::Down(Why::Deleted))).await;
}

/// Who sees only later that many have vanished does not know whether they did so at once; it asks those who saw it.
#[tokio::test(flavor = "multi_thread")]
async fn who_could_not_see_it_judges_nothing_and_listens_to_others() {
    let etcd = Etcd::start();
    let line = Line::to(etcd.url().strip_prefix("http://").unwrap());
    let mut cut_off = options(&etcd);
    cut_off.etcd.endpoints = vec![format!("http://{}", line.address())];
    cut_off.guard.within = Duration::from_secs(1);
    let cut_off = Liveness::new(cut_off).unwrap();
    let few = start(&etcd);
    for (round, wanted) in [("unseen", EXPIRED), ("seen", SUSPECT)] {
        let many = start(&etcd);
        let names: Vec<String> = (0..6).map(|number| format!("{round}-{number}")).collect();
        for name in &names {
            many.update(service(name)).await.unwrap();
        }
        views(&cut_off, &names[5], Answer::Known(State::Up)).await;
        if wanted == SUSPECT {
            views(&few, &names[5], Answer::Known(State::Up)).await;
        }
        let view = cut_off.view().await;
        line.set(Weather::Cut);
        until("its picture is old", async || view.age().unwrap() > Duration::from_secs(6)).await;
        let mut watcher = view.watch();
        many.stop().await;
        if wanted == SUSPECT {
            until("somebody said so", async || few.is_up(&names[0]).await.unwrap() == SUSPECT).await;
        }
        line.set(Weather::Fair);
        for name in &names {
            views(&cut_off, name, wanted).await;
        }
        // Also in between.
        while let Ok(Some(notice)) = tokio::time::timeout(Duration::from_millis(100), watcher.next()).await {
            let Notice::Changes(changes) = notice else { continue };
            let suspect = changes.iter().any(|change| change.after == State::Suspect);
            assert!(wanted == SUSPECT || !suspect, "{changes:?}");
        }
        assert_eq!(view.figures().listings, 1);
    }
}

/// A key that nobody of ours wrote must not keep anybody from reading the others.
#[tokio::test(flavor = "multi_thread")]
async fn a_suspicion_that_cannot_be_true_is_none() {
    let etcd = Etcd::start();
    let process = start(&etcd);
    process.update(service("one")).await.unwrap();
    let early = start(&etcd);
    early.update(service("gone")).await.unwrap();
    early.stop().await;
    let granted = etcd.ctl(["lease", "grant", "600"]);
    let lease = granted.split_whitespace().nth(1).unwrap();
    for value in ["999999999", "-1", "9223372036854775807", "words", "0"] {
        etcd.ctl(["put", &format!("--lease={lease}"), "/fleet/services/suspicion", "--", value]);
        let reader = start(&etcd);
        views(&reader, "one", Answer::Known(State::Up)).await;
        views(&reader, "gone", EXPIRED).await;
        assert_eq!(reader.is_up("gone").await.unwrap(), EXPIRED, "{value}");
        assert_eq!(reader.read().await.unwrap().ups(), 1);
        reader.stop().await;
    }
}
