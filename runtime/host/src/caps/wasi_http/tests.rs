//! A real component that was built with the ordinary bindings of `wasi:http`, against real servers.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};
use servo_events::{Call, Chain, Context, Handler as _, ProgressSink, Reply};
use servo_test_support::{Reply as Answer, Scripted, Server as _};
use servo_types::{Control, Failure, Measurement};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::grants::HttpGrant;
use crate::{
    Compiler, Connector, ConnectorOptions, Grants, Limits, Program, Rate, Sandbox, SandboxOptions,
    SecretForm, SecretHeader, Services,
};

async fn program() -> Arc<Program> {
    let cache = tempfile::tempdir().unwrap();
    let options = SandboxOptions {
        cache: cache.path().to_owned(),
        compiler: Compiler::InProcess,
        heavy: Handle::current(),
    };
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests/target/wasm32-wasip2/release/fetch.wasm");
    let bytes = std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; run `make guests` first", path.display()));
    Sandbox::new(options).unwrap().load(&bytes, true).await.unwrap()
}

fn granted(origin: &str) -> HttpGrant {
    HttpGrant {
        to: origin.parse().unwrap(),
        source: "test".into(),
        secrets: Vec::new(),
        addresses: Vec::new(),
        certificates: crate::Certificates::default(),
        term_header: None,
    }
}

/// One instance; rates do not matter unless a test says so.
struct Guest(Arc<Connector>);

impl Guest {
    async fn new(
        program: Arc<Program>,
        settings: Value,
        change: impl FnOnce(&mut Limits, &mut Grants),
    ) -> Self {
        let (mut limits, mut grants) = (Limits::default(), Grants::default());
        limits.http_requests = Rate { amount: 1_000_000, per: Duration::from_secs(1) };
        change(&mut limits, &mut grants);
        let services = Services::default();
        let options = ConnectorOptions { alias: "fetch".into(), settings, limits, grants, services };
        Self(Connector::start(program, options).await.unwrap())
    }

    async fn call(&self) -> Result<Measurement, Failure> {
        let call = Arc::new(Call::Measure { metrics: Vec::new(), control: Control::default() });
        let context = Context {
            cancel: CancellationToken::new(),
            deadline: tokio::time::Instant::now() + Duration::from_secs(60),
            progress: ProgressSink::default(),
            callers: Chain::default(),
        };
        match self.0.call(call, context).await? {
            Reply::Measurement(measurement) => Ok(measurement),
            other => panic!("not a measurement: {other:?}"),
        }
    }

    /// How many responses there were, and what the last round brought.
    async fn measure(&self) -> (usize, Vec<Value>) {
        let measurement = self.call().await.unwrap();
        let note = |key: &str| &measurement.annotations.iter().find(|(name, _)| name == key).unwrap().1;
        (note("answered").parse().unwrap(), serde_json::from_str(note("answers")).unwrap())
    }

    async fn error(&self) -> String {
        let (_, answers) = self.measure().await;
        answers[0]["error"].as_str().unwrap_or_else(|| panic!("no error: {answers:?}")).to_owned()
    }
}

/// `base` with the fields of `more`.
fn with(mut base: Value, more: Value) -> Value {
    if let (Value::Object(base), Value::Object(more)) = (&mut base, more) {
        base.extend(more);
    }
    base
}

fn to(server: &Scripted) -> Value {
    json!({"authority": server.address().to_string()})
}

