//! One lane: sends one request at a time, whenever the worker gives it one, and keeps its connections.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::time::Sleep;

use crate::codec::Answer;
use crate::connect::{Stream, connect};
use crate::fault::Fault;
use crate::http1::Http1;
use crate::http2::{Acquired, Lease, Opening};
use crate::plan::Prepared;
use crate::tally::Sample;
use crate::worker::{Slot, Worker};

/// A closed loop whose connection fails pauses so long, because hammering a dead server measures nothing.
const PAUSE_AFTER_FAULT: Duration = Duration::from_millis(10);

/// Works until the worker has nothing more to send.
pub(crate) async fn run(worker: Rc<Worker>, id: usize) {
    let mut lane = Lane::new(&worker);
    let mut next = worker.next(id).await;
    while let Some(slot) = next {
        let plan = worker.plan.clone();
        let target = worker.target(slot.index);
        let outcome = lane.perform(target, slot).await;
        let end = Instant::now();
        let failed = outcome.is_err();
        let counted =
            |answer: Answer| (answer.status, worker.max_body.map_or(answer.body, |max| answer.body.min(max)));
        worker.finished(Sample {
            origin: &plan.origins[target.origin].name,
            due: slot.due,
            sent: slot.sent,
            end,
            bytes_out: target.body.len() as u64,
            outcome: outcome.map(counted),
        });
        if failed && worker.is_closed_loop() {
            tokio::time::sleep(PAUSE_AFTER_FAULT).await;
        }
        // A request that is due already is taken at once, without going through the idle list.
        next = match worker.take(if failed { Instant::now() } else { end }) {
            Some(slot) => Some(slot),
            None => {
                worker.idle(id);
                let slot = worker.next(id).await;
                lane.rested = true;
                slot
            }
        };
    }
    worker.lane_ended();
}

struct Lane<'a> {
    worker: &'a Worker,
    /// A kept HTTP/1.1 connection for each origin.
    http1: Vec<Option<Http1>>,
    deadline: Deadline,
    /// Whether the connections have waited since they were last used.
    rested: bool,
}

/// What a lane got hold of to send a request on.
enum Carrier<'a> {
    Http1(Http1),
    Http2(Lease),
    Connect(Opening<'a>),
}

impl<'a> Lane<'a> {
    fn new(worker: &'a Worker) -> Lane<'a> {
        let http1 = worker.plan.origins.iter().map(|_| None).collect();
        let deadline = Deadline { sleep: Box::pin(tokio::time::sleep(worker.timeout)) };
        Lane { worker, http1, deadline, rested: false }
    }

    /// Sends one request; once more on a new connection when a kept one turned out to be closed, which is the
    /// server's right and no answer.
    async fn perform(&mut self, target: &Prepared, slot: Slot) -> Result<Answer, Fault> {
        let at = slot.sent + self.worker.timeout;
        let mut fresh = !self.worker.keepalive;
        loop {
            // Again at each step that sends: something that takes its time may lie between them.
            self.worker.permitted()?;
            let carrier = self.carrier(target, fresh, at).await?;
            let (kept, mut untouched) = (!matches!(carrier, Carrier::Connect(_)), true);
            let result = match carrier {
                Carrier::Http1(connection) => self.http1(connection, target, at, &mut untouched).await,
                Carrier::Http2(lease) => self.http2(&lease, target, at, &mut untouched).await,
                Carrier::Connect(opening) => {
                    self.worker.permitted()?;
                    let stream = self.connect(target, slot, at).await?;
                    if self.worker.always_http2 || stream.chose_http2() {
                        let kept = self.worker.keepalive;
                        let handshake = opening.handshake(stream, kept);
                        let lease =
                            self.deadline.within(at, handshake).await.ok_or(Fault::ConnectTimeout)??;
                        self.http2(&lease, target, at, &mut untouched).await
                    } else {
                        drop(opening);
                        self.http1(Http1::new(stream), target, at, &mut untouched).await
                    }
                }
            };
            let stale = matches!(result, Err(Fault::Closed | Fault::Io(_) | Fault::Http2(_)));
            if !(kept && stale && untouched && target.repeatable && !fresh) {
                return result;
            }
            fresh = true;
        }
    }

    /// Something to send on: a kept connection unless `fresh`, a place on an HTTP/2 one, or a new one.
    async fn carrier(&mut self, target: &Prepared, fresh: bool, at: Instant) -> Result<Carrier<'a>, Fault> {
        let worker = self.worker;
        let pool = &worker.pools[target.origin];
        if let Some(mut connection) = self.http1[target.origin].take_if(|_| !fresh)
            && (!self.rested || connection.usable(&worker.scratch))
        {
            return Ok(Carrier::Http1(connection));
        }
        if fresh || !(worker.always_http2 || pool.known.get()) {
            return Ok(Carrier::Connect(pool.opening()));
        }
        let acquire = pool.acquire(worker.connections, worker.streams);
        match self.deadline.within(at, acquire).await.ok_or(Fault::ConnectTimeout)? {
            Acquired::Open(lease) => Ok(Carrier::Http2(lease)),
            Acquired::MayOpen(opening) => Ok(Carrier::Connect(opening)),
        }
    }

    async fn connect(&mut self, target: &Prepared, slot: Slot, at: Instant) -> Result<Stream, Fault> {
        let worker = self.worker;
        let origin = &worker.plan.origins[target.origin];
        let turn = usize::try_from(slot.index).unwrap_or_default();
        let connecting = connect(origin, worker.tls.as_ref(), turn, worker.timeout);
        self.deadline.within(at, connecting).await.ok_or(Fault::ConnectTimeout)?
    }

    async fn http1(
        &mut self,
        mut connection: Http1,
        target: &Prepared,
        at: Instant,
        untouched: &mut bool,
    ) -> Result<Answer, Fault> {
        self.worker.permitted()?;
        connection.begin(target.head_request);
        self.rested = false;
        let scratch = &self.worker.scratch;
        let exchange = poll_fn(|cx| connection.poll_exchange(cx, &target.http1, scratch));
        let result = self.deadline.within(at, exchange).await.ok_or(Fault::ResponseTimeout)?;
        *untouched = connection.untouched();
        if self.worker.keepalive && matches!(result, Ok(answer) if answer.keep_alive) {
            self.http1[target.origin] = Some(connection);
        }
        result
    }

    async fn http2(
        &mut self,
        lease: &Lease,
        target: &Prepared,
        at: Instant,
        untouched: &mut bool,
    ) -> Result<Answer, Fault> {
        let exchange = lease.exchange(target, untouched, || self.worker.permitted());
        self.deadline.within(at, exchange).await.ok_or(Fault::ResponseTimeout)?
    }
}

/// A deadline that costs nothing per request: its timer is set anew only when it fires too early.
struct Deadline {
    sleep: Pin<Box<Sleep>>,
}

impl Deadline {
    /// The future's result, or nothing when it was not ready at `at`.
    async fn within<F: Future>(&mut self, at: Instant, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        poll_fn(|cx| match future.as_mut().poll(cx) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending => self.poll(cx, at).map(|()| None),
        })
        .await
    }

    fn poll(&mut self, cx: &mut Context<'_>, at: Instant) -> Poll<()> {
        // An endless body uses up the task's budget each time, and then the timer would never get to answer.
        if !tokio::task::coop::has_budget_remaining() && Instant::now() >= at {
            return Poll::Ready(());
        }
        while self.sleep.as_mut().poll(cx).is_ready() {
            if Instant::now() >= at {
                return Poll::Ready(());
            }
            self.sleep.as_mut().reset(at.into());
        }
        Poll::Pending
    }
}
