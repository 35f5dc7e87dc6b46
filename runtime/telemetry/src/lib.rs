//! Logging of the process: ServoX's levels and lines, or JSON, with the connector and the event they belong to.
//!
//! Lines go to a writer of the caller, so that whoever draws on the terminal can make room for them. The
//! subscriber installed by [`init`] is the only global state of the program.
#![forbid(unsafe_code)]

mod level;
mod line;
mod sink;

use std::io;

use tracing::Subscriber;
use tracing::subscriber::SetGlobalDefaultError;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

pub use level::{Level, LevelError};

/// How lines are written.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The mildest level that is written.
    pub level: Level,
    /// One JSON object per line instead of text.
    pub json: bool,
    /// Colour the level; never in JSON.
    pub color: bool,
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
    Registry::default().with(sink::Sink::new(options, writer))
}

#[cfg(test)]
mod tests;
