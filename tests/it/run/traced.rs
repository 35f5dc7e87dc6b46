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
    let measure = servo(&world, "measure -d 10ms").env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url());
    measure.run().expect(0);
    let traces: Vec<Seen> = collector.seen().into_iter().filter(|seen| seen.path == "/v1/traces").collect();
    for name in ["servo measure", "measure web", "http.request.method", "servo.connector"] {
        assert!(traces.iter().any(|seen| has(seen, name)), "{name} is missing: {traces:?}");
    }
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
    let wrong = servo(&world, "describe").env("OTEL_EXPORTER_OTLP_ENDPOINT", "collector").run().expect(0);
    assert!(wrong.stderr.contains("OTEL_EXPORTER_OTLP_ENDPOINT is no URL"), "{}", wrong.stderr);
}
