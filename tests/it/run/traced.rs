//! Traces and metrics for a collector, by the standard variables.

use servo_test_support::{Reply, Scripted, Seen, Server as _, Signal};

use super::stage::{servo, world};

const SERVO: &str = "\
connectors: {web: ./fixture.wasm}
web: {endpoint: 'ORIGIN', components: {web: {threads: {min: 1, max: 8, step: 1, value: 2}}}, on: {measure: 'http:ORIGIN/app'}}
";

/// Whether something stands in the body, as text of a message does.
fn has(seen: &Seen, text: &str) -> bool {
    seen.body.windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn a_command_is_a_trace_with_its_handlers_and_their_requests() {
    let collector = Scripted::start(|_| Reply::text(200, ""));
    let app = Scripted::start(|_| Reply::text(200, "fine"));
    let world = world();
    world.file("servo.yaml", SERVO.replace("ORIGIN", &app.url()));
    let measure = servo(&world, "measure -d 10ms")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url())
        .env("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20abc,x-team=shop")
        .env("OTEL_RESOURCE_ATTRIBUTES", "service.name=no,deployment=test-only")
        .env("OTEL_SERVICE_NAME", "shop-floor");
    let finished = measure.run().expect(0);
    assert_eq!(finished.stderr, "");
    let traces: Vec<Seen> = collector.seen().into_iter().filter(|seen| seen.path == "/v1/traces").collect();
    for name in
        ["servo measure", "measure web", "http.request.method", "servo.connector", "shop-floor", "test-only"]
    {
        assert!(traces.iter().any(|seen| has(seen, name)), "{name} is missing: {traces:?}");
    }
    let header = |name: &str| traces[0].header(name);
    assert_eq!((header("authorization"), header("x-team")), (Some("Bearer abc"), Some("shop")));
    // Paths and queries are nobody else's business.
    assert!(!traces.iter().any(|seen| has(seen, "/app")));
}

#[test]
fn a_run_sends_metrics_and_a_collector_that_is_away_stops_nothing() {
    let collector = Scripted::start(|_| Reply::text(200, ""));
    let world = world();
    world.file("servo.yaml", SERVO.replace("ORIGIN", "http://127.0.0.1:9"));
    let mut running = servo(&world, "run --no-poll")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url())
        .env("OTEL_METRIC_EXPORT_INTERVAL", "100")
        .start();
    running.wait_for("metrics", |_, _| {
        let metrics = |seen: &Seen| seen.path == "/v1/metrics" && has(seen, "servo_connector_calls");
        collector.seen().iter().any(metrics).then_some(())
    });
    running.signal(Signal::TERM);
    running.wait().expect(0);
    let away = servo(&world, "describe").env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");
    let finished = away.run().expect(0);
    assert!(finished.stderr.contains("could not be exported to http://127.0.0.1:9"), "{}", finished.stderr);
    assert_eq!(finished.stderr.matches("127.0.0.1:9").count(), 1, "{}", finished.stderr);
    let wrong = servo(&world, "describe").env("OTEL_EXPORTER_OTLP_ENDPOINT", "collector").run().expect(0);
    assert!(wrong.stderr.contains("OTEL_EXPORTER_OTLP_ENDPOINT is no URL that begins"), "{}", wrong.stderr);
}

#[test]
fn what_is_not_sampled_or_switched_off_is_not_sent() {
    let collector = Scripted::start(|_| Reply::text(200, ""));
    let world = world();
    world.file("servo.yaml", SERVO.replace("ORIGIN", "http://127.0.0.1:9"));
    for (name, value) in [("OTEL_TRACES_SAMPLER", "always_off"), ("OTEL_SDK_DISABLED", "true")] {
        let describe = servo(&world, "describe").env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url());
        describe.env(name, value).run().expect(0);
    }
    assert!(collector.seen().is_empty());
}
