//! A registered process keeps what it said of its services, whatever others do to their keys.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

use std::time::{Duration, Instant};

use etcd_client::{Client, PutOptions};
use servo_liveness::{Answer, Error, Liveness, Maintenance, Options, Service, State, Status, Why};
use servo_test_support::{Etcd, Line, Weather};

const TTL: Duration = Duration::from_secs(4);
const LONG: Duration = Duration::from_secs(90);
const UP: Answer = Answer::Known(State::Up);
const EXPIRED: Answer = Answer::Known(State::Down(Why::Expired));

fn start(url: &str) -> Liveness {
    let mut options = Options::new(vec![url.into()], TTL);
    options.etcd.timeout = Duration::from_secs(2);
    // Nobody is ever a suspect here.
    options.guard.least = usize::MAX;
    Liveness::new(options).unwrap()
}

fn service(uuid: &str) -> Service {
    Service { uuid: uuid.into(), kind: "api".into(), host: uuid.into(), ..Service::default() }
}

async fn until(what: &str, mut probe: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !probe().await {
        assert!(Instant::now() < end, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Until etcd answers like this.
async fn becomes(liveness: &Liveness, uuid: &str, wanted: Answer) {
    let answers = async || liveness.is_up(uuid).await.is_ok_and(|answer| answer == wanted);
    until(&format!("{uuid} {wanted:?}"), answers).await;
}

/// Until the lease was renewed twice more, so that everything was looked at.
async fn renewed(process: &Liveness) {
    let before = process.lease().unwrap().renewals;
    until("two renewals", async || process.lease().unwrap().renewals >= before + 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_etcd_did_not_take_is_made_later() {
    let etcd = Etcd::start();
    let (process, other) = (start(etcd.url()), start(etcd.url()));
    process.update(service("one")).await.unwrap();
    etcd.freeze(0);
    let down = Service { status: Status::Down, ..service("one") };
    let refused = process.update(down).await;
    assert!(refused.as_ref().is_err_and(Error::is_passing), "{refused:?}");
    etcd.thaw(0);
    becomes(&other, "one", Answer::Known(State::Down(Why::SetDown))).await;
    // It has been said; from now on the word of others counts again.
    renewed(&process).await;
    other.up("one").await.unwrap();
    renewed(&process).await;
    assert_eq!(other.is_up("one").await.unwrap(), UP);
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_be_read_takes_no_other_service_down() {
    let etcd = Etcd::start();
    let line = Line::to(etcd.url().strip_prefix("http://").unwrap());
    let (process, other) = (start(&format!("http://{}", line.address())), start(etcd.url()));
    for uuid in ["one", "two"] {
        process.update(service(uuid)).await.unwrap();
    }
    // While its lease lives, and while all is put again after it was lost.
    etcd.put("/services/by-uuid/one", b"\xff");
    becomes(&other, "one", UP).await;
    assert_eq!(process.lease().unwrap().losses, 0);
    line.set(Weather::Silent);
    becomes(&other, "two", EXPIRED).await;
    etcd.put("/services/by-uuid/one", b"\xff");
    line.set(Weather::Fair);
    for uuid in ["one", "two"] {
        becomes(&other, uuid, UP).await;
    }
    renewed(&process).await;
    assert_eq!(process.lease().unwrap().losses, 1);
    assert_eq!(other.read().await.unwrap().ups(), 2);
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_number_of_services_may_share_a_host() {
    let etcd = Etcd::start();
    let (process, operator) = (start(etcd.url()), start(etcd.url()));
    let named = |number: usize| Service { host: "h".into(), ..service(&format!("{number:03}")) };
    for number in 0..150 {
        process.update(named(number)).await.unwrap();
    }
    let found = || etcd.ctl(["get", "/services/by-type-host/api/h", "--print-value-only"]).trim().to_owned();
    assert_eq!(found(), "149");
    process.update(Service { status: Status::Down, ..named(149) }).await.unwrap();
    assert_eq!(found(), "148", "the newest that is up");
    operator.down("148", Maintenance::default()).await.unwrap();
    assert_eq!(found(), "147");
    process.delete("147").await.unwrap();
    assert_eq!(found(), "146");
    process.stop().await;
    operator.delete("146").await.unwrap();
    assert_eq!(found(), "149", "none is up: the newest");
    operator.delete("149").await.unwrap();
    assert_eq!(found(), "148");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_uuid_that_two_processes_use_stays_with_the_one_that_lives() {
    let etcd = Etcd::start();
    let (first, second) = (start(etcd.url()), start(etcd.url()));
    first.update(service("one")).await.unwrap();
    assert!(second.update(service("one")).await.unwrap());
    second.stop().await;
    until("it is noticed", async || {
        let figures = first.lease().unwrap();
        figures.taken + figures.removed > 0
    })
    .await;
    becomes(&second, "one", UP).await;
    assert_eq!(first.lease().unwrap().losses, 0);
    first.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_others_took_or_removed_are_put_again_and_nothing_else_is_written() {
    let etcd = Etcd::start();
    let (process, other) = (start(etcd.url()), start(etcd.url()));
    let mut client = Client::connect([etcd.url()], None).await.unwrap();
    process.update(service("one")).await.unwrap();
    process.update(service("two")).await.unwrap();
    let ours = other.get("one").await.unwrap().unwrap().lease();
    let figures = || process.lease().unwrap();

    // What os-lively does when it sets a service down and up.
    let foreign = client.lease_grant(600, None).await.unwrap().id();
    let lease = PutOptions::new().with_lease(foreign);
    client.put("/services/by-status/UP/one", "", Some(lease)).await.unwrap();
    until("it is taken back", async || figures().taken > 0).await;
    let lease = async || other.get("one").await.unwrap().and_then(|entry| entry.lease());
    until("it hangs on the lease of its process", async || lease().await == ours).await;
    client.lease_revoke(foreign).await.unwrap();
    assert_eq!(other.is_up("one").await.unwrap(), UP);

    other.delete("one").await.unwrap();
    until("it is put again", async || figures().removed > 0).await;
    becomes(&other, "one", UP).await;
    for key in ["by-uuid/one", "by-type-host/api/one"] {
        let key = format!("/services/{key}");
        assert!(!client.get(key.as_str(), None).await.unwrap().kvs().is_empty(), "{key}");
    }

    // What an operator says is neither of both.
    let before = (figures().taken, figures().removed);
    other.down("two", Maintenance::default()).await.unwrap();
    renewed(&process).await;
    assert_eq!(other.is_up("two").await.unwrap(), Answer::Known(State::Down(Why::SetDown)));
    let revision = client.get("-", None).await.unwrap().header().unwrap().revision();
    renewed(&process).await;
    assert_eq!(client.get("-", None).await.unwrap().header().unwrap().revision(), revision);
    assert_eq!((figures().taken, figures().removed), before);
    assert_eq!(figures().losses, 0);
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_say_of_a_dead_process_that_it_is_up() {
    let etcd = Etcd::start();
    let (process, operator) = (start(etcd.url()), start(etcd.url()));
    process.update(service("one")).await.unwrap();
    process.stop().await;
    for _ in 0..2 {
        operator.up("one").await.unwrap();
        assert_eq!(operator.is_up("one").await.unwrap(), EXPIRED);
        operator.down("one", Maintenance::default()).await.unwrap();
        assert_eq!(operator.is_up("one").await.unwrap(), Answer::Known(State::Down(Why::SetDown)));
        assert_eq!(etcd.ctl(["get", "/services/by-status/", "--prefix", "--keys-only"]).trim(), "");
    }
    // What was said of it counts when it lives again, and is ended while it does.
    let again = start(etcd.url());
    again.update(service("two")).await.unwrap();
    again.update(Service { status: Status::Down, ..service("one") }).await.unwrap();
    operator.up("one").await.unwrap();
    assert_eq!(operator.is_up("one").await.unwrap(), UP);
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_while_it_is_put_again_stays_deleted() {
    const MANY: usize = 40;
    let etcd = Etcd::start();
    let line = Line::to(etcd.url().strip_prefix("http://").unwrap());
    let (process, other) = (start(&format!("http://{}", line.address())), start(etcd.url()));
    let name = |number: usize| format!("service-{number}");
    for number in 0..MANY {
        process.update(service(&name(number))).await.unwrap();
    }
    let ups = async || other.read().await.unwrap().ups();
    line.set(Weather::Silent);
    until("all have expired", async || ups().await == 0).await;
    line.set(Weather::Slow(Duration::from_millis(20)));
    until("the first is up again", async || ups().await > 0).await;
    let deleted = (0..MANY).map(name).map(|uuid| {
        let process = process.clone();
        tokio::spawn(async move {
            let end = Instant::now() + LONG;
            while let Err(error) = process.delete(&uuid).await {
                if matches!(error, Error::NotFound(_)) {
                    break;
                }
                assert!(error.is_passing() && Instant::now() < end, "{error}");
            }
        })
    });
    for deleted in deleted.collect::<Vec<_>>() {
        deleted.await.unwrap();
    }
    line.set(Weather::Fair);
    renewed(&process).await;
    assert!(other.read().await.unwrap().is_empty());
    assert_eq!(etcd.ctl(["get", "/services/", "--prefix", "--keys-only"]).trim(), "");
    assert_eq!(process.lease().unwrap().registered, 0);
    process.stop().await;
}
