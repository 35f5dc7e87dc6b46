//! Requests without the right token, as the operator is told of them: the first one at once, then their number, at most
//! once a minute for each application.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long the operator is left alone.
const PAUSE: Duration = Duration::from_secs(60);

/// What was refused.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<HashMap<String, Refused>>);

#[derive(Debug)]
struct Refused {
    told: Instant,
    since: u64,
}

impl Refusals {
    /// Notes a refusal; what the operator is to be told, if it is time. There must be few different ids.
    pub(super) fn note(&self, id: &str, now: Instant) -> Option<String> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(refused) = all.get_mut(id) else {
            all.insert(id.to_owned(), Refused { told: now, since: 0 });
            return Some("a request without the right token was refused".to_owned());
        };
        refused.since += 1;
        if now.saturating_duration_since(refused.told) < PAUSE {
            return None;
        }
        let text = match refused.since {
            1 => "another request without the right token was refused".to_owned(),
            many => format!("{many} more requests without the right token were refused"),
        };
        *refused = Refused { told: now, since: 0 };
        Some(text)
    }
}

#[cfg(test)]
mod tests;
