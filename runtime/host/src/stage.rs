//! A stage in place of the world, on which a connector is tested: a script answers its requests, and time passes only
//! while everybody waits.
//!
//! The runtime on which a staged connector runs has a paused clock, so that waits of the guest, deadlines of the host
//! and the engine's pollables are over at once and in order; the clocks that the guest reads show the same time. On a
//! live stage requests go out into the world. Time stands still while they are under way, passes for as long as they
//! took when they are answered, and before each one real time catches up: the connector sees the very times that it
//! will see when a script answers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::Instant;
use wasmtime_wasi::random::Deterministic;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtxBuilder};

use servo_events::Update;

/// What the guest takes for random bytes: always the same, so that a scenario has always the same end.
const RANDOM: [u8; 16] = *b"servo-test-stage";

/// What happens on a stage is asked of and told to a script.
pub trait Script: Send + Sync {
    /// Answers a request that is granted; on a live stage, the world does it.
    fn answer(&self, request: &Sent) -> Reaction;
    /// The world answered a request on a live stage. What the host adds for the operator is in neither of them.
    fn answered(&self, request: Sent, reaction: Reaction);
    /// A request was denied.
    fn denied(&self, origin: &str);
    /// The guest wrote a line to its log.
    fn logged(&self, level: &'static str, line: &str);
    /// The guest reported progress.
    fn reported(&self, update: Update);
}

/// A request, as the guest made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// `GET`, `POST`, …
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// How a request is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// After so much time.
    pub after: Duration,
    /// The response, or why there is none.
    pub answer: Result<Received, (Unanswered, String)>,
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// 100 to 599.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Why there is no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// No connection.
    Unreachable,
    /// Not in time.
    TimedOut,
    /// Not HTTP, or not complete.
    Protocol,
}

impl Unanswered {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Unreachable, Self::TimedOut, Self::Protocol];

    /// The name in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed-out",
            Self::Protocol => "protocol",
        }
    }
}

/// Where one connector is tested.
pub struct Stage {
    /// The time of the guest's clock at the beginning, since the epoch.
    start: Duration,
    began: Instant,
    really_began: std::time::Instant,
    live: Option<Handle>,
    script: Arc<dyn Script>,
}

impl Stage {
    /// A stage that opens now, on a runtime with a paused clock. `start` is the time since the epoch that the guest
    /// sees; with `live`, a runtime with a clock that runs, requests go out into the world.
    pub fn new(start: Duration, live: Option<Handle>, script: Arc<dyn Script>) -> Arc<Self> {
        let (began, really_began) = (Instant::now(), std::time::Instant::now());
        Arc::new(Self { start, began, really_began, live, script })
    }

    pub(crate) fn script(&self) -> &dyn Script {
        &*self.script
    }

    /// The runtime for requests that go out into the world.
    pub(crate) fn live(&self) -> Option<&Handle> {
        self.live.as_ref()
    }

    /// How far the real time is behind that of the stage.
    pub(crate) fn behind(&self) -> Duration {
        self.began.elapsed().saturating_sub(self.really_began.elapsed())
    }

    /// Gives a guest the clocks of the stage, and no chance.
    pub(crate) fn furnish(self: &Arc<Self>, wasi: &mut WasiCtxBuilder) {
        wasi.wall_clock(StageClock(Arc::clone(self)))
            .monotonic_clock(StageClock(Arc::clone(self)))
            .secure_random(Deterministic::new(RANDOM.to_vec()))
            .insecure_random(Deterministic::new(RANDOM.to_vec()))
            .insecure_random_seed(u128::from_le_bytes(RANDOM));
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage").field("start", &self.start).finish_non_exhaustive()
    }
}

/// Nanoseconds on the monotonic clock at the beginning: run-times take a clock at zero for a broken one.
const EARLIER: u64 = 1_000_000_000;

/// Both clocks of a guest on a stage.
struct StageClock(Arc<Stage>);

impl HostWallClock for StageClock {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        self.0.start + self.0.began.elapsed()
    }
}

impl HostMonotonicClock for StageClock {
    fn resolution(&self) -> u64 {
        1_000_000
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.began.elapsed().as_nanos()).unwrap_or(u64::MAX).saturating_add(EARLIER)
    }
}
