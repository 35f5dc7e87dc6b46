//! How it stands between a servo and its optimizer, for those who look from outside.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use servo_optimizer::session::{Answer, SessionState};

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
    /// Requests to it.
    pub requests: u64,
    /// Those of them that failed.
    pub failed: u64,
}

/// The same while the servo runs; empty as long as no optimizer is asked.
#[derive(Debug, Default)]
pub(crate) struct Status(Mutex<Option<(OptimizerSample, Instant)>>);

impl Status {
    /// From now on this optimizer is asked.
    pub(super) fn begin(&self, optimizer: &str) {
        let sample = OptimizerSample { optimizer: optimizer.to_owned(), ..OptimizerSample::default() };
        *self.lock() = Some((sample, Instant::now()));
    }

    /// How it stands from now on.
    pub(super) fn is(&self, state: &SessionState) {
        let mut lock = self.lock();
        let Some((sample, since)) = lock.as_mut() else { return };
        let text = state.phase.to_string();
        if sample.state != text {
            (sample.state, *since) = (text, Instant::now());
        }
        (sample.problem, sample.tries) = (state.problem.clone(), state.tries);
    }

    /// A request was answered, or could not be.
    pub(super) fn answered(&self, answer: &Answer) {
        if let Some((sample, _)) = self.lock().as_mut() {
            sample.requests += 1;
            sample.failed += u64::from(!matches!(answer, Answer::Body(_)));
        }
    }

    /// How it stands now.
    pub(crate) fn sample(&self) -> Option<OptimizerSample> {
        let lock = self.lock();
        let sample = |(sample, since): &(OptimizerSample, Instant)| OptimizerSample {
            since_ms: whole(since.elapsed()),
            ..sample.clone()
        };
        lock.as_ref().map(sample)
    }

    fn lock(&self) -> MutexGuard<'_, Option<(OptimizerSample, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
