//! Trying again: a counted number of times, each after a random part of a pause that doubles.

use std::time::Duration;

use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::time::{Instant, sleep};

use super::error::RegistryError;
use super::options::RegistryOptions;

/// The longest pause that we choose; a registry may ask for a longer one.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// The tries that are left.
#[derive(Debug)]
pub(super) struct Retries {
    most: u32,
    used: u32,
    first: Duration,
    end: Option<Instant>,
}

impl Retries {
    /// As many as the options say, times `factor`, until the deadline of an operation that begins now.
    pub(super) fn new(options: &RegistryOptions, factor: u32) -> Self {
        let most = options.retries.saturating_mul(factor);
        Self { most, used: 0, first: options.pause, end: Instant::now().checked_add(options.deadline) }
    }

    /// There was progress: what failed before does not count.
    pub(super) fn reset(&mut self) {
        self.used = 0;
    }

    /// Waits for the next try; gives the error back when there is none.
    pub(super) async fn again(&mut self, error: RegistryError) -> Result<(), RegistryError> {
        if !error.is_passing() || self.used >= self.most {
            return Err(error);
        }
        let longest = self.first.saturating_mul(1 << self.used.min(16)).min(PAUSE_MAX);
        let pause = error.after().unwrap_or_default() + longest.mul_f64(part());
        if self.end.is_some_and(|end| Instant::now() + pause >= end) {
            return Err(error);
        }
        self.used += 1;
        tracing::debug!(%error, try_number = self.used, pause_ms = pause.as_millis() as u64, "trying again");
        sleep(pause).await;
        Ok(())
    }
}

/// A random number from 0 to 1.
fn part() -> f64 {
    let mut bytes = [0; 4];
    // Without randomness all clients come back at once, which is no reason not to come back.
    let _ = SystemRandom::new().fill(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests;
