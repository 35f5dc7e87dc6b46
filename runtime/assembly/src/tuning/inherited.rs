//! What a leader takes over from the one before it, which may have been this process: the testament says whose run it
//! is and how far, and no journal does.

use std::path::Path;

use servo_optimizer::{Journal, Pending, Replay};
use servo_types::{Adjustment, Description};

use super::application::{Application, list};
use super::unfinished::{put_back, undo, unfinished};
use crate::convert;
use crate::lead::{Reign, State, Testament};
use crate::run::{Reporter, RunError};

/// How a run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// It goes on as its journal has it.
    Resume,
    /// Its journal is set aside.
    Anew {
        /// Whether the application was changed.
        changed: bool,
    },
    /// Another one's run was brought to its end.
    Done,
}

/// What there is to do first.
#[derive(Clone, Debug, PartialEq)]
enum Inherited {
    /// Nobody ever led: the journal is all that is known, and may be of a run that nobody else knows of.
    Nothing,
    /// The run goes on: it is that of the journal.
    Own,
    /// A new run begins, after these settings are put back where the last one did not get so far.
    Anew(Vec<Adjustment>),
    /// What was decided is carried out.
    Decided { apply: Vec<Adjustment>, promote: bool, baseline: Vec<Adjustment> },
}

/// Does what the leader before left undone.
pub(super) async fn take(
    application: &mut Application<'_>,
    reign: &Reign,
    path: &Path,
    fresh: bool,
    found: &Description,
    reporter: &Reporter,
) -> Result<Start, RunError> {
    // A journal that cannot be read is no own run.
    let own = Journal::peek(path).ok().flatten();
    let changed = match inherited(reign.testament().await?, reign.me(), own.as_ref(), fresh) {
        Inherited::Own => return Ok(Start::Resume),
        Inherited::Nothing => undo(application, path, found, reign.over(), reporter).await?,
        Inherited::Anew(wanted) => {
            if own.as_ref().is_some_and(unfinished) {
                let text =
                    "the run in the journal of this servo is not the last one of its name: it is set aside";
                reporter.notice(text.to_owned()).await;
            }
            let what = "the run of the leader before";
            let back = put_back(application, wanted, found, what, reign.over(), reporter);
            back.await.map_err(RunError::Retreat)?
        }
        Inherited::Decided { mut apply, promote, baseline } => {
            // What is not offered any more cannot be changed.
            apply.retain(|one| found.setting(&one.component, &one.setting).is_some());
            let shown = list(&apply, " ");
            reporter
                .notice(format!("the leader before had decided: the application is to have {shown}"))
                .await;
            if !convert::has(found, &apply) {
                // Not cancelled half way by the wish to stop; the limits of the connectors bound it.
                application.change(apply, reign.over()).await.map_err(RunError::Apply)?;
            }
            if promote {
                application.promote(reign.over().clone()).await?;
            }
            // Who comes next would do it once more, which changes nothing.
            if let Err(error) = reign.leave(State::Finished, baseline).await {
                reporter.notice(RunError::Lead(error).to_string()).await;
            }
            return Ok(Start::Done);
        }
    };
    Ok(Start::Anew { changed })
}

/// What follows from the testament. `own` is what the journal of this servo says.
fn inherited(left: Option<Testament>, me: &str, own: Option<&Replay>, fresh: bool) -> Inherited {
    let Some(Testament { by, state, baseline }) = left else { return Inherited::Nothing };
    let mine = by == me;
    // The journal of the run that the testament speaks of: one folder may hold those of several configurations.
    let own = own.filter(|own| mine && !fresh && unfinished(own) && came_with(own) == baseline);
    match (state, own) {
        (State::Finished, _) => Inherited::Anew(Vec::new()),
        (State::Tuning | State::Restored, Some(_)) => Inherited::Own,
        (State::Restored, None) => Inherited::Anew(Vec::new()),
        (State::Tuning, None) => Inherited::Anew(baseline),
        (State::Finishing { .. }, Some(own)) if matches!(own.pending(), Pending::Finishing { .. }) => {
            Inherited::Own
        }
        (State::Finishing { .. }, _) if mine && fresh => Inherited::Anew(baseline),
        (State::Finishing { apply, promote }, _) => Inherited::Decided { apply, promote, baseline },
    }
}

fn came_with(replay: &Replay) -> Vec<Adjustment> {
    let space = &replay.header().space;
    convert::adjustments(space, &space.baseline())
}

#[cfg(test)]
mod tests;
