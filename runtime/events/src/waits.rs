//! Who waits for whom, so that connectors that wait for each other are told at once.
//!
//! An instance works on one call at a time. When the measure of `a` dispatches to `b` while the measure of `b`
//! dispatches to `a`, each waits in line behind a call that cannot end. Every call that a connector makes while it
//! works is an edge here as long as it waits; an edge that would close a ring is refused, and the calls of the ring
//! that wait in line are ended. Calls from the top level hold nobody up and make no edge.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use servo_types::{Code, Failure};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::chain::Link;

/// The graph. Never locked across an await.
#[derive(Debug, Default)]
pub(crate) struct Waits(Mutex<Graph>);

/// A call that waits; dropping it takes the edge away.
#[derive(Debug)]
pub(crate) struct Wait<'a> {
    waits: &'a Waits,
    from: u64,
    call: u64,
    /// Resolves when a ring closed through this call.
    pub(crate) broken: oneshot::Receiver<Ring>,
}

/// Connectors that wait for each other, in order; the last waits for the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ring(Arc<[Arc<str>]>);

/// Outgoing edges by registration.
type Graph = HashMap<u64, Vec<Edge>>;

#[derive(Debug)]
struct Edge {
    /// The call that waits.
    call: u64,
    /// The call that makes it, on which the waiting connector works.
    maker: u64,
    from: Arc<str>,
    to: u64,
    cancel: CancellationToken,
    broken: oneshot::Sender<Ring>,
}

impl Waits {
    /// Notes that `maker` waits for `call` at the registration `to`; `cancel` is the call's.
    ///
    /// # Errors
    /// If that closes a ring. The other calls of the ring that wait in line end, too: the outcome is the same
    /// whichever of them came last.
    pub(crate) fn enter(
        &self,
        maker: &Link,
        to: u64,
        call: u64,
        cancel: &CancellationToken,
    ) -> Result<Wait<'_>, Ring> {
        let mut graph = self.lock();
        if let Some(path) = path(&graph, to, maker.node) {
            let (ring, ended) = break_ring(&mut graph, maker, &path);
            drop(graph);
            for edge in ended {
                // A receiver that is gone has its answer already. Cancelled only then: who is told to stop must find
                // out why.
                let _ = edge.broken.send(ring.clone());
                edge.cancel.cancel();
            }
            return Err(ring);
        }
        let (sender, broken) = oneshot::channel();
        let (from, cancel) = (Arc::clone(&maker.name), cancel.clone());
        let edge = Edge { call, maker: maker.call, from, to, cancel, broken: sender };
        graph.entry(maker.node).or_default().push(edge);
        Ok(Wait { waits: self, from: maker.node, call, broken })
    }

    fn lock(&self) -> MutexGuard<'_, Graph> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        drop(take(&mut self.waits.lock(), self.from, self.call));
    }
}

impl Ring {
    /// What those in the ring are told.
    pub(crate) fn failure(&self) -> Failure {
        let names = &self.0;
        let waits: Vec<_> = names
            .iter()
            .zip(names.iter().cycle().skip(1))
            .map(|(from, to)| format!("{from} waits for {to}"))
            .collect();
        let message = format!("{}; exclude one of them from the dispatch of the other", waits.join(", "));
        Failure::new(Code::Busy, message).because("cycle")
    }
}

/// The shortest way from one registration to another: the edges as (registration, call).
fn path(graph: &Graph, from: u64, goal: u64) -> Option<Vec<(u64, u64)>> {
    let mut reached: HashMap<u64, (u64, u64)> = HashMap::new();
    let mut open = VecDeque::from([from]);
    while let Some(node) = open.pop_front() {
        if node == goal {
            let back = std::iter::successors(reached.get(&goal), |(node, _)| reached.get(node));
            let mut path: Vec<_> = back.copied().collect();
            path.reverse();
            return Some(path);
        }
        for edge in graph.get(&node).into_iter().flatten() {
            if edge.to != from && !reached.contains_key(&edge.to) {
                reached.insert(edge.to, (node, edge.call));
                open.push_back(edge.to);
            }
        }
    }
    None
}

/// Takes the calls of the ring that wait in line out of the graph. A call on which its connector already works is no
/// obstacle: it goes on as soon as the call that it made itself has ended.
fn break_ring(graph: &mut Graph, maker: &Link, path: &[(u64, u64)]) -> (Ring, Vec<Edge>) {
    let edge = |(node, call): (u64, u64)| graph.get(&node)?.iter().find(|edge| edge.call == call);
    let edges: Vec<_> = path.iter().filter_map(|at| edge(*at)).collect();
    let names = edges.iter().map(|edge| Arc::clone(&edge.from));
    let ring = Ring(std::iter::once(Arc::clone(&maker.name)).chain(names).collect());
    let next_makers = edges.iter().skip(1).map(|edge| edge.maker).chain([maker.call]);
    let in_line = edges.iter().zip(next_makers).map(|(edge, next)| edge.call != next).collect::<Vec<_>>();
    let ended = path.iter().zip(in_line).filter(|(_, in_line)| *in_line);
    let ended = ended.filter_map(|((node, call), _)| take(graph, *node, *call)).collect();
    (ring, ended)
}

fn take(graph: &mut Graph, from: u64, call: u64) -> Option<Edge> {
    let edges = graph.get_mut(&from)?;
    let edge = edges.iter().position(|edge| edge.call == call).map(|index| edges.swap_remove(index));
    if edges.is_empty() {
        graph.remove(&from);
    }
    edge
}

#[cfg(test)]
mod tests;
