//! Logging of the process, and its traces and metrics for a collector: ServoX's levels and lines, or JSON, with the servo, connector and event they belong to.
//!
//! Lines go to a writer of the caller, so that whoever draws on the terminal can make room for them; to a file that
//! rotates, if one is wanted; and to a store of the last ones, from which `servo logs` is answered. The subscriber
//! installed by [`init`] is the only global state of the program.
#![forbid(unsafe_code)]

mod file;
mod filter;
mod level;
mod metric;
mod otlp;
mod recent;
mod record;
mod sink;

use std::io;

use tracing::Subscriber;
use tracing::subscriber::SetGlobalDefaultError;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

pub use file::LogFile;
pub use filter::{Filter, FilterError};
pub use level::{Level, LevelError};
pub use metric::{Labels, Metric};
pub use otlp::{Measured, Otlp, OtlpError, SPANS};
pub use recent::{Page, Recent};
pub use record::Record;

/// What is logged, how, and where besides the writer.
#[derive(Debug, Default)]
pub struct Options {
    /// What is written.
    pub filter: Filter,
    /// One JSON object per line instead of text.
    pub json: bool,
    /// Colour the level; never in JSON and never in the file.
    pub color: bool,
    /// The same lines once more.
    pub file: Option<LogFile>,
    /// The last lines, from `INFO` on even where the filter hides them.
    pub recent: Option<Recent>,
    /// Where spans of the target [`SPANS`] go; without it there are none.
    pub otlp: Option<Otlp>,
}

/// Logging was set up twice.
#[derive(Debug, thiserror::Error)]
#[error("logging is already set up in this process")]
pub struct InitError(#[from] SetGlobalDefaultError);

/// Starts logging for the whole process. `writer` is called for each line, which is written with one call.
///
/// # Errors
/// When logging was started before.
pub fn init<W>(options: Options, writer: impl Fn() -> W + Send + Sync + 'static) -> Result<(), InitError>
where
    W: io::Write + 'static,
{
    Ok(tracing::subscriber::set_global_default(subscriber(options, writer))?)
}

/// What [`init`] installs, for tests and for callers that scope it.
pub fn subscriber<W>(
    options: Options,
    writer: impl Fn() -> W + Send + Sync + 'static,
) -> impl Subscriber + Send + Sync
where
    W: io::Write + 'static,
{
    let spans = options.otlp.as_ref().and_then(Otlp::layer);
    Registry::default().with(sink::Sink::new(options, writer, spans.is_some())).with(spans)
}

#[cfg(test)]
mod tests;
