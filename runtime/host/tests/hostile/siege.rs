//! All attacks at once, by many instances, as long as is wanted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::arena::{Arena, Error};
use crate::attacks::ATTACKS;

/// Instances that attack at a time.
pub(crate) const INSTANCES: usize = 20;
/// How often the neighbour is asked.
const PAUSE: Duration = Duration::from_millis(1);

/// What happened meanwhile.
#[derive(Debug)]
pub(crate) struct Siege {
    /// Attacks that came to their end.
    pub(crate) attacks: usize,
    /// How long the neighbour took to answer, each time.
    pub(crate) neighbour: Vec<Duration>,
}

/// Attacks for that time, until the neighbour has answered so often and the last attack is over; the neighbour answers
/// every time within its own limits, or this is an error.
pub(crate) async fn siege(arena: &Arc<Arena>, time: Duration, answers: usize) -> Result<Siege, Error> {
    let (next, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let mut attackers = JoinSet::new();
    let attacking = Arc::new(());
    for _ in 0..INSTANCES {
        let (arena, next, stop) = (Arc::clone(arena), Arc::clone(&next), Arc::clone(&stop));
        let attacking = Arc::clone(&attacking);
        attackers.spawn(async move {
            let _attacking = attacking;
            let mut done = 0;
            while !stop.load(Relaxed) {
                arena.attack(&ATTACKS[next.fetch_add(1, Relaxed) % ATTACKS.len()]).await?;
                done += 1;
            }
            Ok::<usize, Error>(done)
        });
    }
    let began = Instant::now();
    let more = move |answered| {
        stop.store(began.elapsed() >= time && answered >= answers, Relaxed);
        Arc::strong_count(&attacking) > 1
    };
    let neighbour = sample(arena, more).await?;
    let mut attacks = 0;
    while let Some(ended) = attackers.join_next().await {
        attacks += ended??;
    }
    Ok(Siege { attacks, neighbour })
}

/// Asks the neighbour again and again, as long as `more` says, which is told how often it has answered; how long each
/// answer took. A thread that is none of the runtime asks a task of it, so that the time has all in it that a request
/// from outside waits for: a free worker, the instance, the wake-up.
#[expect(clippy::disallowed_methods, reason = "a thread of its own, not one of a runtime")]
pub(crate) async fn sample(
    arena: &Arc<Arena>,
    mut more: impl FnMut(usize) -> bool + Send + 'static,
) -> Result<Vec<Duration>, Error> {
    let (arena, runtime) = (Arc::clone(arena), Handle::current());
    let asking = tokio::task::spawn_blocking(move || {
        let mut times = Vec::new();
        while more(times.len()) {
            let (arena, began) = (Arc::clone(&arena), Instant::now());
            let (answer, answered) = mpsc::sync_channel(1);
            runtime.spawn(async move { answer.send(arena.neighbour().await) });
            answered.recv()??;
            times.push(began.elapsed());
            std::thread::sleep(PAUSE);
        }
        Ok(times)
    });
    asking.await?
}
