//! Guests that mean harm, in the real sandbox beside an honest neighbour: each attack ends in the error that the table
//! says, the neighbour answers, and the process gets its memory back. Containment is asserted, time is not.
#![allow(clippy::unwrap_used, reason = "a test panics when its world is broken")]

mod arena;
mod attacks;
mod compile;
mod guests;
mod servers;
mod siege;
mod verify;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use servo_host::Compiler;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Mutex;

use arena::{Arena, Error, memory};
use attacks::{ATTACKS, Attack};
use siege::{INSTANCES, Siege, siege};
use verify::verify;

/// For the guests that compute much, as in the real program.
static HEAVY: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread().worker_threads(1).event_interval(1).enable_all().build().unwrap()
});

/// Held by the tests that use much, so that each sees only what it did itself.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Attacks at a time.
const AT_A_TIME: usize = 8;
/// Bytes that the process may keep after all attacks: the compiler's and the allocator's stores, not the guests'.
const KEPT_MAX: usize = 96 << 20;
/// Answers of the neighbour while all attack at once, at least.
const ANSWERS: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attacks_end_in_their_errors_while_the_neighbour_answers() {
    let _alone = ALONE.lock().await;
    let arena = Arc::new(Arena::new(Compiler::InProcess, HEAVY.handle().clone()).await.unwrap());
    let before = memory("VmRSS").unwrap();
    let problems: Vec<String> = stream::iter(ATTACKS)
        .map(|attack| {
            let arena = Arc::clone(&arena);
            let checked = tokio::spawn(async move { check(&arena, attack).await });
            async {
                let checked = checked.await.unwrap_or_else(|panic| Err(panic.into()));
                checked.err().map(|error| format!("{}: {error}", attack.name))
            }
        })
        .buffer_unordered(AT_A_TIME)
        .filter_map(std::future::ready)
        .collect()
        .await;
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    as_before(&arena, before).await;

    // All at once, again and again.
    let Siege { attacks, neighbour } = siege(&arena, Duration::from_secs(2), ANSWERS).await.unwrap();
    let answers = neighbour.len();
    assert!(attacks >= INSTANCES && answers >= ANSWERS, "{attacks} attacks, {answers} answers");
    as_before(&arena, before).await;
}

/// The neighbour is the same, the process has its memory, and what another one keeps nobody has touched.
async fn as_before(arena: &Arena, memory_before: usize) {
    assert_eq!(arena.of_neighbour().rebuilds, 0);
    assert!(arena.victim().await.unwrap(), "what another one keeps has changed");
    // What ended is given back by tasks that may still be on their way.
    let kept = || memory("VmRSS").unwrap().saturating_sub(memory_before);
    for _ in 0..200 {
        if kept() < KEPT_MAX {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{} bytes are kept after all attacks", kept());
}

async fn check(arena: &Arena, attack: &Attack) -> Result<(), Error> {
    let neighbour = async {
        for _ in 0..20 {
            arena.neighbour().await?;
        }
        Ok::<_, Error>(())
    };
    let (ended, answered) = tokio::join!(arena.attack(attack), neighbour);
    answered?;
    verify(attack, &ended?)?;
    arena.neighbour().await.map(drop)
}
