//! The changing part of a worker: which lanes wait, what was handed to them, what was counted.

use std::ops::Range;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use crate::tally::Tally;
use crate::worker::Slot;

/// Missed requests are counted in at most so many groups, because a rate nobody can send misses billions.
const MISSED_GROUPS: u64 = 10_000;

#[derive(Debug)]
pub(super) struct State {
    /// Requests of this worker that were handed out.
    pub(super) taken: u64,
    pub(super) lanes: Vec<Lane>,
    /// Lanes without work; the last one first, because its connection is the warmest.
    pub(super) idle: Vec<usize>,
    pub(super) live: usize,
    pub(super) in_flight: usize,
    pub(super) ended: bool,
    pub(super) tally: Tally,
    /// Who waits for the last lane.
    pub(super) waiting: Option<Waker>,
}

#[derive(Debug, Default)]
pub(super) struct Lane {
    assigned: Option<Slot>,
    waker: Option<Waker>,
}

impl State {
    pub(super) fn new(tally: Tally) -> State {
        State {
            taken: 0,
            lanes: Vec::new(),
            idle: Vec::new(),
            live: 0,
            in_flight: 0,
            ended: false,
            tally,
            waiting: None,
        }
    }

    /// Gives `slot` to an idle lane, or to a new one whose number is returned and which the caller starts.
    pub(super) fn assign(&mut self, slot: Slot) -> Option<usize> {
        if let Some(id) = self.idle.pop() {
            let lane = &mut self.lanes[id];
            lane.assigned = Some(slot);
            lane.wake();
            return None;
        }
        self.lanes.push(Lane { assigned: Some(slot), waker: None });
        Some(self.lanes.len() - 1)
    }

    pub(super) fn poll_assigned(&mut self, id: usize, cx: &mut Context<'_>) -> Poll<Option<Slot>> {
        let lane = &mut self.lanes[id];
        if let Some(slot) = lane.assigned.take() {
            return Poll::Ready(Some(slot));
        }
        if self.ended {
            return Poll::Ready(None);
        }
        match &mut lane.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    /// Nothing more is handed out; waiting lanes end.
    pub(super) fn end(&mut self) {
        self.ended = true;
        for lane in &self.lanes {
            lane.wake();
        }
    }

    /// Counts the requests numbered `range` as missed at `now`; `due` says when each should have been sent.
    pub(super) fn miss(&mut self, range: Range<u64>, now: Instant, due: impl Fn(u64) -> Option<Instant>) {
        let count = range.end - range.start;
        let step = count.div_ceil(MISSED_GROUPS).max(1);
        let mut first = range.start;
        while first < range.end {
            let group = step.min(range.end - first);
            if let Some(due) = due(first + group / 2) {
                self.tally.miss(group, due, now);
            }
            first += group;
        }
        self.taken = self.taken.max(range.end);
    }
}

impl Lane {
    fn wake(&self) {
        if let Some(waker) = &self.waker {
            waker.wake_by_ref();
        }
    }
}
