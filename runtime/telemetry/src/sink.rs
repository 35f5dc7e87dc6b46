//! The layer that turns events into lines.

use std::fmt;
use std::io::Write;

use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record as Values};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use crate::level::Level;
use crate::record::{Fields, Record};
use crate::{Options, SPANS};

/// Writes each event as one line.
pub(crate) struct Sink<F> {
    options: Options,
    writer: F,
    /// Whether somebody exports spans.
    spans: bool,
}

impl<F> Sink<F> {
    pub(crate) fn new(options: Options, writer: F, spans: bool) -> Self {
        Self { options, writer, spans }
    }
}

impl<F> Sink<F> {
    /// The mildest level that anybody wants.
    fn mildest(&self) -> Level {
        let written = self.options.filter.mildest();
        if self.options.recent.is_some() { written.min(Level::Info) } else { written }
    }
}

impl<W: Write, F: Fn() -> W> Sink<F> {
    fn write(&self, record: &Record) {
        let text = if self.options.json { record.json() } else { record.text(self.options.color) };
        // A closed stderr is no reason to stop working, and there is nobody left to tell.
        let _ = (self.writer)().write_all(text.as_bytes());
        match &self.options.file {
            Some(file) if self.options.color && !self.options.json => file.write(&record.text(false)),
            Some(file) => file.write(&text),
            None => {}
        }
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
        // Where nobody exports them, they are not even made.
        if metadata.target() == SPANS {
            return self.spans;
        }
        let ours = metadata.target().starts_with("servo") || metadata.target() == "connector";
        let rest = self.options.filter.rest();
        let filter = match () {
            () if ours => self.mildest().filter(),
            () if rest == Level::Trace => rest.filter(),
            () => rest.filter().min(LevelFilter::WARN),
        };
        *metadata.level() <= filter
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.mildest().filter())
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        // What is exported says nothing to the log.
        let logged = attributes.metadata().target() != SPANS;
        let Some(span) = context.span(id).filter(|_| logged) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Values<'_>, context: Context<'_, S>) {
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
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(outer) = span.extensions().get::<Fields>() {
                fields.inherit(outer);
            }
        }
        let wanted = level >= self.options.filter.level(fields.connector.as_deref());
        let kept = self.options.recent.as_ref().filter(|_| wanted || level >= Level::Info);
        if !wanted && kept.is_none() {
            return;
        }
        let record = Record::new(fields, level, event.metadata().target());
        if wanted {
            self.write(&record);
        }
        if let Some(recent) = kept {
            recent.push(record);
        }
    }
}
