//! What answers, writes and news cost beside raw calls of the same client to the same etcd, in one run.
#![allow(clippy::unwrap_used, reason = "a bench says what is wrong by failing")]
#![allow(clippy::print_stdout, reason = "it prints its figures")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use etcd_client::{Client, Compare, CompareOp, PutOptions, Txn, TxnOp, WatchOptions};
use rustix::time::{ClockId, clock_gettime};
use servo_liveness::{Answer, Filter, Liveness, Notice, Options, Service, State, Status, View};
use servo_test_support::Etcd;

const TTL: Duration = Duration::from_secs(60);
const BOUND: Duration = Duration::from_secs(60);

fn liveness(etcd: &Etcd) -> Liveness {
    liveness_in(etcd, "", TTL)
}

fn liveness_in(etcd: &Etcd, namespace: &str, ttl: Duration) -> Liveness {
    let mut options = Options::new(vec![etcd.url().into()], ttl);
    (options.etcd.timeout, options.namespace) = (Duration::from_secs(30), namespace.into());
    Liveness::new(options).unwrap()
}

fn service(number: usize, status: Status) -> Service {
    let (kind, host) = (format!("kind-{}", number % 10), format!("host-{number}"));
    Service {
        uuid: format!("{number:032x}").as_str().into(),
        kind: kind.as_str().into(),
        host: host.as_str().into(),
        region: format!("region-{}", number % 10).as_str().into(),
        status,
        ..Service::default()
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn tail(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() * 99 / 100]
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let etcd = Etcd::start();
        let client = Client::connect([etcd.url()], None).await.unwrap();
        updates(&etcd, client.clone()).await;
        news(&etcd, client.clone()).await;
        heartbeats(&etcd, client.clone()).await;
        fill(client.clone(), "some/services", 10_000).await;
        many(&etcd, "some", 10_000).await;
        fill(client, "services", 100_000).await;
        listing(&etcd, 100_000).await;
    });
}

/// A flip of a status beside a raw transaction with as many keys and bytes.
async fn updates(etcd: &Etcd, mut client: Client) {
    let process = liveness(etcd);
    process.update(service(1, Status::Up)).await.unwrap();
    let record = service(1, Status::Down).encode();
    let lease = client.lease_grant(60, None).await.unwrap().id();
    client.put("raw/record", record.clone(), None).await.unwrap();
    let (mut raw, mut ours) = (Vec::new(), Vec::new());
    for round in 0..600 {
        let status = if round % 2 == 0 { Status::Down } else { Status::Up };
        let revision = client.get("raw/record", None).await.unwrap().kvs()[0].mod_revision();
        let began = Instant::now();
        let compare = [Compare::mod_revision("raw/record", CompareOp::Equal, revision)];
        let writes = [
            TxnOp::put("raw/record", record.clone(), None),
            TxnOp::put(format!("raw/{status}"), "", Some(PutOptions::new().with_lease(lease))),
            TxnOp::delete(format!("raw/not-{status}"), None),
        ];
        client.txn(Txn::new().when(compare).and_then(writes)).await.unwrap();
        raw.push(began.elapsed());
        let began = Instant::now();
        process.update(service(1, status)).await.unwrap();
        ours.push(began.elapsed());
    }
    let (raw, ours) = (median(raw), median(ours));
    let ratio = raw.as_secs_f64() / ours.as_secs_f64();
    println!("status flip: {ours:.1?}, raw transaction {raw:.1?}: {ratio:.2} of its rate (bar 0.9)");
    process.delete(&service(1, Status::Up).uuid).await.unwrap();
    process.stop().await;
}

/// From a put by another process to the view, beside a raw watch.
async fn news(etcd: &Etcd, mut client: Client) {
    let reader = liveness(etcd);
    let view = reader.view().await;
    let mut watcher = view.watch();
    watcher.next().await.unwrap();
    let mut raw = client.watch("/services/", Some(WatchOptions::new().with_prefix())).await.unwrap();
    raw.message().await.unwrap().unwrap();
    let (mut raw_times, mut our_times) = (Vec::new(), Vec::new());
    for round in 0..1000 {
        let status = if round % 2 == 0 { Status::Down } else { Status::Up };
        let record = service(2, status).encode();
        let key = format!("/services/by-uuid/{}", service(2, status).uuid);
        let began = Instant::now();
        let mut writer = client.clone();
        let put = tokio::spawn(async move { writer.put(key, record, None).await });
        let raw_seen = async {
            raw.message().await.unwrap().unwrap();
            began.elapsed()
        };
        let our_seen = async {
            loop {
                if let Some(Notice::Changes(_)) = watcher.next().await {
                    return began.elapsed();
                }
            }
        };
        let (raw_time, our_time) = tokio::join!(raw_seen, our_seen);
        raw_times.push(raw_time);
        our_times.push(our_time);
        put.await.unwrap().unwrap();
    }
    let (raw, ours) = (tail(raw_times), tail(our_times));
    println!("put to view, p99: {ours:.1?}, raw watch {raw:.1?} (bar: 1 ms more)");
    reader.stop().await;
}

