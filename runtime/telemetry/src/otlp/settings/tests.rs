use std::collections::BTreeMap;

use super::*;

fn settings(variables: &[(&str, &str)]) -> Result<Settings, OtlpError> {
    let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
    Settings::of(|name| variables.get(name).map(|text| (*text).to_owned()))
}

const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/base/");

#[test]
fn variables_say_what_is_exported() {
    let traces_only = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://t/x");
    for (variables, traces, metrics) in [
        (&[][..], false, false),
        (&[("OTEL_EXPORTER_OTLP_ENDPOINT", "")], false, false),
        (&[ENDPOINT], true, true),
        (&[traces_only], true, false),
        (&[ENDPOINT, ("OTEL_SDK_DISABLED", "TRUE")], false, false),
        (&[ENDPOINT, ("OTEL_TRACES_EXPORTER", "none")], false, true),
        (&[ENDPOINT, ("OTEL_METRICS_EXPORTER", "none")], true, false),
    ] {
        let found = settings(variables).unwrap();
        assert_eq!((found.traces.is_some(), found.metrics.is_some()), (traces, metrics), "{variables:?}");
    }
    let timeouts =
        [ENDPOINT, ("OTEL_EXPORTER_OTLP_TIMEOUT", "5"), ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "7")];
    let found = settings(&timeouts).unwrap();
    let timeout = |target: &Option<Target>| target.as_ref().map(|target| target.timeout.as_millis());
    assert_eq!((timeout(&found.traces), timeout(&found.metrics)), (Some(7), Some(5)));
}

#[test]
fn variables_that_make_no_sense_are_named() {
    for (name, value, problem) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector", "is no URL that begins with http"),
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "file:///x", "is no URL that begins with http"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:secret@host/x", "has a user or a password; give them by"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "is `grpc`; servo speaks http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "is `10s`, no number of milliseconds"),
    ] {
        let said = settings(&[ENDPOINT, (name, value)]).unwrap_err().to_string();
        assert!(said.starts_with(name) && said.contains(problem) && !said.contains("secret"), "{said}");
    }
}
