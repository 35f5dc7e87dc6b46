//! `servo liveness is-up`: an answer for scripts.

use serde::Serialize;
use servo_assembly::liveness::{Answer, Error, State};

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
    let (word, why, code) = match ask(args, place).await {
        Ok(Answer::Known(state)) => (state.name(), why(state), code(state)),
        Ok(Answer::Unknown(_)) => ("unknown", None, UNKNOWN),
        Err(error @ Error::Invalid(_)) => return Err(error.into()),
        Err(error) => ("unknown", Some(error.to_string()), UNKNOWN),
    };
    if !args.quiet {
        let Which { uuid, kind, host } = args.which.clone();
        let told = Told { uuid, kind, host, answer: word, why };
        session.printer.show(args.output, &told, |told| with(told.answer, told.why.as_deref()) + "\n")?;
    }
    if code == 0 { Ok(()) } else { Err(Trouble::Said(code)) }
}

/// Of etcd: what a command knows is never older than its answer.
async fn ask(args: &IsUp, place: &Place) -> Result<Answer, Error> {
    let Which { uuid, kind, host } = &args.which;
    match (kind, host) {
        (Some(kind), Some(host)) => place.liveness.is_up_at(kind, host).await,
        _ => place.liveness.is_up(uuid.as_deref().unwrap_or_default()).await,
    }
}

fn code(state: State) -> u8 {
    match state {
        State::Up => 0,
        State::Down(_) => DOWN,
        State::Suspect => SUSPECT,
    }
}
