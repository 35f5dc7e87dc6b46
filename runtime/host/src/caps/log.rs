//! Log lines of guests: `servo:connector/log`, standard output and standard error.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use servo_events::Event;

use crate::bindings::imported::log::{Host, Level};
use crate::counters::Tally;
use crate::limits::{Bucket, Rate};
use crate::state::State;

/// A longer line is cut.
const LINE_MAX: usize = 8 << 10;
/// How many lines of standard error are kept to explain a trap.
const LAST_WORDS: usize = 8;

/// Where the lines of one instance go.
#[derive(Debug)]
pub(crate) struct Log {
    alias: Arc<str>,
    budget: Bucket,
    dropped: AtomicU64,
    /// The event in progress, by its place in [`Event::ALL`]; 255 for none.
    event: AtomicU8,
    last_words: Mutex<VecDeque<String>>,
    tally: Arc<Tally>,
}

impl Log {
    pub(crate) fn new(alias: Arc<str>, rate: Rate, tally: Arc<Tally>) -> Self {
        Self {
            alias,
            budget: Bucket::new(rate),
            dropped: AtomicU64::new(0),
            event: AtomicU8::new(u8::MAX),
            last_words: Mutex::default(),
            tally,
        }
    }

    /// A new call begins.
    pub(crate) fn begin(&self, event: Option<Event>) {
        self.event.store(event.map_or(u8::MAX, |event| event as u8), Relaxed);
        self.words().clear();
    }

    /// Writes a line, or counts it as dropped.
    pub(crate) fn write(&self, level: Level, message: &str) {
        let message = cut(message);
        if !self.budget.take(message.len() as u64 + 1) {
            self.dropped.fetch_add(1, Relaxed);
            self.tally.dropped_line();
            return;
        }
        self.tally.logged(message.len());
        let dropped = self.dropped.swap(0, Relaxed);
        if dropped > 0 {
            self.tally.limit("log");
            let message = format!("{dropped} lines were dropped before this one: the `log` limit");
            self.emit(Level::Warning, &message);
        }
        self.emit(level, message);
    }

    /// A line of standard error: logged, and kept to explain a trap.
    pub(crate) fn error_line(&self, line: &str) {
        self.write(Level::Warning, line);
        let mut words = self.words();
        if words.len() == LAST_WORDS {
            words.pop_front();
        }
        words.push_back(cut(line).to_owned());
    }

    /// What the guest wrote to standard error in this call, without the run-time's own advice.
    pub(crate) fn last_words(&self) -> Option<String> {
        let words = self.words();
        let lines: Vec<_> = words
            .iter()
            .map(|line| line.trim())
            .filter(|line| !line.is_empty() && !line.starts_with("note: run with"))
            .collect();
        (!lines.is_empty()).then(|| lines.join(" "))
    }

    fn emit(&self, level: Level, message: &str) {
        let connector = &*self.alias;
        let event = Event::ALL.get(usize::from(self.event.load(Relaxed))).map_or("", |event| event.name());
        match level {
            Level::Trace => tracing::trace!(target: "connector", connector, event, "{message}"),
            Level::Debug => tracing::debug!(target: "connector", connector, event, "{message}"),
            Level::Info | Level::Success => {
                tracing::info!(target: "connector", connector, event, "{message}")
            }
            Level::Warning => tracing::warn!(target: "connector", connector, event, "{message}"),
            Level::Error | Level::Critical => {
                tracing::error!(target: "connector", connector, event, "{message}")
            }
        }
    }

    fn words(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.last_words.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Host for State {
    fn write(&mut self, level: Level, message: String) -> wasmtime::Result<()> {
        self.tenant.log.write(level, &message);
        Ok(())
    }
}

fn cut(line: &str) -> &str {
    let mut end = line.len().min(LINE_MAX);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    &line[..end]
}
