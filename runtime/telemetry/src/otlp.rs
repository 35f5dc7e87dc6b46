//! Traces and metrics for a collector, by OTLP over HTTP: what the standard `OTEL_…` variables ask for.
//!
//! Spans are those of the target [`SPANS`]; nobody else's are exported, and without a collector they cost nothing,
//! because they are switched off where they are made. One thread sends what is ready; a queue that is full drops, and
//! nothing ever waits for it but the end of the process, for a moment.

mod encode;
mod exposition;
mod layer;
mod sender;
mod settings;

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, channel, sync_channel};
use std::time::{Duration, SystemTime};

pub(crate) use layer::Spans;
pub use settings::{OtlpSettings, SettingsError};

use encode::Resource;
use layer::Finished;
use sender::{Message, Sender};

/// The target of spans that are exported.
pub const SPANS: &str = "span";

/// Spans and other messages that wait for the thread that sends; about 1 MiB.
const QUEUE: usize = 2048;

/// Where traces and metrics go. Clones share one queue and one thread.
#[derive(Clone, Debug)]
pub struct Otlp {
    queue: SyncSender<Message>,
    settings: Arc<OtlpSettings>,
}

impl Otlp {
    /// Starts the thread that sends. Nothing is sent yet.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn start(settings: OtlpSettings) -> std::io::Result<Self> {
        let (queue, messages) = sync_channel(QUEUE);
        let settings = Arc::new(settings);
        let resource = Resource { attributes: settings.resource.clone(), began: SystemTime::now() };
        let sender = Sender::new(Arc::clone(&settings), resource, messages);
        std::thread::Builder::new().name("servo-otlp".to_owned()).spawn(move || sender.run())?;
        Ok(Self { queue, settings })
    }

    /// How often metrics are wanted; none when they are not.
    pub fn metrics_every(&self) -> Option<Duration> {
        self.settings.metrics.as_ref().map(|_| self.settings.interval)
    }

    /// Sends metrics in the text format of Prometheus; drops them when too much waits.
    pub fn metrics(&self, text: String) {
        if self.settings.metrics.is_some() {
            self.put(Message::Metrics { text, at: SystemTime::now() });
        }
    }

    /// Waits until everything so far is sent, or could not be, but no longer than this.
    pub fn flush(&self, most: Duration) {
        let (done, waits) = channel();
        if self.put(Message::Flush(done)) {
            let _ = waits.recv_timeout(most);
        }
    }

    fn span(&self, span: Finished) {
        self.put(Message::Span(Box::new(span)));
    }

    fn wants_spans(&self) -> bool {
        self.settings.traces.is_some()
    }

    fn put(&self, message: Message) -> bool {
        match self.queue.try_send(message) {
            Ok(()) => true,
            // The thread ends only with the process.
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests;
