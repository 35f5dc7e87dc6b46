//! The check: enough services are up.

use servo_sdk::prelude::*;

use crate::counts::Counts;
use crate::options::Settings;

const ENOUGH: &str = "enough-up";

pub(crate) fn list(settings: &Settings) -> Vec<CheckInfo> {
    let Settings { kind, at_least, .. } = settings;
    vec![
        CheckInfo::new(ENOUGH, format!("At least {at_least} services of type \"{kind}\" are up"))
            .describe("As many services are up as the application needs to be worth measuring"),
    ]
}

/// Runs a check on what `count` counts; nothing means that servo does not know.
pub(crate) fn run(
    id: &str,
    settings: &Settings,
    count: impl FnOnce() -> Result<Option<Counts>, Failure>,
) -> Result<CheckOutcome, Failure> {
    if id != ENOUGH {
        return Err(Failure::failed(format!("there is no check `{id}`")));
    }
    let Some(Counts([up, down, suspect])) = count()? else {
        return Ok(CheckOutcome::failed(
            "it is not known which services are up",
            "see that etcd can be reached: `servo check` says it under `liveness`",
        ));
    };
    let message = format!("{up} up, {down} down, {suspect} suspect");
    Ok(if up >= settings.at_least.into() {
        CheckOutcome::passed(message)
    } else {
        let hint = format!("`servo liveness ls --type {}` shows which are not, and why", settings.kind);
        CheckOutcome::failed(message, hint)
    })
}

#[cfg(test)]
mod tests;
