//! Logging in: Basic, or tokens that are fetched for what is to be done and kept until they expire.
//!
//! Source: Docker Registry v2 authentication, "Token Authentication Specification" and "OAuth2".

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::time::Instant;

use super::challenge::{self, Challenge};
use super::error::RegistryError;
use super::http::{Ask, Http, NOT_SECURED, redirect};
use crate::credentials::{Credentials, Login};

/// The most of a token server's answer that is read.
pub(super) const TOKEN_MAX: u64 = 64 << 10;
/// How long a token is valid that does not say.
const VALID: u64 = 60;
/// The most headers that are kept; then all are forgotten.
const KNOWN_MAX: usize = 1024;

/// What was learned of registries: who we are there, and what they accept.
#[derive(Debug)]
pub(super) struct Auth {
    credentials: Credentials,
    known: Mutex<HashMap<String, Known>>,
}

#[derive(Clone)]
struct Known {
    header: HeaderValue,
    until: Option<Instant>,
}

impl Auth {
    pub(super) fn new(credentials: Credentials) -> Self {
        Self { credentials, known: Mutex::default() }
    }

    /// The header that was accepted last time and is still valid.
    pub(super) fn known(&self, ask: &Ask<'_>) -> Option<HeaderValue> {
        let known = self.lock();
        let found = known.get(ask.reference.registry()).or_else(|| known.get(&key(ask)))?;
        found.until.is_none_or(|until| Instant::now() < until).then(|| found.header.clone())
    }

    /// Finds the header for what a registry asked for in an answer with 401.
    pub(super) async fn answer(
        &self,
        http: &Http,
        ask: &Ask<'_>,
        headers: &HeaderMap,
    ) -> Result<HeaderValue, RegistryError> {
        let registry = ask.reference.registry();
        self.lock().retain(|known, _| known != registry && *known != key(ask));
        let challenges = challenges(headers);
        let named = |scheme: &str| challenges.iter().find(|challenge| challenge.scheme == scheme);
        let login = self.credentials.of(registry).await?;
        let (at, known) = match (named("bearer"), named("basic"), login) {
            (Some(_), _, Some(Login::Token(token))) => (key(ask), bearer(ask, &token, None)?),
            (Some(bearer), _, login) => (key(ask), self.token(http, ask, bearer, login.as_ref()).await?),
            (None, Some(_), Some(Login::Password { user, password })) => {
                (registry.to_owned(), Known { header: basic(&user, &password), until: None })
            }
            (None, Some(_), None) => return Err(refused(ask, None)),
            (None, Some(_), Some(login)) => return Err(refused(ask, Some(&login))),
            (None, None, _) => {
                let why = "it answers with 401 and names no way to log in that is known".to_owned();
                return Err(RegistryError::NotARegistry { registry: registry.to_owned(), why });
            }
        };
        let mut cache = self.lock();
        if cache.len() >= KNOWN_MAX {
            cache.clear();
        }
        // It is used now, however short it is valid.
        let header = known.header.clone();
        cache.insert(at, known);
        Ok(header)
    }

    /// What was just sent is not accepted.
    pub(super) async fn refused(&self, ask: &Ask<'_>, headers: &HeaderMap) -> RegistryError {
        self.lock().retain(|known, _| known != ask.reference.registry() && *known != key(ask));
        let login = match self.credentials.of(ask.reference.registry()).await {
            Ok(login) => login,
            Err(error) => return error.into(),
        };
        // RFC 6750 section 3.1: it knows who we are.
        let known = challenges(headers).iter().any(|one| one.error.as_deref() == Some("insufficient_scope"));
        if known && login.is_some() {
            let (registry, doing) = (ask.reference.registry().to_owned(), ask.doing.clone());
            return RegistryError::Forbidden { registry, doing, said: String::new() };
        }
        refused(ask, login.as_ref())
    }

