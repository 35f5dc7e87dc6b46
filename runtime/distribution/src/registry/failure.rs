//! What an error of the HTTP client, or an answer that is an error, means.

use std::error::Error;
use std::io;
use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

use super::error::RegistryError;
use super::http::Ask;

/// The most letters of what a registry says that are repeated.
const SAID_MAX: usize = 200;
/// The latest time that a server can want to be asked again, from now on.
const AFTER_MAX: Duration = Duration::from_secs(365 * 24 * 3600);
/// What servers made in Go answer in plain text to a client that forgot TLS.
const FORGOT_TLS: &str = "HTTP request to an HTTPS server";

/// What an error of the client means. It is never repeated as a whole: it has the URL in it, which may have a secret.
pub(super) fn of_exchange(registry: &str, error: &reqwest::Error) -> RegistryError {
    let registry = registry.to_owned();
    let why =
        causes(error).last().map_or_else(|| "the exchange failed".to_owned(), |cause| cause.to_string());
    match causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidMessage(_)) => RegistryError::Tls {
            registry,
            why: "it does not speak TLS; if that is meant, give --plain-http".to_owned(),
        },
        Some(rustls::Error::InvalidCertificate(_)) => RegistryError::Tls {
            registry,
            why: format!("{why}; give the authority that vouches for it with --ca-file"),
        },
        Some(error) => RegistryError::Tls { registry, why: error.to_string() },
        None => RegistryError::Unreachable { registry, why },
    }
}

/// What an answer that is an error means.
pub(super) fn of_answer(
    ask: &Ask<'_>,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> RegistryError {
    let registry = ask.reference.registry().to_owned();
    let (said, is_of_registry) = said(body);
    if status == StatusCode::BAD_REQUEST && String::from_utf8_lossy(body).contains(FORGOT_TLS) {
        let why = "it speaks TLS: leave out --plain-http, and give --ca-file for one on this machine";
        return RegistryError::Tls { registry, why: why.to_owned() };
    }
    let is_page = || {
        let content = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        content.is_some_and(|content| content.starts_with("text/html"))
    };
    let doing = ask.doing.clone();
    match status {
        StatusCode::TOO_MANY_REQUESTS => RegistryError::TooMany { registry, after: after(headers) },
        _ if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => {
            RegistryError::Failing { registry, status, doing, said, after: after(headers) }
        }
        _ if !is_of_registry && is_page() => RegistryError::NotARegistry {
            registry,
            why: format!("it answers with {status} and a page of HTML"),
        },
        StatusCode::NOT_FOUND => RegistryError::NotFound { registry, doing, said },
        StatusCode::FORBIDDEN => RegistryError::Forbidden { registry, doing, said },
        _ => RegistryError::Refused { registry, status, doing, said },
    }
}

/// When a server wants to be asked again: seconds or a date.
fn after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    let after = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::now()).ok()?,
    };
    Some(after.min(AFTER_MAX))
}

/// What a registry says in its own form (OCI Distribution Specification 1.1, "Error Codes"), and whether it does.
fn said(body: &[u8]) -> (String, bool) {
    #[derive(Deserialize)]
    struct Errors {
        errors: Vec<Said>,
    }
    #[derive(Deserialize)]
    struct Said {
        #[serde(default)]
        code: String,
        #[serde(default)]
        message: String,
    }
    let errors = serde_json::from_slice::<Errors>(body).map(|errors| errors.errors).unwrap_or_default();
    let Some(Said { code, message }) = errors.into_iter().next() else { return (String::new(), false) };
    let text = format!("{code} {message}");
    // What it says goes to a terminal.
    let text: String = text.trim().chars().filter(|letter| !letter.is_control()).take(SAID_MAX).collect();
    (if text.is_empty() { text } else { format!(" ({text})") }, true)
}

/// The error's causes, outermost first. What an IO error wraps is not its source, but stands beside it.
fn causes<'a>(error: &'a dyn Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |&cause| match cause.downcast_ref::<io::Error>() {
        Some(wrapping) => match wrapping.get_ref() {
            Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
            None => wrapping.source(),
        },
        None => cause.source(),
    })
}
