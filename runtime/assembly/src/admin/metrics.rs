//! The metrics of the process, and the text format of Prometheus (exposition format 0.0.4).

use std::fmt::Write as _;
use std::sync::Arc;

use servo_telemetry::{Labels, Metric};

use crate::servo::{ConnectorSample, ConnectorState, Sample, Servo};

pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A family of metrics, and what of a connector belongs to it: further labels, and the value.
struct Family {
    name: &'static str,
    counts: bool,
    help: &'static str,
    of: fn(&ConnectorSample) -> Vec<(Labels, f64)>,
}

const FAMILIES: [Family; 14] = [
    Family {
        name: "servo_connector_up",
        counts: false,
        help: "Whether the instance works, or is to be built again.",
        of: |one| one_value(f64::from(!matches!(one.state, ConnectorState::Broken { .. }))),
    },
    Family {
        name: "servo_connector_calls_total",
        counts: true,
        help: "Calls that have ended, by event and outcome.",
        of: |one| {
            let events = one.calls.iter();
            let calls = events.flat_map(|(event, outcomes)| {
                outcomes
                    .iter()
                    .map(move |(outcome, count)| (pair("event", event, "outcome", outcome), *count))
            });
            calls.map(|(labels, count)| (labels, count as f64)).collect()
        },
    },
    Family {
        name: "servo_connector_call_seconds_total",
        counts: true,
        help: "Time in calls.",
        of: |one| one_value(one.wall_ms / 1e3),
    },
    Family {
        name: "servo_connector_cpu_seconds_total",
        counts: true,
        help: "CPU time that the guest computed.",
        of: |one| one_value(one.cpu_ms / 1e3),
    },
    Family {
        name: "servo_connector_slowed_seconds_total",
        counts: true,
        help: "Time that the guest rested because it was over its share of a core.",
        of: |one| one_value(one.slowed_ms / 1e3),
    },
    Family {
        name: "servo_connector_memory_bytes",
        counts: false,
        help: "Memory of the guest after its last call.",
        of: |one| one_value(one.memory as f64),
    },
    Family {
        name: "servo_connector_handles",
        counts: false,
        help: "Handles of the guest after its last call.",
        of: |one| one_value(one.handles as f64),
    },
    Family {
        name: "servo_connector_waiting_calls",
        counts: false,
        help: "Calls in line.",
        of: |one| one_value(one.waiting as f64),
    },
    Family {
        name: "servo_connector_http_requests_total",
        counts: true,
        help: "HTTP requests of the guest, by origin and whether they were answered.",
        of: |one| {
            let both = |(origin, counts): (&String, &crate::servo::Requests)| {
                [("answered", counts.answered), ("failed", counts.failed)]
                    .map(|(outcome, count)| (pair("origin", origin, "outcome", outcome), count as f64))
            };
            one.http.iter().flat_map(both).collect()
        },
    },
    Family {
        name: "servo_connector_log_bytes_total",
        counts: true,
        help: "Bytes of log lines.",
        of: |one| one_value(one.log_bytes as f64),
    },
    Family {
        name: "servo_connector_log_dropped_total",
        counts: true,
        help: "Log lines that were dropped.",
        of: |one| one_value(one.log_dropped as f64),
    },
    Family {
        name: "servo_connector_limit_hits_total",
        counts: true,
        help: "Limits that were hit, by limit.",
        of: |one| {
            one.limit_hits.iter().map(|(limit, count)| (single("limit", limit), *count as f64)).collect()
        },
    },
    Family {
        name: "servo_connector_denials_total",
        counts: true,
        help: "What was refused because it is not granted, by kind of grant.",
        of: |one| one.denials.iter().map(|(grant, count)| (single("grant", grant), *count as f64)).collect(),
    },
    Family {
        name: "servo_connector_rebuilds_total",
        counts: true,
        help: "How often the instance was built again.",
        of: |one| one_value(one.rebuilds as f64),
    },
];

