//! The native connector `liveness`: whether etcd can be used as the stanza says.

use std::sync::Arc;
use std::time::Duration;

use servo_events::{BoxFuture, Call, Context, Event, Handler, Reply, Verdict};
use servo_liveness::{Checkup, Liveness, Member};
use servo_types::{Check, Failure, Severity};

/// The name that no other connector can have: it is a key of servo.
pub(crate) const NAME: &str = "liveness";

const REACHED: &str = "reached";
const READ: &str = "read";
const WRITTEN: &str = "written";
const MEMBERS: &str = "members";
const CLOCK: &str = "clock";

/// How far clocks may be apart: windows of maintenance are given in seconds.
const APART: f64 = 2.0;

/// The connector.
#[derive(Debug)]
pub(crate) struct Native {
    pub(crate) liveness: Liveness,
    /// Whether the servo does nothing without etcd, as only a leader may work.
    pub(crate) needed: bool,
}

impl Handler for Native {
    fn name(&self) -> &str {
        NAME
    }

    fn handles(&self, event: Event) -> bool {
        event == Event::Check
    }

    fn call(&self, call: Arc<Call>, context: Context) -> BoxFuture<'_, Result<Reply, Failure>> {
        Box::pin(async move {
            match &*call {
                Call::CheckList => Ok(Reply::Checks(list(self.needed))),
                Call::CheckRun { id } => {
                    let looked = context.cancel.run_until_cancelled(self.liveness.checkup()).await;
                    let checkup = looked.ok_or_else(|| {
                        Failure::new(servo_types::Code::Cancelled, "cancelled while looking at etcd")
                    })?;
                    judge(id, &checkup).map(Reply::Checked)
                }
                other => Err(Failure::failed(format!("`{NAME}` does not handle `{}`", other.event()))),
            }
        })
    }
}

/// What is needed stops a servo that fails it. Others run without etcd, too, and are registered once it is back.
fn list(needed: bool) -> Vec<Check> {
    let severity = |severity| if needed { severity } else { Severity::Warning };
    let check = |id: &str, name: &str, severity| Check {
        id: id.to_owned(),
        name: name.to_owned(),
        description: String::new(),
        severity,
        tags: Vec::new(),
        remedy: false,
    };
    vec![
        check(REACHED, "etcd is reached and has a leader", severity(Severity::Critical)),
        check(READ, "Services can be read", severity(Severity::Critical)),
        check(WRITTEN, "Services can be written", severity(Severity::Common)),
        check(MEMBERS, "All members of etcd are well", Severity::Warning),
        check(CLOCK, "The clocks of etcd's members agree with this one", Severity::Warning),
    ]
}

/// What a look at etcd means for a check.
fn judge(id: &str, checkup: &Checkup) -> Result<Verdict, Failure> {
    let passed = |message: String| Verdict { passed: true, message, hint: None };
    let failed =
        |message: String, hint: &str| Verdict { passed: false, message, hint: Some(hint.to_owned()) };
    let took = |time: Duration| format!("it took {:.0} ms", time.as_secs_f64() * 1e3);
    let tried = |tried: &Result<Duration, servo_liveness::Error>, hint: &str| match tried {
        Ok(time) => passed(took(*time)),
        Err(error) => failed(error.to_string(), hint),
    };
    Ok(match id {
        REACHED => {
            let mut versions = checkup.members.iter().filter_map(|member| member.state.as_ref().ok());
            match versions.find(|state| state.has_leader) {
                Some(state) => passed(format!("etcd {}, {}", state.version, took(state.took))),
                None => {
                    let hint = "bring back more than half of the members; `liveness.endpoints` names whom servo asks";
                    failed(unwell(checkup), hint)
                }
            }
        }
        READ => tried(&checkup.read, "see `liveness.username`, its password, and what its role may read"),
        WRITTEN => tried(
            &checkup.write,
            "see what the role of `liveness.username` may write, and whether etcd is full",
        ),
        MEMBERS => match unwell(checkup) {
            none if none.is_empty() => passed(format!("{} of them", checkup.members.len())),
            some => failed(some, "the others do its work; bring it back before one more fails"),
        },
        CLOCK => match apart(&checkup.members) {
            none if none.is_empty() => passed("as far as their answers tell".to_owned()),
            some => {
                failed(some, "set the clocks by NTP; leases do not depend on them, times of maintenance do")
            }
        },
        _ => return Err(Failure::failed(format!("there is no check `{id}`"))),
    })
}

/// What is wrong with members, each by itself.
fn unwell(checkup: &Checkup) -> String {
    let wrong = |Member { endpoint, state, .. }: &Member| match state {
        Err(error) => Some(error.to_string()),
        Ok(state) if !state.has_leader => Some(format!("{endpoint} knows no leader")),
        Ok(state) if !state.alarms.is_empty() => {
            Some(format!("{endpoint} has an alarm: {}", state.alarms.join(", ")))
        }
        Ok(_) => None,
    };
    checkup.members.iter().filter_map(wrong).collect::<Vec<_>>().join("; ")
}

/// The members whose clocks certainly differ from ours.
fn apart(members: &[Member]) -> String {
    let differs = |member: &Member| {
        let by = member.clock.as_ref().ok()?.certain();
        (by > APART).then(|| format!("{} is {by:.1} s away", member.endpoint))
    };
    members.iter().filter_map(differs).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests;
