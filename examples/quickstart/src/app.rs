//! The service without its network: documents, settings and what happens when a setting changes.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use thiserror::Error;

use crate::cache::{BYTES_MAX, Cache};
use crate::corpus::Corpus;
use crate::metrics::{Gauges, Metrics};
use crate::pool::{Coding, NotMade, Pool};
use crate::random::{Random, Zipf};
use crate::settings::{Problem, Settings};

/// How many documents the service usually has: as many as its cache may keep.
pub(crate) const DOCUMENTS: u32 = 20_000;

/// How unequal the documents' popularity is; about what is seen at web servers, where 0.6 to 1.1 are common.
const EXPONENT: f64 = 1.1;

/// The service.
#[derive(Debug)]
pub(crate) struct App {
    documents: u32,
    popularity: Zipf,
    random: Random,
    cache: Arc<Cache>,
    pool: Pool,
    metrics: Arc<Metrics>,
    settings: Mutex<Settings>,
    /// Held while a change is being applied, so that changes come one after the other.
    changing: Mutex<()>,
    ready: AtomicBool,
}

/// Why the settings were not changed; they are as they were.
#[derive(Debug, Error)]
pub(crate) enum ChangeError {
    #[error("the settings were not changed")]
    Refused(Vec<Problem>),
    #[error("the settings were not changed: the system refused another worker thread; try fewer workers")]
    Threads(#[source] io::Error),
}

/// Why there is no report.
#[derive(Debug, Error)]
pub(crate) enum DocumentError {
    #[error("there is no document {id}; there are {documents}, numbered from 0")]
    Unknown { id: u32, documents: u32 },
    #[error(transparent)]
    NotMade(#[from] NotMade),
}

impl App {
    /// The service with `documents` documents, which belong to `seed`, and the default settings.
    pub(crate) fn start(seed: u64, documents: u32) -> io::Result<Arc<App>> {
        let (cache, metrics) = (Arc::new(Cache::new(BYTES_MAX)), Arc::new(Metrics::default()));
        let corpus = Corpus::generate(seed, documents);
        let app = App {
            documents: corpus.len(),
            popularity: Zipf::new(documents, EXPONENT),
            random: Random::new(!seed),
            pool: Pool::new(corpus, Arc::clone(&cache), Arc::clone(&metrics)),
            cache,
            metrics,
            settings: Mutex::new(Settings::default()),
            changing: Mutex::new(()),
            ready: AtomicBool::new(true),
        };
        app.apply(&Settings::default())?;
        Ok(Arc::new(app))
    }

    /// Report `id`, from the cache or newly made.
    pub(crate) async fn document(&self, id: u32, coding: Coding) -> Result<Bytes, DocumentError> {
        if id >= self.documents {
            return Err(DocumentError::Unknown { id, documents: self.documents });
        }
        if coding == Coding::Gzip {
            let cached = self.cache.get(id);
            self.metrics.looked_up(cached.is_some());
            if let Some(report) = cached {
                return Ok(report);
            }
        }
        Ok(self.pool.render(id, coding).await?)
    }

    /// The number of a document, a popular one more often.
    pub(crate) fn pick(&self) -> u32 {
        self.popularity.rank(self.random.unit())
    }

    /// The settings in force.
    pub(crate) fn settings(&self) -> Settings {
        self.current().clone()
    }

    /// Changes the settings that `change`, a JSON object, names, and returns all of them once they are in force.
    /// Blocks while workers finish what they have in hand, some milliseconds.
    pub(crate) fn change(&self, change: &[u8]) -> Result<Settings, ChangeError> {
        let _one_at_a_time = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let settings = self.settings().changed(change).map_err(ChangeError::Refused)?;
        self.ready.store(false, Ordering::Release);
        let applied = self.apply(&settings);
        if applied.is_ok() {
            *self.current() = settings.clone();
        }
        self.ready.store(true, Ordering::Release);
        applied.map(|()| settings).map_err(ChangeError::Threads)
    }

    /// Whether no change is being applied.
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// The counters, for the routes to move.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Everything that is counted, in Prometheus' text format.
    pub(crate) fn metrics_text(&self) -> String {
        let settings = self.settings();
        let gauges = Gauges { settings: &settings, cache: self.cache.usage(), ready: self.is_ready() };
        self.metrics.text(&gauges)
    }

    fn apply(&self, settings: &Settings) -> io::Result<()> {
        self.pool.configure(settings)?;
        self.cache.configure(settings.cache_entries as usize, settings.eviction, settings.compression_level);
        Ok(())
    }

    fn current(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
