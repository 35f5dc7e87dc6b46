//! `servo vegeta attack`: the load of a measurement, without one.

use servo_sdk::prelude::*;

use crate::points;

/// How long an attack lasts when nobody says it, in milliseconds.
const DURATION: u32 = 5_000;

const COLUMNS: [(&str, &str); 9] = [
    ("REQUESTS", "/requests"),
    ("RATE", "/rate"),
    ("THROUGHPUT", "/throughput"),
    ("ERRORS %", "/error_rate"),
    ("MEAN ms", "/latencies/mean"),
    ("P50 ms", "/latencies/50th"),
    ("P95 ms", "/latencies/95th"),
    ("P99 ms", "/latencies/99th"),
    ("MAX ms", "/latencies/max"),
];

pub(crate) fn list() -> Vec<Command> {
    let duration = Argument::new("duration", ArgumentKind::Duration, "How long, 5s if nothing is said");
    vec![Command::new("attack", "Put the configured load on the configured targets").with(duration)]
}

/// What an attack is asked for.
pub(crate) fn control(arguments: &Map<String, Value>) -> Control {
    let given = arguments.get("duration").and_then(Value::as_u64).and_then(|ms| u32::try_from(ms).ok());
    Control { duration: given.unwrap_or(DURATION), ..Control::none() }
}

pub(crate) fn answer(total: &load::Report) -> Result<Answer, Failure> {
    let round = |value: f64| (value * 100.0).round() / 100.0;
    let latencies = &total.latencies;
    let codes: Map<String, Value> =
        total.status_codes.iter().map(|(code, count)| (code.to_string(), json!(count))).collect();
    let value = json!({
        "requests": total.requests as u64,
        "missed": total.missed as u64,
        "rate": round(total.rate),
        "throughput": round(total.throughput),
        "error_rate": round(points::error_rate(total)),
        "latencies": {
            "mean": round(latencies.mean),
            "50th": round(latencies.p50),
            "90th": round(latencies.p90),
            "95th": round(latencies.p95),
            "99th": round(latencies.p99),
            "max": round(latencies.max),
            "min": round(latencies.min),
        },
        "bytes_in": total.bytes_in as u64,
        "bytes_out": total.bytes_out as u64,
        "status_codes": codes,
        "errors": total.errors,
    });
    Answer::new(&value, &COLUMNS)
}
