//! Every limit belongs to an alias: of two aliases of one component that do the same, the one with little room hits
//! its limit, and the other one does not.

use super::*;

/// A limit, what both aliases do, and how their limits differ.
struct Row {
    limit: &'static str,
    mode: String,
    tight: fn(&mut Limits),
    loose: fn(&mut Limits),
}

fn row(limit: &'static str, mode: &str, tight: fn(&mut Limits), loose: fn(&mut Limits)) -> Row {
    Row { limit, mode: mode.to_owned(), tight, loose }
}

fn rows(origin: &str) -> Vec<Row> {
    vec![
        row("memory", "big-result:3000000", |l| l.memory = 2 << 20, |l| l.memory = 64 << 20),
        row("handles", "sleep:1", |l| l.handles = 0, |l| l.handles = 20),
        row("cpu", "cpu:2000", |l| l.cpu = Duration::from_millis(20), |l| l.cpu = Duration::from_secs(5)),
        row("cpu_share", "cpu:2000", |l| l.cpu_share = 0.01, |l| l.cpu_share = 1.0),
        row("wall", "wait:1500", |l| l.wall = Duration::from_secs(1), |l| l.wall = Duration::from_secs(60)),
        row("http_requests", &format!("http-all:9:{origin}/"), |l| slowly(l, 3), |l| slowly(l, 100)),
        row(
            "http_in_flight",
            &format!("http-all:9:{origin}/"),
            |l| l.http_in_flight = 1,
            |l| l.http_in_flight = 9,
        ),
        row("http_bytes", &format!("http:{origin}/"), |l| l.http_bytes = 10, |l| l.http_bytes = 10_000),
        row("result", "big-result:9000", |l| l.result = 8_000, |l| l.result = 80_000),
        row("log", "log-flood:100", |l| l.log = hourly(1_000), |l| l.log = hourly(100_000)),
        row("state", "put:key:9000", |l| l.state = 5_000, |l| l.state = 50_000),
        row("dispatch_depth", "dispatch:metrics", |l| l.dispatch_depth = 0, |l| l.dispatch_depth = 8),
        row("mailbox", "wait:200", |l| l.mailbox = 0, |l| l.mailbox = 8),
    ]
}

fn hourly(amount: u64) -> Rate {
    Rate { amount, per: Duration::from_secs(3600) }
}

fn slowly(limits: &mut Limits, requests: u64) {
    limits.http_requests = hourly(requests);
}

fn grants(origin: &str) -> impl FnOnce(&mut Grants) {
    let grant = http(origin);
    move |grants| {
        grants.http = vec![grant];
        grants.state = true;
        grants.dispatch.insert(Event::Metrics);
    }
}

/// One call, or as many as make a line: one at the instance, two behind it.
async fn called(world: &World, alias: &str, limit: &str) {
    let calls = if limit == "mailbox" { 3 } else { 1 };
    let _ = futures_util::future::join_all((0..calls).map(|_| world.measure(alias))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_aliases_of_one_component_differ_in_each_limit() {
    let origin = echo_server().await;
    let rows = rows(&origin);
    // Whoever adds a limit adds it here.
    let Limits {
        memory: _,
        handles: _,
        cpu: _,
        cpu_of_asked: _,
        cpu_share: _,
        wall: _,
        http_requests: _,
        http_in_flight: _,
        http_bytes: _,
        result: _,
        log: _,
        state: _,
        dispatch_depth: _,
        mailbox: _,
    } = Limits::DEFAULT;
    assert_eq!(rows.len(), 13);
    for Row { limit, mode, tight, loose } in rows {
        let mut world = World::new().await;
        let set = |change: fn(&mut Limits)| {
            let grant = grants(&origin);
            move |limits: &mut Limits, grants: &mut Grants| {
                (limits.cpu, limits.cpu_share) = (Duration::from_secs(5), 1.0);
                change(limits);
                grant(grants);
            }
        };
        let tight = world.add("tight", measures(&mode), set(tight)).await;
        let loose = world.add("loose", measures(&mode), set(loose)).await;
        tokio::join!(called(&world, "tight", limit), called(&world, "loose", limit));
        let hits = |connector: &Connector| connector.counters().limit_hits.get(limit).copied().unwrap_or(0);
        let (used, other) = (tight.usage(), loose.usage());
        if limit == "http_in_flight" {
            // Requests wait for their place; none fails.
            let peaks = (used.peak.http_in_flight, other.peak.http_in_flight);
            assert!(peaks.0 == 1 && peaks.1 > 1, "{peaks:?}");
        } else {
            assert!(hits(&tight) > 0, "{limit}: {:?}", tight.counters());
        }
        assert_eq!(hits(&loose), 0, "{limit}: {:?}", loose.counters());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_used_of_limits_is_known() {
    let origin = echo_server().await;
    let mut world = World::new().await;
    let mut connectors = Vec::new();
    for (index, mode) in
        ["cpu:100", "wait:50", "big-result:9000", "put:key:9000", "log-flood:20"].into_iter().enumerate()
    {
        let grant = grants(&origin);
        let alias = format!("used-{index}");
        connectors.push(world.add(&alias, measures(mode), |_, grants| grant(grants)).await);
    }
    connectors.push(
        world.add("used-http", measures(&format!("http:{origin}/")), |_, all| grants(&origin)(all)).await,
    );
    world.all().await;
    let peak = |index: usize| connectors[index].usage().peak;
    assert!(peak(0).cpu > Duration::from_millis(1) && peak(0).cpu_share > 0.0, "{:?}", peak(0));
    assert!(peak(0).memory >= 1 << 20);
    assert!(peak(1).wall >= Duration::from_millis(50), "{:?}", peak(1));
    assert!((9_000..10_000).contains(&peak(2).result), "{:?}", peak(2));
    assert_eq!(peak(3).state, 3 + 9_000 + 64);
    // What was written first has begun to be forgotten.
    assert!((1..=20 * 101).contains(&peak(4).log.amount), "{:?}", peak(4));
    assert_eq!((peak(5).http_requests.amount, peak(5).http_in_flight), (1, 1));
    assert!(peak(5).http_bytes > 10, "{:?}", peak(5));
    let used = connectors[5].usage().used;
    assert_eq!((used.http_in_flight, used.mailbox), (0, 0));
}
