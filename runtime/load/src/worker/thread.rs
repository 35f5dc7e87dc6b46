//! Starting a worker: its thread, its runtime, and what comes back from it.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::LocalOptions;
use tokio::sync::{mpsc, oneshot};
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

use super::Worker;
use super::state::State;
use crate::error::Error;
use crate::http2::Pool;
use crate::options::{Http2, Options};
use crate::plan::Plan;
use crate::schedule::Schedule;
use crate::tally::{LATE, Tally};
use crate::timer::Timer;

/// Read at once; large enough that big bodies cost few calls.
const SCRATCH: usize = 64 * 1024;

/// What all workers of an attack are told.
#[derive(Clone)]
pub(crate) struct Order {
    pub(crate) options: Options,
    pub(crate) plan: Arc<Plan>,
    /// None in a closed loop.
    pub(crate) schedule: Option<Arc<Schedule>>,
    pub(crate) tls: Option<TlsConnector>,
    pub(crate) start: Instant,
    pub(crate) workers: usize,
    /// Most requests at a time on one HTTP/2 connection.
    pub(crate) streams: usize,
    pub(crate) deltas: mpsc::Sender<Delta>,
    pub(crate) cancel: CancellationToken,
}

/// What a worker counted until the end of interval `tick` (from 1) since it last told.
#[derive(Debug)]
pub(crate) struct Delta {
    pub(crate) tick: u32,
    /// Requests that should have been sent and were not, at the end of the interval.
    pub(crate) behind: u64,
    pub(crate) tally: Tally,
}

/// Starts worker `number` of the ordered ones. The receiver gets what was not told in deltas.
pub(crate) fn spawn(order: Order, number: usize) -> Result<oneshot::Receiver<Result<Tally, Error>>, Error> {
    let (sender, receiver) = oneshot::channel();
    std::thread::Builder::new()
        .name(format!("servo-load-{number}"))
        .spawn(move || {
            // Nobody listens any more when the attack was dropped.
            let _ = sender.send(run(order, number));
        })
        .map_err(Error::Worker)?;
    Ok(receiver)
}

fn run(order: Order, number: usize) -> Result<Tally, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build_local(LocalOptions::default())
        .map_err(Error::Worker)?;
    let cancel = order.cancel.clone();
    let (every, deltas) = (order.options.report_every, order.deltas.clone());
    let worker = Rc::new(worker(order, number)?);
    runtime.block_on(async {
        let timer = Timer::new().map_err(Error::Worker)?;
        tokio::task::spawn_local(worker.clone().tell(every, deltas));
        tokio::select! {
            biased;
            () = cancel.cancelled() => worker.abandon(Instant::now()),
            () = worker.run(&timer) => {}
        }
        Ok(worker.take_tally())
    })
}

fn worker(order: Order, number: usize) -> Result<Worker, Error> {
    let Order { options, plan, schedule, tls, start, workers, streams, .. } = order;
    let connections = options.connections / workers + usize::from(number < options.connections % workers);
    // As long as a request is not called late, it is not missed either.
    let grace = if schedule.is_some() { LATE } else { Duration::ZERO };
    Ok(Worker {
        pools: plan.origins.iter().map(|_| Pool::default()).collect(),
        plan,
        tls,
        timeout: options.timeout,
        keepalive: options.keepalive,
        always_http2: options.http2 == Http2::Always,
        max_body: options.max_body,
        permit: options.permit.clone(),
        connections,
        streams,
        scratch: RefCell::new(vec![0; SCRATCH].into_boxed_slice()),
        schedule,
        start,
        last: start + options.duration + grace,
        offset: number as u64,
        stride: workers as u64,
        state: RefCell::new(State::new(Tally::new()?)),
    })
}
