//! Requests of OTLP in the binary form of protocol buffers: the few messages and fields that are sent.
//!
//! Field numbers are those of opentelemetry-proto 1.x, `collector/trace/v1` and `collector/metrics/v1`.

use std::time::{SystemTime, UNIX_EPOCH};

use super::exposition::Family;
use super::layer::{Attribute, Finished};

const INTERNAL: u64 = 1;
const CLIENT: u64 = 3;
const STATUS_ERROR: u64 = 2;
const CUMULATIVE: u64 = 2;

/// Who sends.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) attributes: Vec<(String, String)>,
    /// From when on is counted.
    pub(super) began: SystemTime,
}

/// `ExportTraceServiceRequest`.
pub(super) fn traces(resource: &Resource, spans: &[Finished]) -> Vec<u8> {
    request(resource, |scope| {
        for span in spans {
            scope.message(2, |out| one_span(out, span));
        }
    })
}

/// `ExportMetricsServiceRequest`.
pub(super) fn metrics(resource: &Resource, families: &[Family], at: SystemTime) -> Vec<u8> {
    request(resource, |scope| {
        for family in families {
            scope.message(2, |out| metric(out, family, resource.began, at));
        }
    })
}

fn request(resource: &Resource, content: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut out = Writer::default();
    out.message(1, |all| {
        all.message(1, |who| {
            for (name, value) in &resource.attributes {
                who.message(1, |out| key_value(out, name, &Attribute::Text(value.clone())));
            }
        });
        all.message(2, |scope| {
            scope.message(1, |out| {
                out.bytes(1, b"servo");
                out.bytes(2, env!("CARGO_PKG_VERSION").as_bytes());
            });
            content(scope);
        });
    });
    out.0
}

fn one_span(out: &mut Writer, span: &Finished) {
    out.bytes(1, &span.trace);
    out.bytes(2, &span.id);
    if let Some(parent) = &span.parent {
        out.bytes(4, parent);
    }
    out.bytes(5, span.name.as_bytes());
    out.number(6, if span.client { CLIENT } else { INTERNAL });
    out.fixed(7, nanoseconds(span.began));
    out.fixed(8, nanoseconds(span.ended));
    for (name, value) in &span.attributes {
        out.message(9, |out| key_value(out, name, value));
    }
    if let Some(error) = &span.error {
        out.message(15, |status| {
            status.bytes(2, error.as_bytes());
            status.number(3, STATUS_ERROR);
        });
    }
}

fn metric(out: &mut Writer, family: &Family, began: SystemTime, at: SystemTime) {
    // What makes a name a counter's in Prometheus' text is the kind here.
    out.bytes(1, family.name.strip_suffix("_total").unwrap_or(&family.name).as_bytes());
    out.bytes(2, family.help.as_bytes());
    let points = |data: &mut Writer| {
        for (labels, value) in &family.points {
            data.message(1, |point| {
                point.fixed(2, nanoseconds(began));
                point.fixed(3, nanoseconds(at));
                point.fixed(4, value.to_bits());
                for (name, text) in labels {
                    point.message(7, |out| key_value(out, name, &Attribute::Text(text.clone())));
                }
            });
        }
    };
    if family.counts {
        out.message(7, |sum| {
            points(sum);
            sum.number(2, CUMULATIVE);
            sum.number(3, 1);
        });
    } else {
        out.message(5, points);
    }
}

fn key_value(out: &mut Writer, name: &str, value: &Attribute) {
    out.bytes(1, name.as_bytes());
    out.message(2, |any| match value {
        Attribute::Text(text) => any.bytes(1, text.as_bytes()),
        Attribute::Bool(flag) => any.number(2, u64::from(*flag)),
        // Negative numbers are ten bytes long, as the form has it.
        Attribute::Integer(number) => any.number(3, number.cast_unsigned()),
        Attribute::Float(number) => any.fixed(4, number.to_bits()),
    });
}

fn nanoseconds(time: SystemTime) -> u64 {
    let passed = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(passed.as_nanos()).unwrap_or(u64::MAX)
}

/// Fields of a message.
#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn number(&mut self, field: u64, value: u64) {
        self.varint(field << 3);
        self.varint(value);
    }

    fn fixed(&mut self, field: u64, value: u64) {
        self.varint(field << 3 | 1);
        self.0.extend(value.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, value: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(value.len() as u64);
        self.0.extend(value);
    }

    fn message(&mut self, field: u64, content: impl FnOnce(&mut Writer)) {
        let mut inner = Writer::default();
        content(&mut inner);
        self.bytes(field, &inner.0);
    }
}
