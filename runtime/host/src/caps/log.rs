//! Log lines of guests: `servo:connector/log`, standard output and standard error.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use servo_events::Event;

use crate::bindings::imported::log::{Host, Level};
use crate::counters::Tally;
use crate::limits::{Bucket, Rate};
use crate::stage::Stage;
use crate::state::State;

/// A longer line is cut.
const LINE_MAX: usize = 8 << 10;
/// How many lines of standard error are kept to explain a trap.
const LAST_WORDS: usize = 8;
/// How many of them are the first ones: Go begins with what happened, Python ends with it.
const FIRST_WORDS: usize = 2;

/// Where the lines of one instance go.
#[derive(Debug)]
pub(crate) struct Log {
    alias: Arc<str>,
    budget: Bucket,
    /// How often it is said that lines were dropped, at most.
    per: Duration,
    dropped: Mutex<Dropped>,
    /// The event in progress.
    event: Mutex<Option<Event>>,
    last_words: Mutex<VecDeque<String>>,
    tally: Arc<Tally>,
    /// Who gets the lines instead of the log of the process.
    stage: Option<Arc<Stage>>,
}

/// Lines that were dropped and not yet spoken of.
#[derive(Debug, Default)]
struct Dropped {
    lines: u64,
    /// When the first of them was.
    since: Option<Instant>,
}

impl Log {
    pub(crate) fn new(alias: Arc<str>, rate: Rate, tally: Arc<Tally>, stage: Option<Arc<Stage>>) -> Self {
        Self {
            alias,
            budget: Bucket::new(rate),
            per: rate.per,
            dropped: Mutex::default(),
            event: Mutex::default(),
            last_words: Mutex::default(),
            tally,
            stage,
        }
    }

    /// A new call begins.
    pub(crate) fn begin(&self, event: Option<Event>) {
        *self.event.lock().unwrap_or_else(PoisonError::into_inner) = event;
        self.words().clear();
        self.tell_dropped(self.per);
    }

    /// Writes a line, or counts it as dropped.
    pub(crate) fn write(&self, level: Level, message: &str) {
        let message = cut(message);
        if !self.budget.take(message.len() as u64 + 1) {
            self.drop_line();
            self.tell_dropped(self.per);
            return;
        }
        self.tally.logged(message.len());
        self.tell_dropped(self.per);
        self.emit(level, message);
    }

    fn drop_line(&self) {
        self.tally.dropped_line();
        let mut dropped = self.dropped();
        dropped.lines += 1;
        if dropped.since.is_none() {
            dropped.since = Some(Instant::now());
            self.tally.limit("log");
        }
    }

    /// Says how many lines were dropped, once the first of them is so old: a line for each line that gets through between
    /// dropped ones would be a flood itself.
    fn tell_dropped(&self, age: Duration) {
        let lines = {
            let mut dropped = self.dropped();
            if dropped.since.is_none_or(|since| since.elapsed() < age) {
                return;
            }
            std::mem::take(&mut *dropped).lines
        };
        let noun = if lines == 1 { "line was" } else { "lines were" };
        self.emit(Level::Warning, &format!("{lines} {noun} dropped: the `log` limit"));
    }

    /// A line of standard error: logged, and kept to explain a trap.
    pub(crate) fn error_line(&self, line: &str) {
        self.write(Level::Warning, line);
        let mut words = self.words();
        if words.len() == LAST_WORDS {
            words.remove(FIRST_WORDS);
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

    /// Bytes that count against the limit now, and the most that ever did.
    pub(crate) fn used(&self) -> (Rate, Rate) {
        self.budget.used()
    }

    fn emit(&self, level: Level, message: &str) {
        if let Some(stage) = &self.stage {
            return stage.script().logged(name(level), message);
        }
        let connector = &*self.alias;
        let event = *self.event.lock().unwrap_or_else(PoisonError::into_inner);
        let event = event.as_ref().map_or("", Event::name);
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

    fn dropped(&self) -> MutexGuard<'_, Dropped> {
        self.dropped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn words(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.last_words.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.tell_dropped(Duration::ZERO);
    }
}

impl Host for State {
    fn write(&mut self, level: Level, message: String) -> wasmtime::Result<()> {
        self.tenant.log.write(level, &message);
        Ok(())
    }
}

/// The name of a level, as in the contract.
fn name(level: Level) -> &'static str {
    match level {
        Level::Trace => "trace",
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Success => "success",
        Level::Warning => "warning",
        Level::Error => "error",
        Level::Critical => "critical",
    }
}

fn cut(line: &str) -> &str {
    let mut end = line.len().min(LINE_MAX);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    &line[..end]
}

#[cfg(test)]
mod tests;
