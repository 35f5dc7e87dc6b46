//! An attack from start to report: resolves, starts the workers, adds up what they tell.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::options::Options;
use crate::plan::Plan;
use crate::report::Report;
use crate::schedule::Schedule;
use crate::tally::{Epoch, Tally, Window};
use crate::targets::Target;
use crate::tls;
use crate::worker::{self, Delta, Order};

/// Requests per second that one thread is trusted with before another one is started.
const RATE_PER_WORKER: f64 = 10_000.0;
/// Most requests at a time on one HTTP/2 connection of an open loop; servers commonly allow as many.
const STREAMS: usize = 100;
/// Time for the threads to start before the first request is due.
const LEAD: Duration = Duration::from_millis(5);

/// A report on the way.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Since the start of the attack, as `vegeta report -every` prints it.
    pub cumulative: Report,
    /// Since the progress before this one. An interval that found the queue full is part of the next one.
    pub interval: Report,
    /// From the start of the attack to the end of the interval.
    pub elapsed: Duration,
    /// Requests that should have been sent by then and wait for a free connection.
    pub behind: u64,
}

/// Sends requests to the targets in turn, as the options say, and reports.
///
/// Reports on the way go to `progress` when there is room; a slow or closed receiver changes nothing. After
/// `cancel`, the report covers what was done until then. Dropping the future ends the attack, too.
///
/// # Errors
/// Options or targets that make no sense, a host without an allowed address, TLS that cannot be set up, threads
/// that cannot be started. Requests that fail are no error; they stand in the report.
pub async fn attack(
    options: Options,
    targets: &[Target],
    progress: mpsc::Sender<Progress>,
    cancel: CancellationToken,
) -> Result<Report, Error> {
    options.check()?;
    let mut sum = Sum::new(Tally::new()?, progress, options.report_every);
    let plan = tokio::select! {
        biased;
        () = cancel.cancelled() => return Ok(sum.finish(Duration::ZERO)),
        plan = Plan::new(targets, &options) => plan?,
    };
    let tls = plan.encrypted().then(|| tls::connector(&options)).transpose()?;
    let schedule = options.steps().map(|steps| Arc::new(Schedule::new(&steps, options.duration)));
    let workers = workers(&options, schedule.is_some());
    let (deltas, mut told) = mpsc::channel(4 * workers);
    let (stop, duration) = (cancel.child_token(), options.duration);
    let _stop_when_dropped = stop.clone().drop_guard();
    sum.workers = workers;
    sum.epoch = Epoch::now().later(LEAD);
    let order = Order {
        streams: if schedule.is_some() { STREAMS } else { 1 },
        plan: Arc::new(plan),
        schedule,
        tls,
        start: sum.epoch.instant,
        workers,
        deltas,
        cancel: stop,
        options,
    };
    let mut results = Vec::with_capacity(workers);
    for number in 0..workers {
        results.push(worker::spawn(order.clone(), number)?);
    }
    drop(order);
    // Ends when the last worker has dropped its sender.
    while let Some(delta) = told.recv().await {
        sum.add(delta);
    }
    let mut rest = sum.interval.fresh();
    for result in results {
        rest.merge(&result.await.map_err(|_| Error::WorkerLost)??);
    }
    if cancel.is_cancelled() {
        sum.total.merge(&rest);
        let attacked = sum.epoch.instant.elapsed().min(duration);
        return Ok(sum.finish(attacked));
    }
    sum.last(&rest, duration);
    Ok(sum.finish(duration))
}

fn workers(options: &Options, open: bool) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let automatic = match options.steps() {
        Some(steps) if open => {
            let highest = steps.iter().map(|(rate, _)| rate.per_second()).fold(0.0, f64::max);
            ((highest / RATE_PER_WORKER).ceil() as usize).clamp(1, cores)
        }
        _ => cores,
    };
    let wanted = if options.workers == 0 { automatic } else { options.workers };
    // With fewer connections than workers, some would have none.
    wanted.min(options.connections).max(1)
}

/// Adds up what the workers tell, interval by interval.
struct Sum {
    total: Tally,
    /// Intervals that not every worker has told yet: how many have, and how far they are behind.
    open: BTreeMap<u32, (usize, u64, Tally)>,
    /// What was not yet reported as part of an interval.
    interval: Tally,
    /// When that began.
    since: Duration,
    workers: usize,
    /// The last interval that all workers have told.
    told: u32,
    epoch: Epoch,
    every: Duration,
    progress: mpsc::Sender<Progress>,
}

impl Sum {
    fn new(total: Tally, progress: mpsc::Sender<Progress>, every: Duration) -> Sum {
        let interval = total.fresh();
        let epoch = Epoch::now();
        let (since, open) = (Duration::ZERO, BTreeMap::new());
        Sum { total, open, interval, since, workers: 1, told: 0, epoch, every, progress }
    }

    fn add(&mut self, delta: Delta) {
        let fresh = || (0, 0, self.interval.fresh());
        let (count, behind, tally) = self.open.entry(delta.tick).or_insert_with(fresh);
        *count += 1;
        *behind += delta.behind;
        let behind = *behind;
        tally.merge(&delta.tally);
        if *count < self.workers {
            return;
        }
        self.told = delta.tick;
        // A worker that skipped an earlier interval has told of it in this one.
        let later = self.open.split_off(&(delta.tick + 1));
        for (.., tally) in std::mem::replace(&mut self.open, later).into_values() {
            self.interval.merge(&tally);
            self.total.merge(&tally);
        }
        self.tell(self.every * delta.tick, behind);
    }

    /// Tells of what came after the last interval that was told, which is most of an interval whenever the attack
    /// takes a whole number of them. A short rest is left out: it would weigh as much as a whole interval.
    fn last(&mut self, rest: &Tally, duration: Duration) {
        for (.., tally) in std::mem::take(&mut self.open).into_values() {
            self.interval.merge(&tally);
            self.total.merge(&tally);
        }
        self.interval.merge(rest);
        self.total.merge(rest);
        if self.told == 0 || duration.saturating_sub(self.every * self.told) * 2 >= self.every {
            // What was not sent is in the tally.
            self.tell(duration, 0);
        }
    }

    fn tell(&mut self, elapsed: Duration, behind: u64) {
        if let Ok(place) = self.progress.try_reserve() {
            let cumulative = self.total.report(self.epoch, Window { from: Duration::ZERO, until: elapsed });
            let interval = self.interval.report(self.epoch, Window { from: self.since, until: elapsed });
            place.send(Progress { cumulative, interval, elapsed, behind });
            self.interval = self.interval.fresh();
            self.since = elapsed;
        }
    }

    /// The report about all that was attacked for so long.
    fn finish(mut self, attacked: Duration) -> Report {
        for (.., tally) in std::mem::take(&mut self.open).into_values() {
            self.total.merge(&tally);
        }
        self.total.report(self.epoch, Window { from: Duration::ZERO, until: attacked })
    }
}

#[cfg(test)]
mod tests;
