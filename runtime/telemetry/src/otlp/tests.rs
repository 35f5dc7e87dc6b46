mod wire;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use tracing::error_span;
use tracing::subscriber::with_default;

use super::*;
use crate::{Options, subscriber};
use wire::{Message, all, text};

/// What a collector was sent: path, headers, body.
type Sent = Arc<Mutex<Vec<(String, String, Vec<u8>)>>>;

/// A collector that takes everything.
fn collector() -> (String, Sent) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let sent = Sent::default();
    let kept = Arc::clone(&sent);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut head, mut line) = (String::new(), String::new());
            while stream.read_line(&mut line).unwrap() > 2 {
                head += &std::mem::take(&mut line).to_ascii_lowercase();
            }
            let length = head.split("content-length: ").nth(1).unwrap().lines().next().unwrap();
            let mut body = vec![0; length.parse().unwrap()];
            stream.read_exact(&mut body).unwrap();
            let path = head.split(' ').nth(1).unwrap().to_owned();
            kept.lock().unwrap().push((path, head, body));
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.get_mut().write_all(answer).unwrap();
        }
    });
    (url, sent)
}

fn settings(variables: &[(&str, &str)]) -> Result<Option<OtlpSettings>, SettingsError> {
    let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
    OtlpSettings::of(|name| variables.get(name).map(|text| (*text).to_owned()))
}

fn started(variables: &[(&str, &str)]) -> Otlp {
    Otlp::start(settings(variables).unwrap().unwrap()).unwrap()
}

/// The scope's content of a request.
fn content(body: &[u8]) -> Vec<Message> {
    let request = all(body, 1).remove(0);
    all(&all(&request, 2).remove(0), 2)
}

#[test]
fn spans_reach_a_collector_with_their_parents_and_their_errors() {
    let (url, sent) = collector();
    let otlp = started(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &url),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20abc,x-team=shop"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=no,deployment=test"),
        ("OTEL_SERVICE_NAME", "shop"),
    ]);
    let options = Options { otlp: Some(otlp.clone()), ..Options::default() };
    with_default(subscriber(options, std::io::sink), || {
        let command = error_span!(target: SPANS, "command", otel.name = "servo measure");
        let _command = command.enter();
        // Spans of others are passed over.
        let _other = error_span!("servo", servo = "one").entered();
        let call = error_span!(target: SPANS, "call", connector = "prom", calls = 3_u64, error = tracing::field::Empty);
        call.record("error", "it failed");
        let _call = call.entered();
        drop(error_span!(target: SPANS, "GET", otel.client = true));
    });
    otlp.flush(Duration::from_secs(30));
    let sent = sent.lock().unwrap();
    let [(path, head, body)] = &sent[..] else { panic!("{} requests", sent.len()) };
    assert_eq!(path, "/v1/traces");
    for said in ["authorization: bearer abc", "x-team: shop", "content-type: application/x-protobuf"] {
        assert!(head.contains(said), "{said}: {head}");
    }
    let resource = all(&all(body, 1)[0], 1).remove(0);
    let attributes: Vec<String> = all(&resource, 1)
        .iter()
        .map(|one| format!("{}={}", text(one, 1), text(&all(one, 2)[0], 1)))
        .collect();
    assert_eq!(attributes[0], "service.name=shop");
    assert_eq!(attributes.last().unwrap(), "deployment=test");
    let spans = content(body);
    let names: Vec<String> = spans.iter().map(|span| text(span, 5)).collect();
    assert_eq!(names, ["GET", "call", "servo measure"]);
    let [get, call, command] = &spans[..] else { panic!() };
    assert_eq!((&get.bytes(1), &call.bytes(1)), (&command.bytes(1), &command.bytes(1)), "one trace");
    assert_eq!((get.bytes(4), call.bytes(4), command.bytes(4)), (call.bytes(2), command.bytes(2), None));
    assert_eq!((get.number(6), call.number(6)), (Some(3), Some(1)));
    assert!(call.number(7) <= call.number(8));
    let status = all(call, 15).remove(0);
    assert_eq!((text(&status, 2).as_str(), status.number(3)), ("it failed", Some(2)));
    let attributes = all(call, 9);
    assert_eq!(
        (text(&attributes[0], 1), text(&all(&attributes[0], 2)[0], 1)),
        ("connector".into(), "prom".into())
    );
    assert_eq!(all(&attributes[1], 2)[0].number(3), Some(3));
}

