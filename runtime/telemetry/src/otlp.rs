//! Traces and metrics for a collector, by OTLP over HTTP: what the standard `OTEL_…` variables ask for.
//!
//! Spans are those of the target [`SPANS`]; nobody else's are exported, and without a collector they cost nothing,
//! because they are switched off where they are made. The library sends from threads of its own; a queue that is full
//! drops, and nothing ever waits for it but the end of the process, for a moment.

#[cfg(not(feature = "otel"))]
mod absent;
#[cfg(feature = "otel")]
mod export;
#[cfg(feature = "otel")]
mod reading;
#[cfg(feature = "otel")]
mod sender;
#[cfg(feature = "otel")]
mod settings;

#[cfg(not(feature = "otel"))]
pub use absent::{Measured, Otlp};
#[cfg(feature = "otel")]
pub use export::Otlp;
#[cfg(feature = "otel")]
pub use reading::Measured;

/// The target of spans that are exported. Their fields are attributes, but for `otel.name`, `otel.kind` and
/// `otel.status_description` (what went wrong).
pub const SPANS: &str = "span";

/// Why nothing is exported although somebody wants it.
#[derive(Debug, thiserror::Error)]
#[error("{0}; nothing is exported")]
pub struct OtlpError(String);
