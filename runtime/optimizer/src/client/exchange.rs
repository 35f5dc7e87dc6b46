//! One request and its answer.

use std::error::Error;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Response, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::time::timeout;
use tracing::field::Empty;
use tracing::{Instrument as _, Level, error_span, trace};

use super::Client;
use super::header::Proof;
use super::proxies;
use crate::session::{Answer, FailureKind, Refusal, RequestFailure};
use crate::wire::{PROCESS, REPLY_MAX};

/// What is looked at of an answer that is a refusal, in bytes.
const REFUSAL_MAX: usize = 64 * 1024;
/// What is repeated of it, in letters.
const SAID_MAX: usize = 300;
/// What the log has of a body at most, in bytes.
const LOGGED_MAX: usize = 16 * 1024;
/// An answer that comes in small parts may take so many times what may pass between two of them.
const PARTS: u32 = 4;

/// One request to one address.
#[derive(Debug)]
pub(super) struct Exchange<'a> {
    pub(super) client: &'a Client,
    pub(super) url: Url,
}

impl Exchange<'_> {
    /// Sends a request of the protocol.
    pub(super) async fn post(self, proof: Proof, body: Bytes) -> Answer {
        let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let headers = HeaderMap::from_iter([proof, json, (PROCESS, process())]);
        let span = error_span!(
            target: "span",
            "HTTP",
            otel.name = "POST optimizer",
            otel.kind = "client",
            http.request.method = "POST",
            server.address = %self.url.origin().ascii_serialization(),
            http.response.status_code = Empty,
            otel.status_description = Empty
        );
        let answer = self.told(headers, body).instrument(span.clone()).await;
        match &answer {
            Answer::Body(_) => span.record("http.response.status_code", 200),
            Answer::Refused(refusal) => span.record("http.response.status_code", i64::from(refusal.status)),
            Answer::Failed(failure) => span.record("otel.status_description", failure.message.as_str()),
        };
        answer
    }

    /// Sends it, and tells the log what went to and fro where that is wanted.
    async fn told(self, headers: HeaderMap, body: Bytes) -> Answer {
        if !tracing::enabled!(Level::TRACE) {
            return self.send(headers, body).await;
        }
        let (url, secrets) = (self.url.clone(), secrets(&headers));
        let (origin, path) = (url.origin().ascii_serialization(), url.path());
        trace!("POST {origin}{path} {}", shown(&body, &secrets));
        let answer = self.send(headers, body).await;
        match &answer {
            Answer::Body(body) => trace!("answer to POST {origin}{path} {}", shown(body, &secrets)),
            Answer::Refused(Refusal { status, detail, .. }) => {
                trace!("answer to POST {origin}{path} status {status}: {detail}");
            }
            Answer::Failed(failure) => trace!("no answer to POST {origin}{path}: {}", failure.message),
        }
        answer
    }

    /// Asks for a token.
    pub(super) async fn ask_token(self, authorization: HeaderValue) -> Answer {
        let form = HeaderValue::from_static("application/x-www-form-urlencoded;charset=UTF-8");
        let headers = HeaderMap::from_iter([(AUTHORIZATION, authorization), (CONTENT_TYPE, form)]);
        self.send(headers, Bytes::from_static(b"grant_type=client_credentials")).await
    }

    async fn send(self, headers: HeaderMap, body: Bytes) -> Answer {
        let secrets = secrets(&headers);
        let client = match self.client.connections(&self.url) {
            Ok(client) => client,
            Err(error) => return Answer::Failed(self.failure(FailureKind::Network, error.to_string())),
        };
        let request = client.post(self.url.clone()).headers(headers).body(body).send();
        let patience = self.client.patience();
        let response = match timeout(patience, request).await {
            Err(_) => return Answer::Failed(self.late(patience)),
            Ok(Err(error)) => return Answer::Failed(self.broken(&error)),
            Ok(Ok(response)) => response,
        };
        let patience = self.client.options.timeouts.read.saturating_mul(PARTS);
        match timeout(patience, self.receive(response, &secrets)).await {
            Ok(answer) => answer,
            Err(_) => Answer::Failed(self.late(patience)),
        }
    }

    async fn receive(&self, mut response: Response, secrets: &[SecretString]) -> Answer {
        let status = response.status();
        let most = if status.is_success() { REPLY_MAX } else { REFUSAL_MAX };
        let too_large = || {
            let text = format!("the answer is larger than {most} bytes");
            Answer::Failed(self.failure(FailureKind::TooLarge, text))
        };
        let said =
            response.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        if status.is_success() && said.is_some_and(|length: u64| length > most as u64) {
            return too_large();
        }
        let retry_after =
            response.headers().get(RETRY_AFTER).and_then(|value| later(value, SystemTime::now()));
        let mut body = BytesMut::new();
        loop {
            match response.chunk().await {
                Ok(Some(part)) if body.len() + part.len() <= most => body.extend_from_slice(&part),
                Ok(Some(_)) if status.is_success() => return too_large(),
                Err(error) if status.is_success() => return Answer::Failed(self.broken(&error)),
                // Of a refusal the status says enough.
                Ok(_) | Err(_) => break,
            }
        }
        if status.is_success() {
            return Answer::Body(body.freeze());
        }
        Answer::Refused(Refusal { status: status.as_u16(), detail: detail(&body, secrets), retry_after })
    }

    fn broken(&self, error: &reqwest::Error) -> RequestFailure {
        // The outermost text has the URL in it, and the innermost says what happened.
        let why = causes(error).last().map_or_else(|| "the exchange failed".to_owned(), ToString::to_string);
        match causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
            Some(rustls::Error::InvalidCertificate(_)) => {
                let hint = "name the authority that vouches for it as `settings.ssl_verify`";
                self.failure(FailureKind::Tls, format!("{why}; {hint}"))
            }
            Some(error) => self.failure(FailureKind::Tls, error.to_string()),
            None if error.is_timeout() => self.failure(FailureKind::Timeout, "no answer in time".to_owned()),
            None => self.failure(FailureKind::Network, why),
        }
    }

    fn late(&self, patience: Duration) -> RequestFailure {
        self.failure(FailureKind::Timeout, format!("no answer within {} s", patience.as_secs_f64()))
    }

    fn failure(&self, kind: FailureKind, why: String) -> RequestFailure {
        let way =
            proxies::choose(&self.client.options.proxies, &self.client.options.environment, &self.url).way();
        let way = way.map(|way| format!(" ({way})")).unwrap_or_default();
        let message = format!("{}{way}: {why}", self.url.origin().ascii_serialization());
        RequestFailure { kind, message }
    }
}