#[test]
fn metrics_reach_a_collector_as_sums_and_gauges() {
    let (url, sent) = collector();
    let otlp = started(&[("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", &format!("{url}/mine"))]);
    assert_eq!(otlp.metrics_every(), Some(Duration::from_secs(60)));
    otlp.metrics(
        "# HELP servo_calls_total Calls that have ended.\n# TYPE servo_calls_total counter\n\
         servo_calls_total{connector=\"a\\\"b\",event=\"measure\"} 7\n# HELP servo_ready Ready.\n\
         # TYPE servo_ready gauge\nservo_ready 1\n# HELP none N.\n# TYPE none gauge\n"
            .to_owned(),
    );
    otlp.flush(Duration::from_secs(30));
    let sent = sent.lock().unwrap();
    let [(path, _, body)] = &sent[..] else { panic!("{} requests", sent.len()) };
    assert_eq!(path, "/mine");
    let metrics = content(body);
    assert_eq!(metrics.iter().map(|one| text(one, 1)).collect::<Vec<_>>(), ["servo_calls", "servo_ready"]);
    let sum = all(&metrics[0], 7).remove(0);
    assert_eq!((sum.number(2), sum.number(3)), (Some(2), Some(1)));
    let point = all(&sum, 1).remove(0);
    assert_eq!(point.number(4).map(f64::from_bits), Some(7.0));
    assert_eq!(text(&all(&all(&point, 7)[0], 2)[0], 1), "a\"b");
    let gauge = all(&metrics[1], 5).remove(0);
    assert_eq!(all(&gauge, 1)[0].number(4).map(f64::from_bits), Some(1.0));
}

#[test]
fn a_collector_that_is_away_holds_up_nobody() {
    // Bound and never accepted: connections succeed and are never answered.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let otlp = started(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &url)]);
    let options = Options { otlp: Some(otlp.clone()), ..Options::default() };
    with_default(subscriber(options, std::io::sink), || {
        for _ in 0..3 * QUEUE {
            drop(error_span!(target: SPANS, "call"));
        }
    });
    // It is full, or waits for the collector: neither is waited for.
    otlp.flush(Duration::from_millis(50));
    otlp.metrics(String::new());
}

#[test]
fn variables_say_where_it_goes() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/base/");
    assert!(settings(&[]).unwrap().is_none());
    assert!(settings(&[endpoint, ("OTEL_SDK_DISABLED", "TRUE")]).unwrap().is_none());
    let off = [endpoint, ("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "none")];
    assert!(settings(&off).unwrap().is_none());
    let both = settings(&[endpoint, ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://t/x")]).unwrap().unwrap();
    let url = |target: &Option<settings::Target>| target.as_ref().map(|target| target.url.to_string());
    assert_eq!(url(&both.traces).as_deref(), Some("https://t/x"));
    assert_eq!(url(&both.metrics).as_deref(), Some("http://collector:4318/base/v1/metrics"));
    for (name, value, problem) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector", "is no URL"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "file:///x", "is no URL that begins with http"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "is `grpc`; servo speaks http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "is `10s`, no number of milliseconds"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a", "is not of the form name=value"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=%zz", "has a value with a wrong %-code"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "-1", "no number of milliseconds"),
    ] {
        let said = settings(&[endpoint, (name, value)]).unwrap_err().to_string();
        assert!(said.starts_with(name) && said.contains(problem), "{said}");
    }
}
