//! One document to one URL, tried again where that can help, and what the answer means.

use std::collections::BTreeMap;
use std::time::Duration;

use servo_sdk::http::{self, Error, Response};
use servo_sdk::prelude::{Code, Deserialize, Failure, Value, log, progress};

/// The pause before the first repetition; each one after it is twice as long.
const PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(8);

/// Where to, and how.
#[derive(Debug)]
pub(crate) struct Delivery<'a> {
    pub(crate) url: &'a str,
    pub(crate) headers: &'a BTreeMap<String, String>,
    pub(crate) timeout: Duration,
    pub(crate) retries: u32,
}

/// What a URL can answer before an event.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Verdict {
    cancel: bool,
    reason: Option<String>,
}

/// Sends the document until it is taken. A repetition has the same `id`.
pub(crate) fn deliver(to: &Delivery<'_>, body: &Value, id: &str) -> Result<Response, Failure> {
    let mut pause = PAUSE;
    for attempt in 0.. {
        let request = http::post(to.url).timeout(to.timeout).header("x-servo-delivery", id).json(body)?;
        let request =
            to.headers.iter().fold(request, |request, (name, value)| request.header(name, value.as_str()));
        let result = request.send();
        let failure = match result {
            Ok(response) if response.is_ok() => return Ok(response),
            Ok(response) => {
                let text = format!("{} answered {}: {}", to.url, response.status, response.excerpt());
                let failure = Failure::failed(text).because("status");
                if !may_pass(&response) {
                    return Err(failure);
                }
                failure
            }
            Err(error @ (Error::Unreachable(_) | Error::TimedOut(_) | Error::Protocol(_))) => error.into(),
            Err(error) => return Err(error.into()),
        };
        if attempt >= to.retries {
            return Err(failure);
        }
        log::info(format!("trying {} again in {pause:?}: {}", to.url, failure.message));
        progress::wait(pause)?;
        pause = (pause * 2).min(PAUSE_MAX);
    }
    // The loop has no end of its own.
    Err(Failure::failed(format!("{} was not asked", to.url)))
}

/// Whether the same request may be taken later.
fn may_pass(response: &Response) -> bool {
    response.status == 429 || response.status >= 500
}

/// What the answer means for the event: `{"cancel": true, "reason": "…"}` cancels it, anything else lets it pass.
pub(crate) fn verdict(label: &str, response: &Response) -> Result<(), Failure> {
    let verdict: Verdict = response.json().unwrap_or_default();
    if !verdict.cancel {
        return Ok(());
    }
    let reason = verdict.reason.unwrap_or_else(|| "it gave no reason".to_owned());
    Err(Failure::new(Code::Cancelled, format!("webhook {label}: {reason}")).because("webhook"))
}

#[cfg(test)]
mod tests;
