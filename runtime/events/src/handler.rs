//! What the bus dispatches to.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use servo_types::Failure;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{Call, Chain, CustomEvent, Definition, Event, Hook, ProgressSink, Reply, Update};

/// A future that can be held beside futures of other handlers.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something that answers events: an instance of a connector, or a native part of the servo.
pub trait Handler: Send + Sync {
    /// The alias, unique within a bus. Asked once, when the handler is registered.
    fn name(&self) -> &str;

    /// Whether it answers the event, one that no connector defines. Asked once, when the handler is registered.
    fn handles(&self, event: Event) -> bool;

    /// The events around which it wants to be called. Asked once, when the handler is registered.
    fn hooks(&self) -> &[Hook] {
        &[]
    }

    /// The events that it defines. Asked once, when the handler is registered.
    fn defines(&self) -> &[Definition] {
        &[]
    }

    /// The defined events that it answers, its own among them. Asked once, when the handler is registered.
    fn handled(&self) -> &[CustomEvent] {
        &[]
    }

    /// Answers. Concurrent calls are the handler's to queue, within a bound.
    ///
    /// When `context.cancel` is cancelled it should end soon; the bus stops waiting [`PATIENCE`](crate::PATIENCE)
    /// later. A call that is still queued then must not begin: it may be what others wait for. The future may be
    /// dropped at any time, which means the same.
    ///
    /// # Errors
    /// `aborted` and `cancelled` cancel the siblings of the same event; `cancelled` from a before hook cancels the
    /// event; all others let the siblings finish.
    fn call(&self, call: Arc<Call>, context: Context) -> BoxFuture<'_, Result<Reply, Failure>>;
}

/// What a handler needs to know beside the call.
#[derive(Clone, Debug)]
pub struct Context {
    /// Cancelled when the answer is no longer wanted.
    pub cancel: CancellationToken,
    /// When it is cancelled at the latest. A handler's own limits may end the call earlier.
    pub deadline: Instant,
    /// Where to say how far the call is, see [`Context::report`].
    pub progress: ProgressSink,
    /// Who waits for this call, the handler itself first. A dispatch that the handler makes passes it on in
    /// [`Options::callers`](crate::Options::callers).
    pub callers: Chain,
}

impl Context {
    /// Says how far the call is; cheap, never waits.
    pub fn report(&self, update: Update) {
        if let Some(name) = self.callers.top() {
            self.progress.report(name, update);
        }
    }
}

impl fmt::Debug for dyn Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handler").field(&self.name()).finish()
    }
}
