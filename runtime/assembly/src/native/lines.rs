//! What commands write: bytes to lines, and lines into the log, both within bounds.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use servo_events::Event;

/// Bytes that one command writes into the log; what is more is counted and not shown.
const LOGGED_MAX: usize = 64 << 10;
/// A longer line of a log is cut.
pub(super) const LINE_MAX: usize = 8 << 10;
/// Lines of standard error that explain a failure, and characters of each.
const LAST_LINES: usize = 4;
const LAST_CHARS: usize = 200;

/// Takes bytes, gives lines.
#[derive(Debug)]
pub(super) struct Lines {
    line: Vec<u8>,
    max: usize,
}

impl Lines {
    /// Lines of at most `max` bytes; the rest of a longer one is dropped.
    pub(super) fn new(max: usize) -> Lines {
        Lines { line: Vec::new(), max }
    }

    /// Takes what was read.
    pub(super) fn push(&mut self, bytes: &[u8], mut line: impl FnMut(&str)) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, whole) = match part.strip_suffix(b"\n") {
                Some(text) => (text, true),
                None => (part, false),
            };
            let room = self.max.saturating_sub(self.line.len());
            self.line.extend_from_slice(&text[..text.len().min(room)]);
            if whole {
                self.end(&mut line);
            }
        }
    }

    /// Gives the last line, which need not end with a newline.
    pub(super) fn finish(&mut self, mut line: impl FnMut(&str)) {
        if !self.line.is_empty() {
            self.end(&mut line);
        }
    }

    fn end(&mut self, line: &mut impl FnMut(&str)) {
        let text = String::from_utf8_lossy(&self.line);
        line(text.strip_suffix('\r').unwrap_or(&text));
        self.line.clear();
    }
}

/// The log of one command, and the last words of its standard error.
#[derive(Debug)]
pub(super) struct Talk {
    connector: Arc<str>,
    event: Event,
    said: Mutex<Said>,
}

#[derive(Debug, Default)]
struct Said {
    bytes: usize,
    dropped: u64,
    last: VecDeque<String>,
}

impl Talk {
    pub(super) fn new(connector: &Arc<str>, event: Event) -> Talk {
        Talk { connector: Arc::clone(connector), event, said: Mutex::default() }
    }

    /// A line of standard output.
    pub(super) fn out(&self, line: &str) {
        if self.fits(line) {
            let (connector, event) = (&*self.connector, self.event.name());
            tracing::info!(target: "connector", connector, event, "{line}");
        }
    }

    /// A line of standard error.
    pub(super) fn error(&self, line: &str) {
        if !line.trim().is_empty() {
            let mut said = self.said();
            if said.last.len() == LAST_LINES {
                said.last.pop_front();
            }
            let end = line.char_indices().nth(LAST_CHARS).map_or(line.len(), |(end, _)| end);
            said.last.push_back(line[..end].trim().to_owned());
        }
        if self.fits(line) {
            let (connector, event) = (&*self.connector, self.event.name());
            tracing::warn!(target: "connector", connector, event, "{line}");
        }
    }

    /// The last lines of standard error, on one line; empty when there are none.
    pub(super) fn last(&self) -> String {
        let said = self.said();
        said.last.iter().map(String::as_str).collect::<Vec<_>>().join(" | ")
    }

    fn fits(&self, line: &str) -> bool {
        let mut said = self.said();
        let fits = said.dropped == 0 && said.bytes + line.len() < LOGGED_MAX;
        match fits {
            true => said.bytes += line.len() + 1,
            false => said.dropped += 1,
        }
        fits
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        let dropped = self.said().dropped;
        if dropped > 0 {
            let (connector, event) = (&*self.connector, self.event.name());
            let kib = LOGGED_MAX >> 10;
            let noun = if dropped == 1 { "line" } else { "lines" };
            tracing::warn!(target: "connector", connector, event, "{dropped} more {noun} than the {kib} KiB that a command may log");
        }
    }
}

#[cfg(test)]
mod tests;
