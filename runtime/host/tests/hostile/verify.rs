//! Whether an attack ended as its row says.

use servo_types::{Code, Failure};

use crate::arena::{Ended, Error};
use crate::attacks::{Attack, Ends};

/// Says what is different.
pub(crate) fn verify(attack: &Attack, ended: &Ended) -> Result<(), Error> {
    let Ended { started, failure, counters } = ended;
    let hit = |name: &str| counters.limit_hits.get(name).is_some_and(|hits| *hits > 0);
    let is = |code: Code, reason: &str| {
        failure
            .as_ref()
            .is_some_and(|failure| failure.code == code && failure.reason.as_deref() == Some(reason))
    };
    let limit =
        |name: &str| if name == "wall" { is(Code::TimedOut, name) } else { is(Code::LimitExceeded, name) };
    let as_expected = match attack.ends {
        Ends::Limit(name) => *started && limit(name) && hit(name),
        Ends::Broken(reason) => *started && is(Code::Failed, reason),
        Ends::Refused => !started && failure.is_some(),
        Ends::RefusedBy(name) => !started && limit(name),
        Ends::Told(code) => *started && failure.as_ref().is_some_and(|failure| failure.code == code),
        Ends::Counted(name) => *started && failure.is_none() && hit(name),
        Ends::Nothing => *started && failure.is_none(),
    };
    let said = failure.as_ref().map(|Failure { message, .. }| message.as_str()).unwrap_or_default();
    if as_expected && said.contains(attack.says) {
        return Ok(());
    }
    Err(format!("{ended:?}, expected {:?} and `{}`", attack.ends, attack.says).into())
}
