//! The worker threads: they take waiting requests from one queue, render and compress the reports, and keep them in
//! the cache. The queue needs no bound of its own, because each connection has at most one request waiting.

use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use thiserror::Error;
use tokio::sync::oneshot;

use crate::cache::Cache;
use crate::corpus::Corpus;
use crate::metrics::Metrics;
use crate::settings::Settings;

/// How a report goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Compressed at the level of the settings.
    Gzip,
    /// As plain text, for a client that refuses gzip; never cached.
    Identity,
}

/// The report was not made: a worker failed at it.
#[derive(Debug, Error)]
#[error("the report could not be made; ask again")]
pub(crate) struct NotMade;

/// The worker threads; they end when this is dropped.
#[derive(Debug)]
pub(crate) struct Pool {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Pool {
    /// A pool without threads: [`Pool::configure`] starts them.
    pub(crate) fn new(corpus: Corpus, cache: Arc<Cache>, metrics: Arc<Metrics>) -> Pool {
        let state = State { queue: VecDeque::new(), workers: 0, level: 1, batch_size: 1 };
        let shared = Shared { state: Mutex::new(state), waiting: Condvar::new(), corpus, cache, metrics };
        Pool { shared: Arc::new(shared), threads: Mutex::new(Vec::new()) }
    }

    /// Takes over the settings and returns when no thread works by the old ones any more.
    ///
    /// Errors when the system refuses another thread; then nothing has changed.
    pub(crate) fn configure(&self, settings: &Settings) -> io::Result<()> {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, after) = (threads.len(), settings.workers as usize);
        self.shared.lock().workers = after;
        for number in before..after {
            let shared = Arc::clone(&self.shared);
            let thread = std::thread::Builder::new().name(format!("worker-{number}"));
            match thread.spawn(move || shared.work(number)) {
                Ok(thread) => threads.push(thread),
                Err(error) => {
                    self.dismiss(&mut threads, before);
                    return Err(error);
                }
            }
        }
        self.dismiss(&mut threads, after);
        let mut state = self.shared.lock();
        (state.level, state.batch_size) = (settings.compression_level, settings.batch_size as usize);
        Ok(())
    }

    /// Report `id`, made by one of the workers.
    pub(crate) async fn render(&self, id: u32, coding: Coding) -> Result<Bytes, NotMade> {
        let (reply, answer) = oneshot::channel();
        self.shared.lock().queue.push_back(Job { id, coding, reply });
        self.shared.waiting.notify_one();
        answer.await.map_err(|_| NotMade)
    }

    /// Ends the threads from number `keep` on.
    fn dismiss(&self, threads: &mut Vec<JoinHandle<()>>, keep: usize) {
        self.shared.lock().workers = keep;
        self.shared.waiting.notify_all();
        for thread in threads.drain(keep.min(threads.len())..) {
            // A worker that panicked has already dropped the requests it held, which is how they learn of it.
            let _ = thread.join();
        }
        // A departing worker may have swallowed the wake-up that was meant for one that stays.
        self.shared.waiting.notify_all();
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let mut threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        self.dismiss(&mut threads, 0);
    }
}

#[derive(Debug)]
struct Job {
    id: u32,
    coding: Coding,
    reply: oneshot::Sender<Bytes>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    waiting: Condvar,
    corpus: Corpus,
    cache: Arc<Cache>,
    metrics: Arc<Metrics>,
}

#[derive(Debug)]
struct State {
    queue: VecDeque<Job>,
    workers: usize,
    level: u32,
    batch_size: usize,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The life of worker `number`.
    fn work(&self, number: usize) {
        let (mut batch, mut text, mut made) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(level) = self.next(number, &mut batch) {
            for Job { id, coding, reply } in batch.drain(..) {
                if reply.is_closed() {
                    continue;
                }
                let known =
                    made.iter().find(|(of, _)| *of == (id, coding)).map(|(_, report)| Bytes::clone(report));
                let Some(report) = known.or_else(|| self.make(id, coding, level, &mut text).ok()) else {
                    continue;
                };
                made.push(((id, coding), report.clone()));
                // The client may have gone away meanwhile.
                let _ = reply.send(report);
            }
            made.clear();
        }
    }

    /// Waits for work and takes a batch of it; `None` when worker `number` is to end.
    fn next(&self, number: usize, batch: &mut Vec<Job>) -> Option<u32> {
        let mut state = self.lock();
        loop {
            if number >= state.workers {
                return None;
            }
            if !state.queue.is_empty() {
                let size = state.batch_size.min(state.queue.len());
                batch.extend(state.queue.drain(..size));
                return Some(state.level);
            }
            state = self.waiting.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn make(&self, id: u32, coding: Coding, level: u32, text: &mut Vec<u8>) -> io::Result<Bytes> {
        // Another worker may have made it while this request waited.
        if let Some(report) = self.cache.get(id).filter(|_| coding == Coding::Gzip) {
            return Ok(report);
        }
        text.clear();
        self.corpus.render(id, text)?;
        self.metrics.rendered();
        if coding == Coding::Identity {
            return Ok(Bytes::copy_from_slice(text));
        }
        let mut encoder = GzEncoder::new(Vec::with_capacity(8 * 1024), Compression::new(level));
        encoder.write_all(text)?;
        let mut report = encoder.finish()?;
        report.shrink_to_fit();
        let report = Bytes::from(report);
        self.cache.put(level, id, report.clone());
        Ok(report)
    }
}

#[cfg(test)]
mod tests;
