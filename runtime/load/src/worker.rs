//! One worker: a thread with a runtime of its own, its share of the schedule, and lanes that send.
//!
//! Nothing on the way of a request is shared with another thread.

mod state;
mod thread;

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_rustls::TlsConnector;

use crate::fault::Fault;
use crate::http1::Scratch;
use crate::http2::Pool;
use crate::lane;
use crate::options::Permit;
use crate::plan::{Plan, Prepared};
use crate::schedule::Schedule;
use crate::tally::{LATE, Sample, Tally};
use crate::timer::Timer;

use state::State;
pub(crate) use thread::{Delta, Order, spawn};

/// Requests due within this time are sent together. More often would cost more than the requests.
const TICK: Duration = Duration::from_micros(50);
/// How often it is looked whether a backlog can be sent; lanes that become free look at once.
const BACKLOG_TICK: Duration = Duration::from_millis(1);

/// What the lanes of one thread share.
pub(crate) struct Worker {
    pub(crate) plan: Arc<Plan>,
    pub(crate) tls: Option<TlsConnector>,
    pub(crate) timeout: Duration,
    pub(crate) keepalive: bool,
    pub(crate) always_http2: bool,
    pub(crate) max_body: Option<u64>,
    pub(crate) permit: Option<Permit>,
    /// Most connections to one origin, and most requests at a time on one HTTP/2 connection.
    pub(crate) connections: usize,
    pub(crate) streams: usize,
    pub(crate) pools: Vec<Pool>,
    pub(crate) scratch: Scratch,
    /// None in a closed loop.
    schedule: Option<Arc<Schedule>>,
    start: Instant,
    /// Nothing is sent from here on. An open loop may still send what was due shortly before its end.
    last: Instant,
    /// This worker's place among all of them: it sends requests `offset`, `offset + stride`, …
    offset: u64,
    stride: u64,
    state: RefCell<State>,
}

/// A request to be sent now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) index: u64,
    pub(crate) due: Instant,
    pub(crate) sent: Instant,
}

impl Worker {
    pub(crate) fn is_closed_loop(&self) -> bool {
        self.schedule.is_none()
    }

    pub(crate) fn target(&self, index: u64) -> &Prepared {
        let count = self.plan.targets.len();
        &self.plan.targets[(index % count as u64) as usize]
    }

    /// The next request, when one is due at `now` and the attack has not ended.
    pub(crate) fn take(&self, now: Instant) -> Option<Slot> {
        let mut state = self.state.borrow_mut();
        if now >= self.last || state.ended { None } else { self.take_due(&mut state, now) }
    }

    /// Whether something may be sent now.
    pub(crate) fn permitted(&self) -> Result<(), Fault> {
        match &self.permit {
            Some(permit) if !permit.is_given() => Err(Fault::Forbidden),
            _ => Ok(()),
        }
    }

    /// Waits for a request that the worker gives to this lane; nothing when the attack has ended.
    pub(crate) async fn next(&self, id: usize) -> Option<Slot> {
        poll_fn(|cx| self.state.borrow_mut().poll_assigned(id, cx)).await
    }

    /// The lane has nothing to do.
    pub(crate) fn idle(&self, id: usize) {
        self.state.borrow_mut().idle.push(id);
    }

    pub(crate) fn finished(&self, sample: Sample<'_>) {
        let mut state = self.state.borrow_mut();
        state.in_flight -= 1;
        state.tally.record(sample);
    }

    pub(crate) fn lane_ended(&self) {
        let mut state = self.state.borrow_mut();
        state.live -= 1;
        if state.live == 0
            && let Some(waiting) = state.waiting.take()
        {
            waiting.wake();
        }
    }