/// Accepts one connection after the other, reads what comes, and writes what it is told; says when a peer is gone.
fn raw_server(answer: Vec<u8>) -> (String, Receiver<()>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (gone, went) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let (answer, gone) = (answer.clone(), gone.clone());
            std::thread::spawn(move || {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request);
                let _ = stream.write_all(&answer);
                while matches!(stream.read(&mut request), Ok(1..)) {}
                let _ = gone.send(());
            });
        }
    });
    (address, went)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_guest_sends_arrives_and_so_does_the_answer() {
    let server = Scripted::start(|seen| {
        let body = format!("{} bytes", seen.body.len());
        Answer::text(201, body)
            .header("x-answer", "yes")
            .header("set-cookie", "a=1")
            .header("set-cookie", "b=2")
    });
    let settings = json!({
        "method": "PUT", "path": "/a/b?c=d%20e", "headers": [["x-one", "1"], ["content-length", "100003"]],
        "body": "abc", "body_bytes": 100_000, "first_byte_timeout": 20_000, "between_bytes_timeout": 20_000,
    });
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "s3cret").unwrap();
    let guest = Guest::new(program().await, with(to(&server), settings), |_, grants| {
        let name = http::header::AUTHORIZATION;
        let secret = SecretHeader { name, form: SecretForm::Bearer, file: secret.path().to_owned() };
        grants.http = vec![HttpGrant { secrets: vec![secret], ..granted(&server.url()) }];
    });
    let (answered, answers) = guest.await.measure().await;
    assert_eq!(answered, 1);
    assert_eq!((&answers[0]["status"], &answers[0]["body"]), (&json!(201), &json!("100003 bytes")));
    let headers = answers[0]["headers"].as_array().unwrap();
    for header in [["x-answer", "yes"], ["set-cookie", "a=1"], ["set-cookie", "b=2"]] {
        assert!(headers.contains(&json!(header)), "{headers:?}");
    }
    // The host authenticates; the guest saw nothing of it.
    assert!(!answers[0].to_string().contains("s3cret"), "{answers:?}");
    let seen = server.seen();
    assert_eq!((seen[0].method.as_str(), seen[0].path.as_str()), ("PUT", "/a/b?c=d%20e"));
    assert_eq!(
        (seen[0].header("x-one"), seen[0].header("authorization")),
        (Some("1"), Some("Bearer s3cret"))
    );
    assert!(seen[0].body.starts_with(b"abcxxx"));
    let hosts: Vec<_> = seen[0].headers.iter().filter(|(name, _)| name == "host").collect();
    assert_eq!(hosts, [&("host".to_owned(), server.address().to_string())]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_are_not_sent_end_in_the_code_that_says_why() {
    let server = Scripted::start(|_| Answer::text(200, "no"));
    let (authority, port) = (server.address().to_string(), server.address().port());
    let closed = servo_test_support::free_port();
    let header = |name: &str| json!({"headers": [[name, "x"]]});
    let cases = [
        (json!({"authority": "127.0.0.1:1"}), "HttpRequestDenied"),
        (json!({"authority": format!("user@127.0.0.1:{port}")}), "HttpRequestUriInvalid"),
        (json!({"authority": "169.254.169.254"}), "DestinationIpProhibited"),
        (json!({"authority": "2852039166"}), "HttpRequestUriInvalid"),
        (json!({"authority": "[fe80::1%25lo]"}), "HttpRequestDenied"),
        (json!({"authority": format!("127.0.0.1:{closed}")}), "ConnectionRefused"),
        (json!({"authority": "no-such-name.invalid"}), "DnsError"),
        (json!({"authority": "a\r\nb"}), "set-authority"),
        (json!({"path": "/a\r\nhost: b"}), "set-path-with-query"),
        (json!({"path": "http://other/"}), "set-path-with-query"),
        (json!({"path": format!("/{}", "x".repeat(70_000))}), "set-path-with-query"),
        (json!({"scheme": "ftp"}), "HttpProtocolError"),
        (json!({"method": "TRACE"}), "HttpRequestMethodInvalid"),
        (json!({"method": "trace"}), "HttpRequestMethodInvalid"),
        (json!({"method": "CONNECT"}), "HttpRequestMethodInvalid"),
        (header("host"), "HeaderError::Forbidden"),
        (header("transfer-encoding"), "HeaderError::Forbidden"),
        (header("connection"), "HeaderError::Forbidden"),
        (header("te"), "HeaderError::Forbidden"),
        (header("expect"), "HeaderError::Forbidden"),
        (json!({"headers": [["x", "a\r\nb: c"]]}), "HeaderError::InvalidSyntax"),
        (
            json!({"headers": [["content-length", "5"], ["content-length", "6"]]}),
            "HeaderError::InvalidSyntax",
        ),
        (
            json!({"headers": [["content-length", "5"]], "body": "abc"}),
            "finish: ErrorCode::HttpRequestBodySize",
        ),
        (json!({"body": "abc", "ending": "drop"}), "HttpProtocolError"),
        (json!({"body": "abc", "trailers": [["x-sum", "1"]]}), "HttpRequestTrailerSectionSize"),
        (json!({"body_bytes": 300_000}), "HttpRequestBodySize(Some(200000))"),
    ];
    let program = program().await;
    for (settings, code) in cases {
        let settings = with(json!({"authority": authority, "method": "POST"}), settings);
        let guest = Guest::new(Arc::clone(&program), settings.clone(), |limits, grants| {
            limits.http_bytes = 200_000;
            let origins = [
                server.url(),
                format!("http://127.0.0.1:{closed}"),
                "http://*.254".into(),
                "http://2852039166".into(),
                "http://no-such-name.invalid".into(),
            ];
            grants.http = origins.iter().map(|origin| granted(origin)).collect();
            grants.http[2] = HttpGrant { to: "http://*.169.254".parse().unwrap(), ..grants.http[2].clone() };
        });
        let guest = guest.await;
        let error = guest.error().await;
        assert!(error.contains(code), "{settings}: {error}");
        let counters = guest.0.counters();
        let denied = matches!(code, "HttpRequestDenied" | "DestinationIpProhibited");
        assert_eq!(counters.denials.values().sum::<u64>(), u64::from(denied), "{settings}");
    }
    assert_eq!(server.seen(), [], "nothing of all this was sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_misbehave_end_in_the_code_that_says_how() {
    let head = |rest: &str| format!("HTTP/1.1 200 OK\r\n{rest}").into_bytes();
    let timeouts = json!({"first_byte_timeout": 100});
    let gap = json!({"first_byte_timeout": 20_000, "between_bytes_timeout": 100});
    let cases = [
        ("silent", Vec::new(), timeouts, "ConnectionReadTimeout"),
        ("stalls", head("content-length: 5\r\n\r\nab"), gap, "ConnectionReadTimeout"),
        ("stalls for the whole call", head("content-length: 5\r\n\r\nab"), json!({}), "ConnectionTerminated"),
        (
            "large",
            head(&format!("content-length: 300000\r\n\r\n{}", "x".repeat(300_000))),
            json!({}),
            "HttpResponseBodySize(Some(200000))",
        ),
        (
            "large header",
            head(&format!("x: {}\r\n\r\n", "y".repeat(70_000))),
            json!({}),
            "HttpResponseHeaderSectionSize",
        ),
        ("no HTTP", b"SSH-2.0\r\n\r\n".to_vec(), json!({}), "HttpProtocolError"),
        (
            "two lengths",
            head("content-length: 1\r\ncontent-length: 2\r\n\r\nab"),
            json!({}),
            "HttpProtocolError",
        ),
    ];
    let program = program().await;
    for (name, answer, settings, code) in cases {
        let (authority, gone) = raw_server(answer);
        let settings = with(json!({"authority": authority}), settings);
        let guest = Guest::new(Arc::clone(&program), settings.clone(), |limits, grants| {
            limits.http_bytes = 200_000;
            limits.wall = Duration::from_secs(1);
            grants.http = vec![granted(&format!("http://{authority}"))];
        });
        let guest = guest.await;
        let error = guest.error().await;
        assert!(error.contains(code), "{name}: {error}");
        assert_eq!(guest.0.counters().rebuilds, 0, "{name}");
        // Nothing waits any more. What came completely may have left a connection for the next request.
        if !code.starts_with("Connection") {
            continue;
        }
        gone.recv_timeout(Duration::from_secs(10))
            .unwrap_or_else(|_| panic!("{name} still has its connection"));
    }
    let hangs_up = Scripted::start(|_| Answer::hang_up());
    let guest = Guest::new(Arc::clone(&program), to(&hangs_up), |_, grants| {
        grants.http = vec![granted(&hangs_up.url())]
    });
    assert!(guest.await.error().await.contains("HttpProtocolError"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_requests_leave_no_handle() {
    let server = Scripted::start(|seen| Answer::text(200, seen.body.clone()));
    let settings =
        json!({"method": "POST", "body": "abc", "rounds": 250, "together": 8, "first_byte_timeout": 20_000});
    let guest = Guest::new(program().await, with(to(&server), settings), |limits, grants| {
        limits.cpu = Duration::from_secs(60);
        limits.wall = Duration::from_secs(60);
        grants.http = vec![granted(&server.url())];
    });
    let (answered, answers) = guest.await.measure().await;
    assert_eq!((answered, &answers[7]["body"]), (2000, &json!("abc")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_wait_for_their_place_and_are_limited_in_rate() {
    let server = Scripted::start(|_| Answer::text(200, "").after(Duration::from_millis(50)));
    let guest = Guest::new(program().await, with(to(&server), json!({"together": 8})), |limits, grants| {
        limits.http_in_flight = 2;
        limits.http_requests = Rate { amount: 5, per: Duration::from_secs(3600) };
        grants.http = vec![granted(&server.url())];
    });
    let guest = guest.await;
    let (answered, answers) = guest.measure().await;
    assert_eq!((answered, server.seen().len()), (5, 5));
    assert_eq!(
        json!(answers).to_string().matches("ErrorCode::ConnectionLimitReached").count(),
        3,
        "{answers:?}"
    );
    assert_eq!(guest.0.counters().limit_hits.get("http_requests"), Some(&3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_without_end_are_an_error_that_says_so() {
    let settings = json!({"authority": "localhost", "headers": [["x", "y".repeat(70_000)]]});
    let guest = Guest::new(program().await, settings, |_, _| {}).await;
    let failure = guest.call().await.unwrap_err();
    assert!(failure.message.contains("total size of fields exceeds limit"), "{failure}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_call_leaves_behind_ends_with_it() {
    let (authority, gone) = raw_server(Vec::new());
    let settings = json!({"authority": authority, "together": 3, "leave": true});
    let guest = Guest::new(program().await, settings, |_, grants| {
        grants.http = vec![granted(&format!("http://{authority}"))];
    });
    let guest = guest.await;
    assert_eq!(guest.measure().await.1, [] as [Value; 0]);
    let later = guest.measure().await.1;
    assert_eq!(later.len(), 3);
    assert!(later.iter().all(|answer| answer["error"] == "ErrorCode::ConnectionTerminated"), "{later:?}");
    while gone.recv_timeout(Duration::from_secs(1)).is_ok() {}
    assert_eq!(guest.0.counters().http.values().map(|counts| counts.answered).sum::<u64>(), 0);
}
