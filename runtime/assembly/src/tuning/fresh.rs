//! What a fresh start owes to the run before it: when that one was killed, the application may still be on the settings
//! of one of its trials, which must not become what gains are measured against.

use std::path::Path;

use servo_optimizer::{Journal, Pending};
use servo_types::{Control, Description};
use tokio_util::sync::CancellationToken;

use super::named;
use crate::convert;
use crate::run::{Reporter, RunError};
use crate::servo::Servo;

/// Puts the application back on the settings that an unfinished run found. True when something was changed.
pub(super) async fn undo(
    servo: &Servo,
    path: &Path,
    found: &Description,
    settlement: &Control,
    reporter: &Reporter,
) -> Result<bool, RunError> {
    // A journal that cannot be read is no reason against a fresh start: it is set aside as a whole.
    let Ok(Some(replay)) = Journal::peek(path) else { return Ok(false) };
    let untouched = replay.history().is_empty() && *replay.pending() == Pending::Nothing;
    if untouched || matches!(replay.pending(), Pending::Finished { .. }) {
        return Ok(false);
    }
    // Nobody else tunes while this is open.
    let journal = Journal::open(path, replay.header())?;
    let space = &journal.state().header().space;
    let mut wanted = convert::adjustments(space, &space.baseline());
    // What is not offered any more cannot be changed.
    wanted.retain(|one| found.setting(&one.component, &one.setting).is_some());
    if convert::has(found, &wanted) {
        return Ok(false);
    }
    let texts: Vec<_> = wanted.iter().map(ToString::to_string).collect();
    reporter
        .notice(format!(
            "the run before was not finished: putting the application back on the settings it came with: {}",
            texts.join(" ")
        ))
        .await;
    let fresh = |why: String| RunError::Fresh { why, journal: path.to_owned() };
    // Not cancelled half way; the limits of the connectors bound it.
    let answered = servo
        .adjust(wanted.clone(), settlement.clone(), CancellationToken::new())
        .await
        .map_err(|error| fresh(error.to_string()))?;
    if let Some((connector, failure)) = answered.failures.into_iter().next() {
        return Err(fresh(named(&connector, failure).to_string()));
    }
    let mut state = Description::default();
    for (_, description) in answered.value {
        state.merge(description);
    }
    if !convert::has(&state, &wanted) {
        return Err(fresh(format!("after the change it does not have {}", texts.join(" "))));
    }
    Ok(true)
}
