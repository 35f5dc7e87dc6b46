//! How it stands between a servo and its optimizer, for those who look from outside.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use servo_optimizer::session::{Answer, Phase, SessionState};

use crate::servo::whole;

/// How it stands with the optimizer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptimizerSample {
    /// Which optimizer.
    pub optimizer: String,
    /// What is done for it or waited for, in words.
    pub state: String,
    /// For how many milliseconds.
    pub since_ms: u64,
    /// What went wrong since it last took what it was told; nothing when all is well.
    pub problem: Option<String>,
    /// How often in a row something went wrong.
    pub tries: u32,
    /// Whether it has answered HELLO, and not refused two requests in a row or named another servo since.
    #[serde(default)]
    pub connected: bool,
    /// Requests to it.
    pub requests: u64,
    /// Those of them that failed.
    pub failed: u64,
}

/// The same while the servo runs; empty as long as no optimizer is asked.
#[derive(Debug, Default)]
pub(crate) struct Status(Mutex<Option<Standing>>);

#[derive(Debug)]
struct Standing {
    sample: OptimizerSample,
    /// When its state began.
    since: Instant,
    /// Requests in a row that failed.
    refused: u32,
}

/// One request that fails is no reason to call a servo not ready.
const REFUSED: u32 = 2;

impl Status {
    /// From now on this optimizer is asked.
    pub(super) fn begin(&self, optimizer: &str) {
        let sample = OptimizerSample { optimizer: optimizer.to_owned(), ..OptimizerSample::default() };
        *self.lock() = Some(Standing { sample, since: Instant::now(), refused: 0 });
    }

    /// How it stands from now on.
    pub(super) fn is(&self, state: &SessionState) {
        let mut lock = self.lock();
        let Some(Standing { sample, since, refused }) = lock.as_mut() else { return };
        let text = state.phase.to_string();
        if sample.state != text {
            (sample.state, *since) = (text, Instant::now());
        }
        (sample.problem, sample.tries) = (state.problem.clone(), state.tries);
        let replaced = matches!(state.phase, Phase::Replaced { .. });
        sample.connected = state.greeted && *refused < REFUSED && !replaced;
    }

    /// A request was answered, or could not be.
    pub(super) fn answered(&self, answer: &Answer) {
        if let Some(Standing { sample, refused, .. }) = self.lock().as_mut() {
            let failed = !matches!(answer, Answer::Body(_));
            sample.requests += 1;
            sample.failed += u64::from(failed);
            *refused = if failed { refused.saturating_add(1) } else { 0 };
        }
    }

    /// How it stands now.
    pub(crate) fn sample(&self) -> Option<OptimizerSample> {
        let lock = self.lock();
        let sample = |standing: &Standing| OptimizerSample {
            since_ms: whole(standing.since.elapsed()),
            ..standing.sample.clone()
        };
        lock.as_ref().map(sample)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Standing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