/// All metrics of the process, always the same ones.
pub(super) fn read(servos: &[Arc<Servo>]) -> Vec<Metric> {
    let samples: Vec<Sample> = servos.iter().map(|servo| servo.sample()).collect();
    let info = samples
        .iter()
        .map(|sample| (pair("servo", &sample.servo, "version", env!("CARGO_PKG_VERSION")), 1.0));
    let ready = servos.iter().map(|servo| {
        let ready = servo.unready().iter().all(|(_, why)| why.is_none());
        (single("servo", servo.name()), f64::from(ready))
    });
    let uptime = samples.iter().map(|one| (single("servo", &one.servo), one.uptime_ms as f64 / 1e3));
    let gauge = |name, help, points| Metric { name, help, counts: false, points };
    let mut metrics = vec![
        gauge("servo_info", "The servos of this process and their version.", info.collect()),
        gauge("servo_ready", "Whether all parts of the servo are ready.", ready.collect()),
        gauge("servo_uptime_seconds", "Time since the servo was assembled.", uptime.collect()),
    ];
    metrics.extend(optimizers(&samples));
    metrics.extend(FAMILIES.iter().map(|family| {
        let connectors =
            samples.iter().flat_map(|sample| sample.connectors.iter().map(move |one| (sample, one)));
        let points = connectors.flat_map(|(sample, connector)| {
            let whose = pair("servo", &sample.servo, "connector", &connector.connector);
            (family.of)(connector)
                .into_iter()
                .map(move |(labels, value)| ([whose.clone(), labels].concat(), value))
        });
        Metric { name: family.name, help: family.help, counts: family.counts, points: points.collect() }
    }));
    metrics
}

/// The same as text; what has no values is left out.
pub(super) fn text(servos: &[Arc<Servo>]) -> String {
    let mut text = String::with_capacity(4096);
    for Metric { name, help, counts, points } in read(servos).iter().filter(|one| !one.points.is_empty()) {
        let kind = if *counts { "counter" } else { "gauge" };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in points {
            line(&mut text, name, labels, *value);
        }
    }
    text
}

/// The remote optimizers, where one is asked.
fn optimizers(samples: &[Sample]) -> [Metric; 2] {
    let asked =
        || samples.iter().filter_map(|sample| Some((sample.servo.as_str(), sample.optimizer.as_ref()?)));
    let connected = asked().map(|(servo, one)| (single("servo", servo), f64::from(one.connected)));
    let requests = asked().flat_map(|(servo, one)| {
        let answered = one.requests.saturating_sub(one.failed);
        [("answered", answered), ("failed", one.failed)]
            .map(|(outcome, count)| (pair("servo", servo, "outcome", outcome), count as f64))
    });
    [
        Metric {
            name: "servo_optimizer_connected",
            help: "Whether the optimizer answers.",
            counts: false,
            points: connected.collect(),
        },
        Metric {
            name: "servo_optimizer_requests_total",
            help: "Requests to the optimizer, by whether they were answered well.",
            counts: true,
            points: requests.collect(),
        },
    ]
}

fn one_value(value: f64) -> Vec<(Labels, f64)> {
    vec![(Vec::new(), value)]
}

fn single(name: &'static str, value: &str) -> Labels {
    vec![(name, value.to_owned())]
}

fn pair(name: &'static str, value: &str, other: &'static str, its: &str) -> Labels {
    vec![(name, value.to_owned()), (other, its.to_owned())]
}

fn line(text: &mut String, name: &str, labels: &[(&str, String)], value: f64) {
    text.push_str(name);
    for (number, (label, content)) in labels.iter().enumerate() {
        let content = content.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let _ = write!(text, "{}{label}=\"{content}\"", if number == 0 { "{" } else { "," });
    }
    let _ = writeln!(text, "{} {value}", if labels.is_empty() { "" } else { "}" });
}
