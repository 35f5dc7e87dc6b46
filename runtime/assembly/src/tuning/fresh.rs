//! What a fresh start owes to the run before it: when that one was killed, the application may still be on the settings
//! of one of its trials, which must not become what gains are measured against.

use std::path::Path;

use servo_optimizer::{Journal, Pending};
use servo_types::Description;
use tokio_util::sync::CancellationToken;

use super::application::{Application, list};
use crate::convert;
use crate::run::{Reporter, RunError};

/// Puts the application back on the settings that an unfinished run found. True when something was changed.
pub(super) async fn undo(
    application: &mut Application<'_>,
    path: &Path,
    found: &Description,
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
    reporter
        .notice(format!(
            "the run before was not finished: putting the application back on the settings it came with: {}",
            list(&wanted, " ")
        ))
        .await;
    // Not cancelled half way; the limits of the connectors bound it.
    let changed = application.change(wanted, &CancellationToken::new()).await;
    changed.map_err(|failure| RunError::Fresh { failure, journal: path.to_owned() })?;
    Ok(true)
}
