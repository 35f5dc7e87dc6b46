//! The layer that turns events into lines.

use std::fmt;
use std::io::Write;

use jiff::Zoned;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use crate::Options;
use crate::level::Level;
use crate::line::{Fields, Line};

/// Writes each event as one line.
pub(crate) struct Sink<F> {
    options: Options,
    writer: F,
}

impl<F> Sink<F> {
    pub(crate) fn new(options: Options, writer: F) -> Self {
        Self { options, writer }
    }
}

impl<F> fmt::Debug for Sink<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sink").field("options", &self.options).finish_non_exhaustive()
    }
}

impl<S, F, W> Layer<S> for Sink<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    F: Fn() -> W + Send + Sync + 'static,
    W: Write + 'static,
{
    /// Our own events from the wanted level on, those of libraries from warnings on: nobody asked for the
    /// steps of a TLS handshake.
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let ours = metadata.target().starts_with("servo") || metadata.target() == "connector";
        let filter = self.options.level.filter();
        let filter =
            if ours || self.options.level == Level::Trace { filter } else { filter.min(LevelFilter::WARN) };
        *metadata.level() <= filter
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.options.level.filter())
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let level = match Level::of(event.metadata()) {
            Level::Info if fields.success => Level::Success,
            Level::Error if fields.critical => Level::Critical,
            other => other,
        };
        if level < self.options.level {
            return;
        }
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(outer) = span.extensions().get::<Fields>() {
                fields.inherit(outer);
            }
        }
        let line = Line { at: &Zoned::now(), level, target: event.metadata().target(), fields: &fields };
        let text = if self.options.json { line.json() } else { line.text(self.options.color) };
        // A closed stderr is no reason to stop working, and there is nobody left to tell.
        let _ = (self.writer)().write_all(text.as_bytes());
    }
}
