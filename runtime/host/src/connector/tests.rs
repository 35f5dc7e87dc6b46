//! Real components in the real sandbox: each misbehaves as its settings say, beside a neighbour that goes on.

mod cpu;
mod gate;
mod kept;
mod limits;
mod revoked;
mod tcp;

use std::path::Path;
use std::sync::OnceLock;
use std::time::Instant;

use serde_json::json;
use servo_events::{Chain, Options, Outcomes, ProgressSink};
use servo_types::{Control, Measurement, Reading};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::drive::GRACE;
use super::*;
use crate::{Compiler, HttpGrant, Origin, Rate, Sandbox, SandboxOptions, SecretForm, SecretHeader};

/// One cache for all tests, so that the fixture is compiled once.
fn cache() -> &'static Path {
    static CACHE: OnceLock<tempfile::TempDir> = OnceLock::new();
    CACHE.get_or_init(|| tempfile::tempdir().unwrap()).path()
}

fn sandbox() -> Arc<Sandbox> {
    let options =
        SandboxOptions { cache: cache().to_owned(), compiler: Compiler::InProcess, heavy: Handle::current() };
    Sandbox::new(options).unwrap()
}

async fn fixture() -> Arc<Program> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests/target/wasm32-wasip2/release/fixture.wasm");
    let bytes = std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; run `make guests` first", path.display()));
    sandbox().load(&bytes, true).await.unwrap()
}

/// A bus with one connector for each alias and settings.
struct World {
    program: Arc<Program>,
    bus: Bus,
    connectors: Vec<Arc<Connector>>,
    /// What connectors keep.
    kept: Arc<tempfile::TempDir>,
}

impl World {
    async fn new() -> Self {
        let kept = Arc::new(tempfile::tempdir().unwrap());
        Self { program: fixture().await, bus: Bus::new(), connectors: Vec::new(), kept }
    }

    async fn add(
        &mut self,
        alias: &str,
        settings: Value,
        change: impl FnOnce(&mut Limits, &mut Grants),
    ) -> Arc<Connector> {
        let (mut limits, mut grants) = (Limits::default(), Grants::default());
        change(&mut limits, &mut grants);
        let state = self.kept.path().join(format!("{alias}.jsonl"));
        let services = Services { bus: Some(self.bus.clone()), state: Some(state), ..Services::default() };
        let options = ConnectorOptions { alias: alias.into(), settings, limits, grants, services };
        let connector = Connector::start(Arc::clone(&self.program), options).await.unwrap();
        self.bus.register(Arc::clone(&connector) as Arc<dyn Handler>).unwrap();
        self.connectors.push(Arc::clone(&connector));
        connector
    }

    async fn measure(&self, alias: &str) -> Result<Measurement, Failure> {
        let options = Options { include: vec![alias.into()], ..Options::default() };
        let call = Call::Measure { metrics: Vec::new(), control: Control::default() };
        let outcomes = self.bus.dispatch(call, options).await.unwrap();
        let answer = outcomes.answers.into_iter().next().unwrap();
        match answer.result? {
            Reply::Measurement(measurement) => Ok(measurement),
            other => panic!("not a measurement: {other:?}"),
        }
    }

    async fn all(&self) -> Outcomes {
        let call = Call::Measure { metrics: Vec::new(), control: Control::default() };
        self.bus.dispatch(call, Options::default()).await.unwrap()
    }
}

fn context(cancel: CancellationToken) -> Context {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    Context { cancel, deadline, progress: ProgressSink::default(), callers: Chain::default() }
}

fn measures(mode: &str) -> Value {
    json!({"on": {"measure": mode}})
}

fn note(measurement: &Measurement, key: &str) -> String {
    let found = measurement.annotations.iter().find(|(name, _)| name == key);
    found.unwrap_or_else(|| panic!("no {key} in {measurement:?}")).1.clone()
}

fn http(origin: &str) -> HttpGrant {
    HttpGrant {
        to: origin.parse().unwrap(),
        source: "test".into(),
        secrets: Vec::new(),
        addresses: Vec::new(),
        certificates: crate::Certificates::default(),
        term_header: None,
    }
}

