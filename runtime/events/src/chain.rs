//! Who waits for a call: the connector that works on it, the one that asked for it, and so on up.

use std::sync::Arc;

/// The connectors that a call keeps waiting, innermost first. Immutable, shared, cheap to clone.
///
/// Empty at the top level: the control loop and the command line are no connectors.
#[derive(Clone, Debug, Default)]
pub struct Chain(Option<Arc<Link>>);

/// One connector at work on one call.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) name: Arc<str>,
    /// The registration that runs the call: a replaced handler and its successor share a name, not a mailbox.
    pub(crate) node: u64,
    /// The call, unique within the bus.
    pub(crate) call: u64,
    length: usize,
    next: Chain,
}

impl Chain {
    /// The connector that works on the call.
    pub fn top(&self) -> Option<&Arc<str>> {
        self.0.as_ref().map(|link| &link.name)
    }

    /// How deep the call is nested; 0 at the top level.
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |link| link.length)
    }

    /// Whether no connector waits.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Whether this connector waits for the call, directly or not.
    pub fn contains(&self, name: &str) -> bool {
        self.names().any(|known| &**known == name)
    }

    /// The names, innermost first.
    pub fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        std::iter::successors(self.0.as_deref(), |link| link.next.0.as_deref()).map(|link| &link.name)
    }

    pub(crate) fn link(&self) -> Option<&Link> {
        self.0.as_deref()
    }

    /// The chain with one more connector at work.
    pub(crate) fn push(&self, name: Arc<str>, node: u64, call: u64) -> Self {
        Self(Some(Arc::new(Link { name, node, call, length: self.len() + 1, next: self.clone() })))
    }
}
