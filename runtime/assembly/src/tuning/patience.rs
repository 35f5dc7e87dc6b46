//! How long a run waits for connectors that broke and are built again: the host does that later and later, and a trial
//! that comes too early would fail for nothing.

use std::time::Duration;

use servo_types::Failure;

/// The first pause; doubled for each further one, as the host does.
const FIRST: Duration = Duration::from_secs(1);
/// Pauses until all connectors have answered again. A connector that breaks each time is waited for half a minute in all.
const PAUSES_MAX: u32 = 5;
/// The longest time from the first such failure of one operation to its last attempt, the attempts included.
const TIME_MAX: Duration = Duration::from_secs(60);

/// What is left of it.
#[derive(Debug, Default)]
pub(super) struct Patience {
    pauses: u32,
}

impl Patience {
    /// How long to wait now, when so much time has passed since the operation first failed for it; none when it was
    /// waited for often or long enough.
    pub(super) fn pause(&mut self, passed: Duration) -> Option<Duration> {
        let pause = FIRST.saturating_mul(1 << self.pauses.min(PAUSES_MAX));
        let wait = self.pauses < PAUSES_MAX && passed.saturating_add(pause) <= TIME_MAX;
        self.pauses += u32::from(wait);
        wait.then_some(pause)
    }

    /// All connectors have answered.
    pub(super) fn answered(&mut self) {
        *self = Self::default();
    }
}

/// Whether nothing is wrong but that connectors are not there yet.
pub(super) fn restarting(failures: &[(String, Failure)]) -> bool {
    let is_built = |(_, failure): &(String, Failure)| failure.reason.as_deref() == Some("restarting");
    !failures.is_empty() && failures.iter().all(is_built)
}

#[cfg(test)]
mod tests;
