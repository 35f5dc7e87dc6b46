//! `servo liveness is-up`: an answer for scripts.

use std::time::Duration;

use serde::Serialize;
use servo_assembly::liveness::{Answer, Error, State};
use servo_config::quantity::format_duration;

use super::Place;
use super::rows::{why, with};
use crate::args::{IsUp, Which};
use crate::exit::Trouble;
use crate::session::Session;

/// The exit codes besides 0, which is up.
const DOWN: u8 = 1;
const UNKNOWN: u8 = 3;
const SUSPECT: u8 = 4;

#[derive(Serialize)]
struct Told {
    #[serde(skip_serializing_if = "Option::is_none")]
    uuid: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    /// up, down, unknown or suspect.
    answer: &'static str,
    /// Why it is down, or not known.
    why: Option<String>,
}

/// Answers, and ends with the code of the answer.
pub(super) async fn run(args: &IsUp, place: &Place, session: &Session) -> Result<(), Trouble> {
    let answer = ask(args, place).await;
    let (word, why, code) = match answer {
        Ok(Answer::Known(state)) => (state.name(), why(state), code(state)),
        Ok(Answer::Unknown(age)) => ("unknown", Some(old(age, place.config.max_age)), UNKNOWN),
        Err(error @ (Error::Options(_) | Error::Invalid(_))) => return Err(error.into()),
        Err(error) => ("unknown", Some(error.to_string()), UNKNOWN),
    };
    if !args.quiet {
        let Which { uuid, kind, host } = args.which.clone();
        let told = Told { uuid, kind, host, answer: word, why };
        session.printer.show(args.output, &told, |told| with(told.answer, told.why.as_deref()) + "\n")?;
    }
    if code == 0 { Ok(()) } else { Err(Trouble::Said(code)) }
}

async fn ask(args: &IsUp, place: &Place) -> Result<Answer, Error> {
    let Which { uuid, kind, host } = &args.which;
    let (uuid, bound) = (uuid.as_deref().unwrap_or_default(), place.config.max_age);
    match (kind, host, args.strict) {
        (Some(kind), Some(host), true) => place.liveness.is_up_at(kind, host).await,
        (Some(kind), Some(host), false) => Ok(place.view().await?.is_up_at(kind, host, bound)),
        (_, _, true) => place.liveness.is_up(uuid).await,
        (_, _, false) => Ok(place.view().await?.is_up(uuid, bound)),
    }
}

fn code(state: State) -> u8 {
    match state {
        State::Up => 0,
        State::Down(_) => DOWN,
        State::Suspect => SUSPECT,
    }
}

fn old(age: Option<Duration>, bound: Duration) -> String {
    let bound = format_duration(bound);
    age.map_or_else(
        || "etcd was never read".to_owned(),
        |age| format!("what is known is {:.3} s old, and --max-age is {bound}", age.as_secs_f64()),
    )
}
