//! One document to one URL, and what the answer means.

use std::collections::BTreeMap;
use std::time::Duration;

use servo_sdk::http::{self, Error, Response};
use servo_sdk::prelude::{Code, Deserialize, Failure, Value};

/// Where to, and how.
#[derive(Debug)]
pub(crate) struct Delivery<'a> {
    pub(crate) url: &'a str,
    pub(crate) headers: &'a BTreeMap<String, String>,
    pub(crate) timeout: Duration,
}

/// What a URL can answer before an event.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Verdict {
    cancel: Option<bool>,
    /// For people; of whatever type it is, it takes nothing away from `cancel`.
    reason: Value,
}

/// Why a document was not taken.
#[derive(Debug)]
pub(crate) struct Untaken {
    pub(crate) failure: Failure,
    /// Whether it may be taken later.
    pub(crate) passing: bool,
}

/// Sends the document once. A repetition has the same `id`.
pub(crate) fn deliver(to: &Delivery<'_>, body: &Value, id: &str) -> Result<Response, Untaken> {
    let untaken = |failure, passing| Untaken { failure, passing };
    let request = http::post(to.url).timeout(to.timeout).header("x-servo-delivery", id).json(body);
    let request = request.map_err(|failure| untaken(failure, false))?;
    let request =
        to.headers.iter().fold(request, |request, (name, value)| request.header(name, value.as_str()));
    match request.send() {
        Ok(response) if response.is_ok() => Ok(response),
        Ok(response) => {
            let text = format!("{} answered {}: {}", to.url, response.status, response.excerpt());
            Err(untaken(Failure::failed(text).because("status"), may_pass(&response)))
        }
        Err(error) => {
            let passing = matches!(error, Error::Unreachable(_) | Error::TimedOut(_) | Error::Protocol(_));
            Err(untaken(error.into(), passing))
        }
    }
}

/// Whether the same request may be taken later.
fn may_pass(response: &Response) -> bool {
    response.status == 429 || response.status >= 500
}

/// What the answer means for the event: `{"cancel": true, "reason": "…"}` cancels it, an empty one or an object without
/// `cancel` lets it pass. Anything else is a failure, so that a gate that answers in another form is not taken for open.
pub(crate) fn verdict(response: &Response) -> Result<(), Failure> {
    if response.body.trim_ascii().is_empty() {
        return Ok(());
    }
    let is_object = response.json::<Value>().is_ok_and(|answer| answer.is_object());
    let verdict = if is_object { response.json::<Verdict>().ok() } else { None };
    let verdict = verdict.ok_or_else(|| {
        let wanted =
            if is_object { "`cancel` is true or false" } else { "an answer is empty or a JSON object" };
        let text = format!("the answer is no verdict: {wanted}, not `{}`", response.excerpt());
        Failure::failed(text).because("verdict")
    })?;
    if verdict.cancel != Some(true) {
        return Ok(());
    }
    let reason = match verdict.reason {
        Value::Null => "it gave no reason".to_owned(),
        Value::String(reason) => reason,
        reason => reason.to_string(),
    };
    Err(Failure::new(Code::Cancelled, reason).because("webhook"))
}

#[cfg(test)]
mod tests;
