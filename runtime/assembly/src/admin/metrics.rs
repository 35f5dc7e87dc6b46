//! The text format of Prometheus (exposition format 0.0.4).

use std::fmt::Write as _;
use std::sync::Arc;

use crate::servo::{ConnectorSample, ConnectorState, Sample, Servo};

pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A family of metrics, and what of a connector belongs to it: further labels, and the value.
struct Family {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    of: fn(&ConnectorSample) -> Vec<(Labels, f64)>,
}

type Labels = Vec<(&'static str, String)>;

const FAMILIES: [Family; 14] = [
    Family {
        name: "servo_connector_up",
        kind: "gauge",
        help: "Whether the instance works, or is to be built again.",
        of: |one| one_value(f64::from(!matches!(one.state, ConnectorState::Broken { .. }))),
    },
    Family {
        name: "servo_connector_calls_total",
        kind: "counter",
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
        kind: "counter",
        help: "Time in calls.",
        of: |one| one_value(one.wall_ms / 1e3),
    },
    Family {
        name: "servo_connector_cpu_seconds_total",
        kind: "counter",
        help: "CPU time that the guest computed.",
        of: |one| one_value(one.cpu_ms / 1e3),
    },
    Family {
        name: "servo_connector_slowed_seconds_total",
        kind: "counter",
        help: "Time that the guest rested because it was over its share of a core.",
        of: |one| one_value(one.slowed_ms / 1e3),
    },
    Family {
        name: "servo_connector_memory_bytes",
        kind: "gauge",
        help: "Memory of the guest after its last call.",
        of: |one| one_value(one.memory as f64),
    },
    Family {
        name: "servo_connector_handles",
        kind: "gauge",
        help: "Handles of the guest after its last call.",
        of: |one| one_value(one.handles as f64),
    },
    Family {
        name: "servo_connector_waiting_calls",
        kind: "gauge",
        help: "Calls in line.",
        of: |one| one_value(one.waiting as f64),
    },
    Family {
        name: "servo_connector_http_requests_total",
        kind: "counter",
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
        kind: "counter",
        help: "Bytes of log lines.",
        of: |one| one_value(one.log_bytes as f64),
    },
    Family {
        name: "servo_connector_log_dropped_total",
        kind: "counter",
        help: "Log lines that were dropped.",
        of: |one| one_value(one.log_dropped as f64),
    },
    Family {
        name: "servo_connector_limit_hits_total",
        kind: "counter",
        help: "Limits that were hit, by limit.",
        of: |one| {
            one.limit_hits.iter().map(|(limit, count)| (single("limit", limit), *count as f64)).collect()
        },
    },
    Family {
        name: "servo_connector_denials_total",
        kind: "counter",
        help: "What was refused because it is not granted, by kind of grant.",
        of: |one| one.denials.iter().map(|(grant, count)| (single("grant", grant), *count as f64)).collect(),
    },
    Family {
        name: "servo_connector_rebuilds_total",
        kind: "counter",
        help: "How often the instance was built again.",
        of: |one| one_value(one.rebuilds as f64),
    },
];

/// All metrics of the process.
pub(super) fn text(servos: &[Arc<Servo>]) -> String {
    let samples: Vec<Sample> = servos.iter().map(|servo| servo.sample()).collect();
    let mut text = String::with_capacity(4096);
    head(&mut text, "servo_info", "gauge", "The servos of this process and their version.");
    for sample in &samples {
        let labels = vec![("servo", sample.servo.clone()), ("version", env!("CARGO_PKG_VERSION").to_owned())];
        line(&mut text, "servo_info", &labels, 1.0);
    }
    head(&mut text, "servo_ready", "gauge", "Whether all parts of the servo are ready.");
    for servo in servos {
        let ready = servo.unready().iter().all(|(_, why)| why.is_none());
        line(&mut text, "servo_ready", &single("servo", servo.name()), f64::from(ready));
    }
    head(&mut text, "servo_uptime_seconds", "gauge", "Time since the servo was assembled.");
    for sample in &samples {
        line(
            &mut text,
            "servo_uptime_seconds",
            &single("servo", &sample.servo),
            sample.uptime_ms as f64 / 1e3,
        );
    }
    optimizers(&mut text, &samples);
    for family in &FAMILIES {
        head(&mut text, family.name, family.kind, family.help);
        for sample in &samples {
            for connector in &sample.connectors {
                let whose = pair("servo", &sample.servo, "connector", &connector.connector);
                for (labels, value) in (family.of)(connector) {
                    line(&mut text, family.name, &[whose.clone(), labels].concat(), value);
                }
            }
        }
    }
    text
}

/// The remote optimizers, where one is asked.
fn optimizers(text: &mut String, samples: &[Sample]) {
    let asked =
        || samples.iter().filter_map(|sample| Some((sample.servo.as_str(), sample.optimizer.as_ref()?)));
    if asked().next().is_none() {
        return;
    }
    let name = "servo_optimizer_connected";
    head(text, name, "gauge", "Whether the optimizer answers.");
    for (servo, optimizer) in asked() {
        line(text, name, &single("servo", servo), f64::from(optimizer.connected));
    }
    let name = "servo_optimizer_requests_total";
    head(text, name, "counter", "Requests to the optimizer, by whether they were answered well.");
    for (servo, optimizer) in asked() {
        let answered = optimizer.requests.saturating_sub(optimizer.failed);
        for (outcome, count) in [("answered", answered), ("failed", optimizer.failed)] {
            line(text, name, &pair("servo", servo, "outcome", outcome), count as f64);
        }
    }
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

// Writing to a String cannot fail.

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn line(text: &mut String, name: &str, labels: &[(&str, String)], value: f64) {
    text.push_str(name);
    for (number, (label, content)) in labels.iter().enumerate() {
        let content = content.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let _ = write!(text, "{}{label}=\"{content}\"", if number == 0 { "{" } else { "," });
    }
    let _ = writeln!(text, "{} {value}", if labels.is_empty() { "" } else { "}" });
}