    /// Sends everything that is due until the end, and waits for the last answers.
    async fn run(self: &Rc<Self>, timer: &Timer) {
        timer.until(self.start).await;
        loop {
            let now = Instant::now();
            self.dispatch(now);
            let Some(at) = self.wake_at(now) else { break };
            timer.until(at).await;
        }
        let now = Instant::now();
        self.close(now, now);
        poll_fn(|cx| {
            let mut state = self.state.borrow_mut();
            state.waiting = Some(cx.waker().clone());
            if state.live == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Hands what is due to idle lanes and new ones. In a closed loop every lane gets its first request.
    fn dispatch(self: &Rc<Self>, now: Instant) {
        let mut state = self.state.borrow_mut();
        while !state.ended && (!state.idle.is_empty() || state.lanes.len() < self.lanes_max()) {
            let Some(slot) = self.take_due(&mut state, now) else { break };
            if let Some(id) = state.assign(slot) {
                state.live += 1;
                tokio::task::spawn_local(lane::run(self.clone(), id));
            }
        }
    }

    /// When to look again; nothing when all has been handed out or the time is over.
    fn wake_at(&self, now: Instant) -> Option<Instant> {
        if now >= self.last {
            return None;
        }
        let Some(schedule) = &self.schedule else { return Some(self.last) };
        let due = self.start + schedule.due(self.index(&self.state.borrow()))?;
        Some(if due <= now { now + BACKLOG_TICK } else { due.max(now + TICK) }.min(self.last))
    }

    /// Nothing is sent any more: what was due at `due_until` and is not sent has missed its time.
    fn close(&self, now: Instant, due_until: Instant) {
        let mut state = self.state.borrow_mut();
        state.end();
        if let Some(schedule) = &self.schedule {
            let due = schedule.due_by(due_until.saturating_duration_since(self.start));
            let mine = self.mine(due);
            let range = state.taken..mine.max(state.taken);
            state.miss(range, now, |taken| {
                schedule.due(self.offset + taken * self.stride).map(|due| self.start + due)
            });
        }
    }

    /// Stops at once; answers on their way are not waited for.
    fn abandon(&self, now: Instant) {
        // What was due a moment ago would still have been sent in time.
        self.close(now, now.checked_sub(LATE).unwrap_or(now));
        let mut state = self.state.borrow_mut();
        let in_flight = state.in_flight;
        state.tally.abandon(in_flight as u64);
    }

    /// Tells every interval what was counted in it, as long as somebody has room for it.
    async fn tell(self: Rc<Self>, every: Duration, deltas: mpsc::Sender<Delta>) {
        let mut at = self.start;
        for tick in 1u32.. {
            at += every;
            tokio::time::sleep_until(at.into()).await;
            if let Ok(place) = deltas.try_reserve() {
                let behind = self.behind(Instant::now());
                place.send(Delta { tick, behind, tally: self.take_tally() });
            }
        }
    }

    /// How many requests should have been sent and were not, a busy machine's usual delay allowed for.
    fn behind(&self, now: Instant) -> u64 {
        let Some(schedule) = &self.schedule else { return 0 };
        let due = now.checked_sub(LATE).unwrap_or(now).saturating_duration_since(self.start);
        self.mine(schedule.due_by(due)).saturating_sub(self.state.borrow().taken)
    }

    /// How many of the first `count` requests this worker sends.
    fn mine(&self, count: u64) -> u64 {
        count.saturating_sub(self.offset).div_ceil(self.stride)
    }

    fn take_tally(&self) -> Tally {
        let mut state = self.state.borrow_mut();
        let fresh = state.tally.fresh();
        std::mem::replace(&mut state.tally, fresh)
    }

    fn take_due(&self, state: &mut State, now: Instant) -> Option<Slot> {
        let index = self.index(state);
        let due = match &self.schedule {
            Some(schedule) => self.start + schedule.due(index)?,
            None => now,
        };
        if due > now || self.permitted().is_err() {
            return None;
        }
        state.taken += 1;
        state.in_flight += 1;
        Some(Slot { index, due, sent: now })
    }

    fn index(&self, state: &State) -> u64 {
        self.offset + state.taken * self.stride
    }

    /// An HTTP/2 connection carries several lanes, but only when all origins speak it are there more lanes than
    /// connections.
    fn lanes_max(&self) -> usize {
        let http2 = self.always_http2 || self.pools.iter().all(|pool| pool.known.get());
        if http2 { self.connections.saturating_mul(self.streams) } else { self.connections }
    }
}