/// What a refusal says, in the key where servers of this kind and OAuth 2 (RFC 6749, section 5.2) say it, else the start
/// of its text; without what the request proved itself with, which some servers repeat.
fn detail(body: &[u8], secrets: &[SecretString]) -> String {
    let said = serde_json::from_slice::<Value>(body).ok().and_then(|said| {
        let keys = ["detail", "error_description", "message", "error"];
        keys.into_iter().find_map(|key| said.get(key)?.as_str().map(str::to_owned))
    });
    let text = said.unwrap_or_else(|| String::from_utf8_lossy(body).trim().to_owned());
    hidden(text, secrets).chars().take(SAID_MAX).collect()
}

/// The text without secrets.
fn hidden(text: String, secrets: &[SecretString]) -> String {
    let hide = |text: String, secret: &SecretString| text.replace(secret.expose_secret(), "***");
    secrets.iter().fold(text, hide)
}

/// A body as the log has it.
fn shown(body: &[u8], secrets: &[SecretString]) -> String {
    let text = hidden(String::from_utf8_lossy(body).into_owned(), secrets);
    let end = text.floor_char_boundary(LOGGED_MAX);
    let cut = if end < text.len() { "…" } else { "" };
    format!("{}{cut}", &text[..end])
}

/// What no text may have in it: the tokens of a request, and the secret that a Basic one is made of.
/// The name of this process, which no other one has. Two servos without a `servo_uid` are told apart by it.
fn process() -> HeaderValue {
    static NAME: OnceLock<HeaderValue> = OnceLock::new();
    NAME.get_or_init(|| HeaderValue::from(RandomState::new().hash_one(std::process::id()))).clone()
}

fn secrets(headers: &HeaderMap) -> Vec<SecretString> {
    let values =
        headers.values().filter(|value| value.is_sensitive()).filter_map(|value| value.to_str().ok());
    let mut secrets = Vec::new();
    for text in values {
        let token = text.rsplit(' ').next().unwrap_or(text);
        let pair = STANDARD.decode(token).ok().and_then(|pair| String::from_utf8(pair).ok());
        let secret = pair.as_deref().and_then(|pair| Some(pair.split_once(':')?.1));
        secrets.extend(
            [Some(token), secret]
                .into_iter()
                .flatten()
                .filter(|text| !text.is_empty())
                .map(SecretString::from),
        );
    }
    secrets
}

/// How long a server wants to be left alone: a number of seconds, or a date.
fn later(value: &HeaderValue, now: SystemTime) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    httpdate::parse_http_date(text).ok()?.duration_since(now).ok()
}

/// What is behind an error. An IO error hides what it wraps behind the sources of that.
fn causes<'a>(error: &'a dyn Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |&cause| match cause.downcast_ref::<io::Error>() {
        Some(wrapping) => match wrapping.get_ref() {
            Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
            None => wrapping.source(),
        },
        None => cause.source(),
    })
}
