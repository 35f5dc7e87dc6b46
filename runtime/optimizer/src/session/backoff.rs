//! How long to wait before something is tried again.

use std::time::Duration;

use super::options::Budget;
use crate::random::Random;

/// No wait between two tries is longer, unless the optimizer asks for it.
const LONGEST: Duration = Duration::from_secs(60);
/// None is shorter, however the dice fall.
const SHORTEST: Duration = Duration::from_millis(100);
/// What an optimizer may ask for with `Retry-After`.
const ASKED_MAX: Duration = Duration::from_secs(3600);

/// After `tries` failures that may pass by themselves: anything up to 2^tries seconds, so that many servos do not
/// come back at once.
pub(super) fn passing(random: &mut Random, tries: u32, asked: Option<Duration>) -> Duration {
    let delay = doubled(tries.saturating_sub(1)).mul_f64(random.unit());
    delay.max(asked.unwrap_or_default().min(ASKED_MAX)).max(SHORTEST)
}

/// After `tries` failures that somebody must mend: growing to a minute without ever being short again.
pub(super) fn lasting(random: &mut Random, tries: u32) -> Duration {
    doubled(tries.saturating_sub(1)).mul_f64(0.5 + random.unit() / 2.0)
}

fn doubled(times: u32) -> Duration {
    Duration::from_secs(1 << times.min(6)).min(LONGEST)
}

impl Budget {
    /// Whether a request was tried as often or as long as it may be.
    pub(super) fn is_spent(&self, tries: u32, passed: Duration) -> bool {
        let no_tries = self.max_tries.is_some_and(|most| tries >= most);
        no_tries || self.max_time.is_some_and(|most| passed >= most)
    }
}
