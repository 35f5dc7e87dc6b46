//! Requests on a stage: answered by its script, or by the world and then told to it.

use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;
use tokio::time::{Instant, sleep, timeout};

use super::{Egress, EgressError, Kind};
use crate::grants::Origin;
use crate::stage::{Reaction, Received, Sent, Stage, Unanswered};

/// Headers of a response that say nothing about it, or what nobody else should know.
const NOT_TOLD: [&str; 7] = [
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "set-cookie",
    "transfer-encoding",
    "www-authenticate",
];
/// What stands in for a secret that a server repeats.
const HIDDEN: &str = "***";

/// A request that may be sent.
pub(super) struct Staged<'a> {
    pub(super) stage: &'a Stage,
    pub(super) origin: &'a Origin,
    /// The place of its grant.
    pub(super) grant: usize,
    /// As the guest made it.
    pub(super) sent: Sent,
    /// When it must have its answer.
    pub(super) end: Instant,
}

impl Egress {
    /// The response on the stage. `request` has what the host adds, and is sent when the stage is live.
    pub(super) async fn staged(
        &self,
        staged: Staged<'_>,
        request: reqwest::Request,
        secrets: Vec<String>,
    ) -> Result<reqwest::Response, EgressError> {
        let Staged { stage, origin, grant, sent, end } = staged;
        let reaction = match stage.live() {
            None => stage.script().answer(&sent),
            Some(world) => {
                let (world, client) = (world.clone(), self.client(grant).await?.clone());
                let (behind, within) = (stage.behind(), end.saturating_duration_since(Instant::now()));
                let (most, origin) = (self.limits.http_bytes, origin.clone());
                // Time on the stage stands still as long as blocking work is in progress.
                let exchanged = tokio::task::spawn_blocking(move || {
                    let (answer, took) = world.block_on(async {
                        sleep(behind).await;
                        let start = Instant::now();
                        let whole = whole(client, request, &origin, most);
                        (timeout(within, whole).await, start.elapsed())
                    });
                    let late =
                        || EgressError::new(Kind::TimedOut, format!("no response from {origin} in time"));
                    (answer.unwrap_or_else(|_| Err(late())), took)
                });
                let (answer, took) =
                    exchanged.await.map_err(|error| EgressError::new(Kind::Ended, error.to_string()))?;
                let answer = match answer {
                    Ok(received) => Ok(received),
                    Err(error) => match unanswered(error.kind) {
                        Some(unanswered) => Err((unanswered, error.text)),
                        None => return Err(error),
                    },
                };
                // Whole milliseconds: that is how a scenario writes them, and how timers count.
                let after = Duration::from_millis(u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
                let reaction = Reaction { after, answer };
                stage.script().answered(sent, told(reaction.clone(), &secrets));
                reaction
            }
        };
        sleep(reaction.after).await;
        match reaction.answer {
            Ok(received) => response(received),
            Err((unanswered, text)) => Err(EgressError::new(kind(unanswered), text)),
        }
    }
}

/// Sends a request and reads all of its response.
async fn whole(
    client: reqwest::Client,
    request: reqwest::Request,
    origin: &Origin,
    most: u64,
) -> Result<Received, EgressError> {
    let failed = |error: reqwest::Error| EgressError::of_exchange(origin, &error);
    let mut response = client.execute(request).await.map_err(failed)?;
    let status = response.status().as_u16();
    let headers = headers(response.headers());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        body.extend_from_slice(&chunk);
        // One more byte than is allowed: whoever counts them says so.
        if body.len() as u64 > most {
            break;
        }
    }
    Ok(Received { status, headers, body })
}

/// Names and values that are text.
pub(super) fn headers(headers: &http::HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| Some(value.to_str().ok()?.to_owned());
    headers.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?))).collect()
}

fn response(received: Received) -> Result<reqwest::Response, EgressError> {
    let mut response = http::Response::builder().status(received.status);
    for (name, value) in &received.headers {
        response = response.header(name, value);
    }
    let response = response.body(Bytes::from(received.body));
    let response = response.map_err(|error| {
        EgressError::new(Kind::Protocol, format!("the answer of the script is no response: {error}"))
    })?;
    Ok(response.into())
}

/// What may be kept of an exchange: no secret, even when the server repeats it.
fn told(mut reaction: Reaction, secrets: &[String]) -> Reaction {
    let secrets: Vec<String> = secrets.iter().flat_map(|value| hidden(value)).collect();
    let hide = |text: &str| secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN));
    if let Ok(received) = &mut reaction.answer {
        received.headers.retain(|(name, _)| !NOT_TOLD.contains(&name.as_str()));
        for (_, value) in &mut received.headers {
            *value = hide(value);
        }
        if let Ok(text) = std::str::from_utf8(&received.body) {
            received.body = hide(text).into_bytes();
        }
    }
    reaction
}

/// What is secret in the value of a header: the token behind `Bearer`, and of `Basic` the password, too.
fn hidden(value: &str) -> Vec<String> {
    let token = value.rsplit(' ').next().unwrap_or_default();
    let credentials = value.starts_with("Basic ").then(|| BASE64_STANDARD.decode(token).ok()).flatten();
    let password =
        credentials.and_then(|bytes| Some(String::from_utf8(bytes).ok()?.split_once(':')?.1.to_owned()));
    [Some(token.to_owned()), password].into_iter().flatten().filter(|secret| !secret.is_empty()).collect()
}

/// What a scenario can say; everything else happens there again by itself.
fn unanswered(kind: Kind) -> Option<Unanswered> {
    match kind {
        Kind::Unresolved | Kind::Unreachable | Kind::Untrusted => Some(Unanswered::Unreachable),
        Kind::TimedOut => Some(Unanswered::TimedOut),
        Kind::Incomplete | Kind::Protocol => Some(Unanswered::Protocol),
        _ => None,
    }
}

fn kind(unanswered: Unanswered) -> Kind {
    match unanswered {
        Unanswered::Unreachable => Kind::Unreachable,
        Unanswered::TimedOut => Kind::TimedOut,
        Unanswered::Protocol => Kind::Protocol,
    }
}

#[cfg(test)]
mod tests;