    async fn token(
        &self,
        http: &Http,
        ask: &Ask<'_>,
        challenge: &Challenge,
        login: Option<&Login>,
    ) -> Result<Known, RegistryError> {
        let registry = ask.reference.registry();
        let wrong =
            |why: &str| RegistryError::NotARegistry { registry: registry.to_owned(), why: why.to_owned() };
        let realm = challenge.realm.as_deref().and_then(|realm| Url::parse(realm).ok());
        let mut realm = realm.ok_or_else(|| wrong("its token server has no URL"))?;
        if realm.scheme() != "https" && (realm.scheme() != "http" || ask.url.scheme() != "http") {
            return Err(wrong("its token server is not reached with TLS, and the registry is"));
        }
        // A password is about to go there, and the registry alone says where that is.
        if !http.options.may_ask(&realm) {
            return Err(redirect(ask, &realm, NOT_SECURED));
        }
        let service = challenge.service.as_deref().unwrap_or_default();
        let (scope, began) = (scope(ask), Instant::now());
        let mut request = reqwest::Request::new(Method::GET, realm.clone());
        match login {
            Some(Login::Identity(token)) => {
                *request.method_mut() = Method::POST;
                let mut form = Url::parse("form:").map_err(|_| wrong("no form"))?;
                form.query_pairs_mut()
                    .append_pair("grant_type", "refresh_token")
                    .append_pair("service", service)
                    .append_pair("client_id", "servo")
                    .append_pair("scope", &scope)
                    .append_pair("refresh_token", token.expose_secret());
                *request.body_mut() = form.query().map(|form| form.to_owned().into());
                let form = HeaderValue::from_static("application/x-www-form-urlencoded");
                request.headers_mut().insert(header::CONTENT_TYPE, form);
            }
            _ => {
                if !service.is_empty() {
                    realm.query_pairs_mut().append_pair("service", service);
                }
                realm.query_pairs_mut().append_pair("scope", &scope);
                *request.url_mut() = realm;
                if let Some(Login::Password { user, password }) = login {
                    request.headers_mut().insert(header::AUTHORIZATION, basic(user, password));
                }
            }
        }
        let answer = http.token(ask, request).await?;
        match answer.status {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(refused(ask, login)),
            _ => return Err(answer.error(ask)),
        }
        let token: Token = serde_json::from_slice(&answer.body)
            .map_err(|_| wrong("its token server answers with something else than a token"))?;
        let valid = Duration::from_secs(token.expires_in.unwrap_or(VALID).clamp(1, 24 * 3600));
        let token =
            token.token.or(token.access_token).ok_or_else(|| wrong("its token server gives no token"))?;
        // It must still be valid when the request with it arrives.
        bearer(ask, &token, Some(began + valid.mul_f64(0.9)))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Deserialize)]
struct Token {
    token: Option<SecretString>,
    access_token: Option<SecretString>,
    expires_in: Option<u64>,
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known").field("until", &self.until).finish_non_exhaustive()
    }
}

fn challenges(headers: &HeaderMap) -> Vec<Challenge> {
    let texts = headers.get_all(header::WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(challenge::parse).collect()
}

fn key(ask: &Ask<'_>) -> String {
    format!("{} {}", ask.reference.registry(), scope(ask))
}

/// What a token is for. What the registry itself names is not asked for: it could name somebody else's repository.
fn scope(ask: &Ask<'_>) -> String {
    format!("repository:{}:{}", ask.reference.repository(), ask.actions)
}

fn refused(ask: &Ask<'_>, login: Option<&Login>) -> RegistryError {
    let registry = ask.reference.registry().to_owned();
    let repository = ask.reference.repository().to_owned();
    match login {
        None => RegistryError::LoginWanted { registry, repository },
        Some(login) => RegistryError::LoginRefused { registry, repository, who: login.who() },
    }
}

fn basic(user: &str, password: &SecretString) -> HeaderValue {
    let encoded = STANDARD.encode(format!("{user}:{}", password.expose_secret()));
    // Base64 has no letter that a header cannot have.
    let mut value =
        HeaderValue::from_str(&format!("Basic {encoded}")).unwrap_or(HeaderValue::from_static("Basic"));
    value.set_sensitive(true);
    value
}

fn bearer(ask: &Ask<'_>, token: &SecretString, until: Option<Instant>) -> Result<Known, RegistryError> {
    let value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()));
    let mut header = value.map_err(|_| RegistryError::NotARegistry {
        registry: ask.reference.registry().to_owned(),
        why: "its token server gives a token that cannot be in a header".to_owned(),
    })?;
    header.set_sensitive(true);
    Ok(Known { header, until })
}
