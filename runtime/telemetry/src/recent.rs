//! The last lines, for those who ask a running process.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::record::Record;

/// The last lines of this process, bounded in bytes. Clones share them.
#[derive(Clone, Debug)]
pub struct Recent(Arc<Mutex<Ring>>);

/// Lines that somebody asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// The oldest first.
    pub records: Vec<Record>,
    /// Where the next page begins.
    pub next: u64,
    /// Lines of anybody before the first one that are gone already.
    pub missed: u64,
}

#[derive(Debug)]
struct Ring {
    records: VecDeque<Record>,
    /// The number of the oldest one; the first line of the process has 0.
    first: u64,
    bytes: usize,
    most: usize,
}

impl Recent {
    /// Keeps lines of about so many bytes together.
    pub fn new(most: usize) -> Self {
        Self(Arc::new(Mutex::new(Ring { records: VecDeque::new(), first: 0, bytes: 0, most })))
    }

    /// The wanted lines from number `from` on, in pages of about `bytes`.
    pub fn page(&self, from: u64, bytes: usize, wanted: impl Fn(&Record) -> bool) -> Page {
        let ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut page =
            Page { records: Vec::new(), next: from.max(ring.first), missed: ring.first.saturating_sub(from) };
        let skip = usize::try_from(page.next - ring.first).unwrap_or(usize::MAX);
        let mut left = bytes;
        for record in ring.records.iter().skip(skip) {
            if wanted(record) {
                if left < record.size() && !page.records.is_empty() {
                    break;
                }
                left = left.saturating_sub(record.size());
                page.records.push(record.clone());
            }
            page.next += 1;
        }
        page
    }

    /// The number from which on there are at most so many of the wanted lines.
    pub fn last(&self, lines: usize, wanted: impl Fn(&Record) -> bool) -> u64 {
        let ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let end = ring.first + ring.records.len() as u64;
        let numbered = (ring.first..end).rev().zip(ring.records.iter().rev());
        let last = numbered.filter(|(_, record)| wanted(record)).take(lines).last();
        last.map_or(end, |(number, _)| number)
    }

    pub(crate) fn push(&self, record: Record) {
        let mut ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ring.bytes += record.size();
        ring.records.push_back(record);
        while ring.bytes > ring.most && ring.records.len() > 1 {
            let Some(gone) = ring.records.pop_front() else { break };
            ring.bytes -= gone.size();
            ring.first += 1;
        }
    }
}