/// A thousand services of one process, for three times their TTL.
async fn heartbeats(etcd: &Etcd, mut client: Client) {
    let ttl = Duration::from_secs(6);
    let process = liveness_in(etcd, "beat", ttl);
    for number in 0..1000 {
        process.update(service(number, Status::Up)).await.unwrap();
    }
    let revision = |response: &etcd_client::GetResponse| response.header().unwrap().revision();
    let before = revision(&client.get("x", None).await.unwrap());
    let renewals = process.lease().unwrap().renewals;
    tokio::time::sleep(ttl * 3).await;
    let writes = revision(&client.get("x", None).await.unwrap()) - before;
    let renewals = process.lease().unwrap().renewals - renewals;
    println!(
        "1,000 services for three TTLs: {writes} writes (bar 0), {renewals} renewals (one per third: 9 to 10)"
    );
    process.stop().await;
}

async fn fill(client: Client, base: &'static str, services: usize) {
    let tasks: Vec<_> = (0..8)
        .map(|part| {
            let mut client = client.clone();
            tokio::spawn(async move {
                let lease = client.lease_grant(3600, None).await.unwrap().id();
                let numbers: Vec<usize> = (part..services).step_by(8).collect();
                for numbers in numbers.chunks(40) {
                    let puts: Vec<TxnOp> = numbers
                        .iter()
                        .flat_map(|number| {
                            let service = service(*number, Status::Up);
                            let lease = Some(PutOptions::new().with_lease(lease));
                            [
                                TxnOp::put(
                                    format!("/{base}/by-uuid/{}", service.uuid),
                                    service.encode(),
                                    None,
                                ),
                                TxnOp::put(format!("/{base}/by-status/UP/{}", service.uuid), "", lease),
                            ]
                        })
                        .collect();
                    client.txn(Txn::new().and_then(puts)).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

/// Everything at once, what it takes in memory, and how fast it answers.
async fn listing(etcd: &Etcd, services: usize) {
    let reader = liveness(etcd);
    let memory = || -> usize {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    };
    let before = memory();
    let began = Instant::now();
    let view = reader.view().await;
    while view.age().is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let listed = began.elapsed();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let each = memory().saturating_sub(before) / services;
    println!(
        "{services} services listed in {listed:.2?} (bar 5 s), {each} bytes of resident memory each (bar 500)"
    );

    asked(view, services);
    reader.stop().await;
}

/// Every service in turn, by two threads. The names are in one text, as a caller has the one that it asks for at hand;
/// where the services are in memory is as random as it gets.
fn asked(view: &View, services: usize) {
    let uuids: String = (0..services).map(|number| format!("{number:032x}")).collect();
    let uuids: Arc<str> = uuids.into();
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (view, uuids) = (view.clone(), Arc::clone(&uuids));
            std::thread::spawn(move || {
                let (began, mut asked) = (processor(), 0u64);
                while processor() - began < 2.0 {
                    for number in 0..services {
                        let uuid = &uuids[number * 32..number * 32 + 32];
                        assert_eq!(view.is_up(uuid, BOUND), Answer::Known(State::Up));
                    }
                    asked += services as u64;
                }
                asked as f64 / (processor() - began)
            })
        })
        .collect();
    let rate: f64 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    println!("is_up among {services}: {:.1} million per second of both cores (bar 10)", rate / 1e6);
}

/// The time that this thread has used, in seconds: what others do on this machine is not counted.
fn processor() -> f64 {
    let used = clock_gettime(ClockId::ThreadCPUTime);
    used.tv_sec as f64 + used.tv_nsec as f64 / 1e9
}

/// A tenth of all services, by their region.
async fn many(etcd: &Etcd, namespace: &str, services: usize) {
    let reader = liveness_in(etcd, namespace, TTL);
    let view = reader.view().await;
    while view.age().is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let filter = Filter { regions: vec!["region-3".into()], ..Filter::default() };
    let (began, rounds) = (processor(), 2_000);
    for _ in 0..rounds {
        let found: Vec<Service> =
            view.snapshot().matching(&filter).map(|entry| entry.service.clone()).collect();
        assert_eq!(found.len(), services / 10);
    }
    let rate = f64::from(rounds) / (processor() - began);
    asked(view, services);
    println!("get many by region among {services}: {rate:.0}/s (bar 2,300)");
    reader.stop().await;
}
