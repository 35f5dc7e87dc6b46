//! The layer that makes spans of OTLP out of those of the program.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _};
use std::time::SystemTime;

use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::{Otlp, SPANS};

/// Attributes of one span, further ones are left out.
const ATTRIBUTES_MAX: usize = 32;
/// Bytes of one value.
const VALUE_MAX: usize = 1024;

/// A span that is over.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Finished {
    pub(super) trace: [u8; 16],
    pub(super) id: [u8; 8],
    pub(super) parent: Option<[u8; 8]>,
    pub(super) name: String,
    /// Something else is asked over a network.
    pub(super) client: bool,
    pub(super) began: SystemTime,
    pub(super) ended: SystemTime,
    pub(super) attributes: Vec<(&'static str, Attribute)>,
    /// What went wrong.
    pub(super) error: Option<String>,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Attribute {
    Text(String),
    Bool(bool),
    Integer(i64),
    Float(f64),
}

/// Exports spans of the target [`SPANS`]. Their fields are attributes, but for `otel.name` (the name), `otel.client`
/// (whether something else is asked over a network) and `error` (what went wrong).
pub(crate) struct Spans(pub(crate) Otlp);

impl Spans {
    /// Whether anybody wants spans.
    pub(crate) fn are_wanted(otlp: &Otlp) -> bool {
        otlp.wants_spans()
    }
}

impl<S> Layer<S> for Spans
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().target() != SPANS {
            return;
        }
        let Some(span) = context.span(id) else { return };
        let outer = span.scope().skip(1).find_map(|outer| {
            let extensions = outer.extensions();
            extensions.get::<Finished>().map(|outer| (outer.trace, outer.id))
        });
        let (trace, parent) = match outer {
            Some((trace, parent)) => (trace, Some(parent)),
            None => (random(), None),
        };
        let now = SystemTime::now();
        let mut made = Finished {
            trace,
            id: random(),
            parent,
            name: attributes.metadata().name().to_owned(),
            client: false,
            began: now,
            ended: now,
            attributes: Vec::new(),
            error: None,
        };
        attributes.record(&mut made);
        span.extensions_mut().insert(made);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(made) = span.extensions_mut().get_mut::<Finished>() {
            values.record(made);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let made = span.extensions_mut().remove::<Finished>();
        if let Some(made) = made {
            self.0.span(Finished { ended: SystemTime::now(), ..made });
        }
    }
}

impl Finished {
    fn put(&mut self, field: &Field, value: Attribute) {
        match (field.name(), value) {
            ("otel.name", Attribute::Text(name)) => self.name = name,
            ("otel.client", Attribute::Bool(client)) => self.client = client,
            ("error", Attribute::Text(error)) => self.error = Some(error),
            (name, value) if self.attributes.len() < ATTRIBUTES_MAX => self.attributes.push((name, value)),
            _ => {}
        }
    }
}

impl Visit for Finished {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let end = value.floor_char_boundary(VALUE_MAX);
        self.put(field, Attribute::Text(value[..end].to_owned()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, Attribute::Bool(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, Attribute::Integer(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, Attribute::Integer(i64::try_from(value).unwrap_or(i64::MAX)));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, Attribute::Float(value));
    }
}

/// Bytes that are the same nowhere else, as good as certainly, and not all zero.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    for part in bytes.chunks_mut(8) {
        // Each has keys of its own, which the system's randomness began.
        let number = RandomState::new().build_hasher().finish() | 1;
        part.copy_from_slice(&number.to_le_bytes()[..part.len()]);
    }
    bytes
}
