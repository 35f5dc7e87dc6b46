//! What a run owes to the one before it: when that was killed, the application may still be on the settings of one of its
//! trials, which must not become what gains are measured against, and may be why nothing works.

use std::path::Path;

use servo_optimizer::{Journal, Pending, Replay};
use servo_types::{Adjustment, Description, Failure};
use tokio_util::sync::CancellationToken;

use super::application::{Application, list};
use crate::convert;
use crate::run::{Reporter, RunError};

/// Puts the application back on the settings that an unfinished run found. True when something was changed.
pub(super) async fn undo(
    application: &mut Application<'_>,
    path: &Path,
    found: &Description,
    over: &CancellationToken,
    reporter: &Reporter,
) -> Result<bool, RunError> {
    // A journal that cannot be read is no reason against a fresh start: it is set aside as a whole.
    let Ok(Some(replay)) = Journal::peek(path) else { return Ok(false) };
    if !unfinished(&replay) {
        return Ok(false);
    }
    // Nobody else tunes while this is open.
    let journal = Journal::open(path, replay.header())?;
    let space = &journal.state().header().space;
    let wanted = convert::adjustments(space, &space.baseline());
    let back = put_back(application, wanted, found, "the run before", over, reporter).await;
    back.map_err(|failure| RunError::Fresh { failure, journal: path.to_owned() })
}

/// Puts it back on these settings, which it had before `what`. True when something was changed.
pub(super) async fn put_back(
    application: &mut Application<'_>,
    mut wanted: Vec<Adjustment>,
    found: &Description,
    what: &str,
    over: &CancellationToken,
    reporter: &Reporter,
) -> Result<bool, Failure> {
    // What is not offered any more cannot be changed.
    wanted.retain(|one| found.setting(&one.component, &one.setting).is_some());
    if convert::has(found, &wanted) {
        return Ok(false);
    }
    reporter
        .notice(format!(
            "{what} was not finished: putting the application back on the settings it came with: {}",
            list(&wanted, " ")
        ))
        .await;
    // Not cancelled half way by the wish to stop; the limits of the connectors bound it.
    application.change(wanted, over).await?;
    Ok(true)
}

/// What to do when the application is not ready, and that may be the fault of a run that was not finished.
pub(crate) fn way_back(path: &Path) -> Option<String> {
    let replay = Journal::peek(path).ok().flatten().filter(unfinished)?;
    let space = &replay.header().space;
    let baseline = list(&convert::adjustments(space, &space.baseline()), " ");
    Some(format!(
        "the run before was not finished, so the application may have the settings of one of its trials; `servo adjust {baseline}` puts it back on those that it came with"
    ))
}

/// Whether something was done and no end was reached.
pub(super) fn unfinished(replay: &Replay) -> bool {
    let untouched = replay.history().is_empty() && *replay.pending() == Pending::Nothing;
    !untouched && !matches!(replay.pending(), Pending::Finished { .. })
}
