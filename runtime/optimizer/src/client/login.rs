//! Tokens that are asked for with a name and a secret, and asked for again before they end.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::time::Instant;

use super::access::Guarded;
use super::{Client, no_credentials};
use crate::session::{Answer, RequestFailure};

/// A token is renewed so long before it ends, or a tenth of its life before where that is less.
const EARLY: Duration = Duration::from_secs(60);
/// How long a token lives that does not say so.
const LIFE: Duration = Duration::from_secs(3600);
/// A token that says it lives longer is renewed all the same.
const LIFE_MAX: Duration = Duration::from_secs(24 * 3600);
/// A token that was refused is not replaced before it is so old: the optimizer may refuse all.
const YOUNG: Duration = Duration::from_secs(5);

/// Where tokens are asked for, and the one that was given.
#[derive(Debug)]
pub(super) struct Login {
    url: Url,
    client_id: String,
    client_secret: Guarded,
    given: Option<Given>,
}

#[derive(Debug)]
struct Given {
    token: SecretString,
    since: Instant,
    renew_at: Instant,
}

#[derive(Deserialize)]
struct Raw {
    access_token: String,
    #[serde(default)]
    expires_in: Option<f64>,
}

impl Login {
    pub(super) fn new(url: Url, client_id: String, client_secret: Guarded) -> Self {
        Self { url, client_id, client_secret, given: None }
    }

    /// A token that is valid for a while.
    pub(super) async fn token(&mut self, client: &Client) -> Result<SecretString, RequestFailure> {
        if let Some(given) = self.given.as_ref().filter(|given| Instant::now() < given.renew_at) {
            return Ok(given.token.clone());
        }
        let secret = self.client_secret.text().await?;
        let since = Instant::now();
        let answer = client.exchange(&self.url).ask_token(self.basic(&secret)?).await;
        let origin = self.url.origin().ascii_serialization();
        let place = format!("the token of client `{}` from {origin}", self.client_id);
        match answer {
            Answer::Body(body) => {
                let raw: Raw = serde_json::from_slice(&body).map_err(|_| {
                    no_credentials(format!("{place}: the answer has no `access_token` in it"))
                })?;
                let life = raw.expires_in.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
                let life = life.unwrap_or(LIFE).min(LIFE_MAX);
                let renew_at = since + (life - EARLY.min(life / 10));
                let token = SecretString::from(raw.access_token);
                self.given = Some(Given { token: token.clone(), since, renew_at });
                Ok(token)
            }
            Answer::Refused(refusal) => {
                let detail = Some(refusal.detail).filter(|detail| !detail.is_empty());
                let detail = detail.map(|detail| format!(": {detail}")).unwrap_or_default();
                let hint = "check `client_id`, `client_secret` and `token_url`";
                let status = refusal.status;
                Err(no_credentials(format!("{place} was refused with status {status}{detail}; {hint}")))
            }
            Answer::Failed(failure) => {
                Err(RequestFailure { message: format!("{place}: {}", failure.message), ..failure })
            }
        }
    }

    /// Forgets a token that was refused; whether another may be had.
    pub(super) fn forget(&mut self) -> bool {
        self.given.take_if(|given| given.since.elapsed() >= YOUNG).is_some()
    }

    fn basic(&self, secret: &SecretString) -> Result<HeaderValue, RequestFailure> {
        let pair = SecretString::from(format!("{}:{}", self.client_id, secret.expose_secret().trim()));
        let basic = SecretString::from(format!("Basic {}", STANDARD.encode(pair.expose_secret())));
        let mut value = HeaderValue::from_str(basic.expose_secret())
            .map_err(|_| no_credentials("`client_id` and `client_secret` cannot be sent"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}