/// Answers each connection with what the request's head was; counts nothing, ends with the test.
async fn echo_server() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = vec![0; 4096];
                let read = stream.read(&mut head).await.unwrap_or(0);
                let head = String::from_utf8_lossy(&head[..read]).replace("\r\n", "|");
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{head}",
                    head.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    origin
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_misbehaviour_ends_in_the_right_error_while_a_neighbour_goes_on() {
    let cases = [
        ("spin", Code::LimitExceeded, "cpu", "CPU time"),
        ("memory", Code::LimitExceeded, "memory", "bytes of memory"),
        ("recurse", Code::Failed, "trap", "measure"),
        ("panic", Code::Failed, "panic", "the fixture"),
        ("trap", Code::Failed, "panic", "measure"),
        ("exit", Code::Failed, "exit", "ended itself"),
        ("big-result:6000000", Code::LimitExceeded, "result", "bytes"),
        ("fail:rejected:unschedulable", Code::Rejected, "unschedulable", ""),
        ("fail:aborted", Code::Aborted, "", ""),
        ("wait", Code::TimedOut, "wall", "took more than"),
    ];
    let mut world = World::new().await;
    world.add("neighbour", json!({}), |_, _| {}).await;
    for (index, (mode, code, reason, text)) in cases.into_iter().enumerate() {
        let alias = format!("hostile-{index}");
        let connector = world
            .add(&alias, measures(mode), |limits, _| {
                limits.cpu = Duration::from_millis(200);
                limits.memory = 16 << 20;
                limits.wall = Duration::from_secs(2);
            })
            .await;
        let hostile = world.measure(&alias);
        let neighbour = async {
            for _ in 0..20 {
                world.measure("neighbour").await.unwrap();
            }
        };
        let (failure, ()) = tokio::join!(hostile, neighbour);
        let failure = failure.unwrap_err();
        assert_eq!(failure.code, code, "{mode}: {failure}");
        if !reason.is_empty() {
            assert_eq!(failure.reason.as_deref(), Some(reason), "{mode}: {failure}");
        }
        assert!(failure.message.contains(text), "{mode}: {failure}");
        let counters = connector.counters();
        assert_eq!(counters.calls.get(&(Event::Measure, code.name())), Some(&1), "{mode}");
        if code == Code::LimitExceeded {
            assert_eq!(counters.limit_hits.get(reason), Some(&1), "{mode}");
        }
        // The instance is built again at once, and answers what it can.
        let call = Call::Metrics;
        let options = Options { include: vec![alias.clone()], ..Options::default() };
        let outcomes = world.bus.dispatch(call, options).await.unwrap();
        assert!(outcomes.answers[0].result.is_ok(), "{mode}: {outcomes:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_that_does_not_stop_is_ended_after_the_grace() {
    let mut world = World::new().await;
    let connector =
        world.add("deaf", measures("sleep"), |limits, _| limits.wall = Duration::from_millis(100)).await;
    let start = Instant::now();
    let failure = world.measure("deaf").await.unwrap_err();
    assert_eq!(failure.code, Code::TimedOut);
    assert!(failure.message.contains("was ended"), "{failure}");
    assert!(start.elapsed() >= GRACE);
    assert!(connector.counters().cpu < Duration::from_secs(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancel_ends_a_wait_in_good_order_and_keeps_the_instance() {
    let mut world = World::new().await;
    let connector = world.add("waiting", measures("wait"), |_, _| {}).await;
    let cancel = CancellationToken::new();
    let call = Arc::new(Call::Measure { metrics: Vec::new(), control: Control::default() });
    let stop = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        cancel.cancel();
    };
    let (result, ()) = tokio::join!(connector.call(call, context(cancel.clone())), stop);
    assert_eq!(result.unwrap_err().code, Code::Cancelled);
    assert_eq!(connector.counters().rebuilds, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_instance_is_built_again_and_the_failed_call_is_not_replayed() {
    let mut world = World::new().await;
    let settings = json!({"on": {"describe": "panic"}});
    let connector = world.add("fragile", settings, |_, _| {}).await;
    let calls = |measurement: &Measurement| measurement.readings[0].mean().unwrap();
    assert_eq!(calls(&world.measure("fragile").await.unwrap()), 1.0);
    assert_eq!(calls(&world.measure("fragile").await.unwrap()), 2.0);
    let describe = || Arc::new(Call::Describe { control: Control::default() });
    let failure = connector.call(describe(), context(CancellationToken::new())).await.unwrap_err();
    assert_eq!(failure.reason.as_deref(), Some("panic"));
    // A new instance: it counts from one again.
    assert_eq!(calls(&world.measure("fragile").await.unwrap()), 1.0);
    assert_eq!(connector.counters().rebuilds, 1);
    for _ in 0..2 {
        connector.call(describe(), context(CancellationToken::new())).await.unwrap_err();
    }
    // Broken twice in a row: now it has to wait, and says so.
    let failure = connector.call(describe(), context(CancellationToken::new())).await.unwrap_err();
    assert_eq!(failure.reason.as_deref(), Some("restarting"), "{failure}");
    let Condition::Broken { failures, wait, last } = connector.condition() else { panic!("not broken") };
    assert!(
        failures >= 2 && !wait.is_zero() && last.contains("panics in describe"),
        "{failures} {wait:?} {last}"
    );
    // By hand it need not.
    assert_eq!(connector.restart(Duration::from_secs(30)).await, Ok(true));
    assert_eq!(connector.condition(), Condition::Idle);
    assert_eq!(calls(&world.measure("fragile").await.unwrap()), 1.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_waits_for_the_call_in_progress() {
    let mut world = World::new().await;
    let connector = world.add("waiting", measures("wait:2000"), |_, _| {}).await;
    let work = world.measure("waiting");
    let restart = async {
        while connector.condition() == Condition::Idle {
            tokio::task::yield_now().await;
        }
        assert!(matches!(connector.condition(), Condition::Busy { event: Event::Measure, .. }));
        assert_eq!(connector.restart(Duration::ZERO).await, Ok(false));
        // One that waits is enough.
        assert_eq!(connector.restart(Duration::from_secs(30)).await, Ok(false));
    };
    let (measured, ()) = tokio::join!(work, restart);
    measured.unwrap();
    while connector.counters().rebuilds == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_aliases_of_one_component_have_their_own_settings_and_limits() {
    let mut world = World::new().await;
    for index in 0..10 {
        let settings = json!({"metrics": [format!("m{index}")], "on": {"measure": format!("big-result:{}", index * 1000)}});
        world.add(&format!("alias-{index}"), settings, |limits, _| limits.result = 8_000).await;
    }
    let outcomes = world.all().await;
    for (index, answer) in outcomes.answers.iter().enumerate() {
        assert_eq!(&*answer.connector, format!("alias-{index}"));
        if index < 7 {
            let Ok(Reply::Measurement(measurement)) = &answer.result else { panic!("{answer:?}") };
            assert!(
                matches!(&measurement.readings[0], Reading::Scalar(scalar) if scalar.metric == format!("m{index}"))
                    || measurement.readings[0].metric() == format!("m{index}")
            );
        } else if index > 7 {
            assert_eq!(answer.result.as_ref().unwrap_err().code, Code::LimitExceeded);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_goes_to_granted_origins_only_and_secrets_stay_outside() {
    let origin = echo_server().await;
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "s3cret\n").unwrap();
    let mut world = World::new().await;
    let url = format!("http:{origin}/path");
    world
        .add("granted", measures(&url), |_, grants| {
            let name = http::header::AUTHORIZATION;
            let header = SecretHeader { name, form: SecretForm::Bearer, file: secret.path().to_owned() };
            grants.http = vec![HttpGrant { secrets: vec![header], ..http(&origin) }];
        })
        .await;
    let denied = world.add("denied", measures(&url), |_, _| {}).await;
    let wildcard = world.add("metadata", measures("http:http://169.254.169.254/"), |_, grants| {
        grants.http = vec![http("http://*.169.254.169.254.example")];
    });
    wildcard.await;
    let measured = world.measure("granted").await.unwrap();
    assert_eq!(note(&measured, "status"), "200");
    assert!(note(&measured, "body").contains("|authorization: Bearer s3cret|"), "{measured:?}");
    let failure = world.measure("denied").await.unwrap_err();
    assert!(failure.message.contains("is not granted to `denied`"), "{failure}");
    assert_eq!(denied.counters().denials["http"], 1);
    let failure = world.measure("metadata").await.unwrap_err();
    assert!(failure.message.contains("169.254.169.254"), "{failure}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_requests_are_limited_in_rate_and_number_at_a_time() {
    let origin = echo_server().await;
    let mut world = World::new().await;
    let connector = world
        .add("eager", measures(&format!("http-all:20:{origin}/")), |limits, grants| {
            limits.http_requests = Rate { amount: 5, per: Duration::from_secs(3600) };
            limits.http_in_flight = 2;
            grants.http = vec![http(&origin)];
        })
        .await;
    let measured = world.measure("eager").await.unwrap();
    let statuses = note(&measured, "statuses");
    assert_eq!(statuses.matches("200").count(), 5, "{statuses}");
    let counters = connector.counters();
    assert_eq!(counters.limit_hits.get("http_requests"), Some(&15));
    let name = Origin::of_url(&origin).unwrap().to_string();
    assert_eq!((counters.http[&name].answered, counters.http[&name].failed), (5, 15));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_connectors_that_wait_for_each_other_are_both_busy_at_once() {
    let mut world = World::new().await;
    for (alias, other) in [("aaa", "bbb"), ("bbb", "aaa")] {
        let change = |_: &mut Limits, grants: &mut Grants| {
            grants.dispatch.insert(Event::Measure);
        };
        world.add(alias, measures(&format!("dispatch:measure:{other}")), change).await;
    }
    let start = Instant::now();
    let outcomes = world.all().await;
    assert!(start.elapsed() < Duration::from_secs(10));
    let texts: Vec<_> = outcomes.answers.iter().map(|answer| format!("{:?}", answer.result)).collect();
    assert!(texts.iter().all(|text| text.contains("busy") || text.contains("skipped")), "{texts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dispatch_needs_its_grant() {
    let mut world = World::new().await;
    world.add("alone", measures("dispatch:metrics"), |_, _| {}).await;
    let failure = world.measure("alone").await.unwrap_err();
    assert_eq!(failure.code, Code::Denied);
    assert!(failure.message.contains("connectors.alone.grants.dispatch"), "{failure}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_before_hook_can_cancel_the_event() {
    let mut world = World::new().await;
    let hooks = json!({"hooks": [{"event": "measure", "moment": "before"}], "on": {"before:measure": "fail:cancelled"}});
    world.add("guard", hooks, |_, _| {}).await;
    world.add("meter", json!({}), |_, _| {}).await;
    let outcomes = world.all().await;
    assert!(outcomes.answers.is_empty());
    assert_eq!(&*outcomes.cancelled_by.unwrap().connector, "guard");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_mailbox_is_busy() {
    let mut world = World::new().await;
    let connector = world.add("slow", measures("wait:300"), |limits, _| limits.mailbox = 2).await;
    let call = || {
        let call = Arc::new(Call::Measure { metrics: Vec::new(), control: Control::default() });
        connector.call(call, context(CancellationToken::new()))
    };
    let results = futures_util::future::join_all((0..12).map(|_| call())).await;
    let busy =
        results.iter().filter(|result| matches!(result, Err(failure) if failure.code == Code::Busy)).count();
    assert!((9..=10).contains(&busy), "{busy}");
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 12 - busy);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_the_guest_refuses_are_named_with_their_pointer() {
    let program = fixture().await;
    let options = ConnectorOptions {
        alias: "bad".into(),
        settings: measures("no-such-mode"),
        limits: Limits::default(),
        grants: Grants::default(),
        services: Services::default(),
    };
    let error = Connector::start(program, options).await.unwrap_err();
    assert!(matches!(&error, StartError::Settings(problems) if problems[0].0 == "/on/measure"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_lines_is_dropped_and_counted() {
    let mut world = World::new().await;
    let connector = world
        .add("talker", measures("log-flood:10000"), |limits, _| {
            limits.log = Rate { amount: 64 << 10, per: Duration::from_secs(3600) };
        })
        .await;
    world.measure("talker").await.unwrap();
    let counters = connector.counters();
    assert!(counters.log_dropped > 9_000 && counters.log_bytes <= 64 << 10, "{counters:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_that_hangs_in_startup_ends_with_the_wall_limit() {
    let mut world = World::new().await;
    // The second instance waits in its startup for ever: the first one was started before the mode counted.
    let settings = json!({"on": {"describe": "panic", "startup": "sleep:200"}});
    let connector =
        world.add("slow-start", settings, |limits, _| limits.wall = Duration::from_millis(50)).await;
    let startup = connector.call(Arc::new(Call::Startup), context(CancellationToken::new())).await;
    // Late, but within the grace: it counts as started.
    startup.unwrap();
    let describe = Arc::new(Call::Describe { control: Control::default() });
    connector.call(describe, context(CancellationToken::new())).await.unwrap_err();
    let failure = world.measure("slow-start").await.unwrap_err();
    assert_eq!((failure.code, failure.reason.as_deref()), (Code::TimedOut, Some("wall")), "{failure}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_duration_without_end_panics_nobody() {
    let mut world = World::new().await;
    let connector = world.add("patient", json!({}), |limits, _| limits.wall = Duration::MAX).await;
    let control = Control { duration: Duration::MAX, ..Control::default() };
    let call = Arc::new(Call::Measure { metrics: Vec::new(), control });
    connector.call(call, context(CancellationToken::new())).await.unwrap();
}
