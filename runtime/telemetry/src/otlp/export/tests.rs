use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue as Attribute;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, number_data_point};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message as _;
use tracing::error_span;
use tracing::field::Empty;
use tracing::subscriber::with_default;

use super::*;
use crate::{Options, subscriber};

/// What a collector was sent: paths and bodies.
type Sent = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// Longer than anything takes.
const LONG: Duration = Duration::from_secs(60);

/// A collector that takes everything.
fn collector() -> (String, Sent) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let sent = Sent::default();
    let kept = Arc::clone(&sent);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut head, mut line) = (String::new(), String::new());
            while stream.read_line(&mut line).unwrap() > 2 {
                head += &std::mem::take(&mut line).to_ascii_lowercase();
            }
            let length = head.split("content-length: ").nth(1).unwrap().lines().next().unwrap();
            let mut body = vec![0; length.parse().unwrap()];
            stream.read_exact(&mut body).unwrap();
            kept.lock().unwrap().push((head.split(' ').nth(1).unwrap().to_owned(), body));
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.get_mut().write_all(answer).unwrap();
        }
    });
    (url, sent)
}

/// An export to this collector: no variable of the process names one.
fn started(url: &str) -> Otlp {
    let target = Target { timeout: Duration::from_secs(10), authorities: None };
    let client = |what| Sender::new(what, &target).unwrap();
    let spans = SpanExporter::builder().with_http().with_http_client(client("traces"));
    let metrics = MetricExporter::builder().with_http().with_http_client(client("metrics"));
    Otlp::of(
        Some(spans.with_endpoint(format!("{url}/t")).build().unwrap()),
        Some(metrics.with_endpoint(format!("{url}/m")).build().unwrap()),
    )
}

/// What was sent to this path, one request.
fn one(sent: &Sent, path: &str) -> Vec<u8> {
    let sent = sent.lock().unwrap();
    let bodies: Vec<&Vec<u8>> = sent.iter().filter(|(to, _)| to == path).map(|(_, body)| body).collect();
    let [body] = bodies[..] else { panic!("{} requests to {path}", bodies.len()) };
    body.clone()
}

fn texts(attributes: &[Attribute]) -> BTreeMap<String, String> {
    let text = |one: &Attribute| match one.value.clone().unwrap().value.unwrap() {
        Value::StringValue(text) => text,
        Value::IntValue(number) => number.to_string(),
        other => panic!("{other:?}"),
    };
    attributes.iter().map(|one| (one.key.clone(), text(one))).collect()
}

#[test]
fn spans_reach_a_collector_with_their_parents_and_their_errors() {
    let (url, sent) = collector();
    let otlp = started(&url);
    let options = Options { otlp: Some(otlp.clone()), ..Options::default() };
    with_default(subscriber(options, std::io::sink), || {
        let command = error_span!(target: SPANS, "command", otel.name = "servo measure");
        let _command = command.enter();
        // Spans and lines of others are passed over.
        let _other = error_span!("servo", servo = "one").entered();
        let call = error_span!(target: SPANS, "call", connector = "prom", calls = 3, otel.status_description = Empty);
        call.record("otel.status_description", "it failed");
        let _call = call.entered();
        tracing::error!("a line");
        drop(error_span!(target: SPANS, "GET", otel.kind = "client"));
    });
    otlp.end(LONG);
    let request = ExportTraceServiceRequest::decode(&one(&sent, "/t")[..]).unwrap();
    let [all] = &request.resource_spans[..] else { panic!("{request:?}") };
    let whose = texts(&all.resource.as_ref().unwrap().attributes);
    assert_eq!(whose["service.name"], "servo");
    assert_eq!(whose["process.pid"], std::process::id().to_string());
    let spans = &all.scope_spans[0].spans;
    let named = |name: &str| -> &Span { spans.iter().find(|span| span.name == name).unwrap() };
    let (command, call, get) = (named("servo measure"), named("call"), named("GET"));
    assert_eq!(spans.len(), 3);
    assert!(spans.iter().all(|span| span.trace_id == command.trace_id && span.events.is_empty()));
    assert_eq!(get.parent_span_id, call.span_id);
    assert_eq!(call.parent_span_id, command.span_id);
    assert!(command.parent_span_id.is_empty());
    assert_eq!((get.kind(), call.kind()), (SpanKind::Client, SpanKind::Internal));
    assert!(call.start_time_unix_nano <= call.end_time_unix_nano);
    assert_eq!(call.status.as_ref().unwrap().message, "it failed");
    let attributes = texts(&call.attributes);
    assert_eq!((attributes["connector"].as_str(), attributes["calls"].as_str()), ("prom", "3"));
    assert_eq!(attributes.len(), 2, "{attributes:?}");
}

#[test]
fn metrics_reach_a_collector_as_sums_and_gauges() {
    let (url, sent) = collector();
    let otlp = started(&url);
    let read = || {
        let points = vec![(vec![("connector", "a\"b".to_owned())], 7.0)];
        let metric = |name, counts, points| Metric { name, help: "Helps.", counts, points };
        vec![
            metric("servo_calls_total", true, points),
            metric("servo_ready", false, vec![(Vec::new(), 1.0)]),
            metric("none", false, Vec::new()),
        ]
    };
    // What is read last is sent, though nobody measures any more.
    drop(otlp.measure(read).unwrap());
    otlp.end(LONG);
    let request = ExportMetricsServiceRequest::decode(&one(&sent, "/m")[..]).unwrap();
    let metrics = &request.resource_metrics[0].scope_metrics[0].metrics;
    assert_eq!(
        metrics.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(),
        ["servo_calls", "servo_ready"]
    );
    let (Some(Data::Sum(sum)), Some(Data::Gauge(gauge))) = (&metrics[0].data, &metrics[1].data) else {
        panic!("{metrics:?}")
    };
    assert!(sum.is_monotonic);
    assert_eq!(sum.aggregation_temporality(), AggregationTemporality::Cumulative);
    assert_eq!(sum.data_points[0].value, Some(number_data_point::Value::AsDouble(7.0)));
    assert_eq!(texts(&sum.data_points[0].attributes)["connector"], "a\"b");
    assert_eq!(gauge.data_points[0].value, Some(number_data_point::Value::AsDouble(1.0)));
}

#[test]
fn a_collector_that_is_away_holds_up_nobody() {
    // Bound and never accepted: connections succeed and are never answered.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let otlp = started(&format!("http://{}", silent.local_addr().unwrap()));
    let measured = otlp.measure(Vec::new);
    let options = Options { otlp: Some(otlp.clone()), ..Options::default() };
    with_default(subscriber(options, std::io::sink), || {
        for _ in 0..10_000 {
            drop(error_span!(target: SPANS, "call"));
        }
    });
    // It is full, or waits for the collector: neither is waited for.
    drop(measured);
    otlp.end(Duration::from_millis(50));
}
