//! All attacks at once, by many instances, as long as is wanted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use tokio::task::JoinSet;

use crate::arena::{Arena, Error};
use crate::attacks::ATTACKS;

/// Instances that attack at a time.
pub(crate) const INSTANCES: usize = 20;
/// How often the neighbour is asked.
pub(crate) const PAUSE: Duration = Duration::from_millis(1);

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
    for _ in 0..INSTANCES {
        let (arena, next, stop) = (Arc::clone(arena), Arc::clone(&next), Arc::clone(&stop));
        attackers.spawn(async move {
            let mut done = 0;
            while !stop.load(Relaxed) {
                arena.attack(&ATTACKS[next.fetch_add(1, Relaxed) % ATTACKS.len()]).await?;
                done += 1;
            }
            Ok::<usize, Error>(done)
        });
    }
    let end = tokio::time::Instant::now() + time;
    let mut siege = Siege { attacks: 0, neighbour: Vec::new() };
    while !attackers.is_empty() {
        stop.store(tokio::time::Instant::now() >= end && siege.neighbour.len() >= answers, Relaxed);
        siege.neighbour.push(arena.neighbour().await?);
        while let Some(ended) = attackers.try_join_next() {
            siege.attacks += ended??;
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(siege)
}
