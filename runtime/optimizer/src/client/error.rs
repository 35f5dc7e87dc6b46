//! Why there is no client.

use std::path::PathBuf;

use reqwest::Url;

/// Why there is no client. No text has a secret in it.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Not an address of HTTP.
    #[error("`{shown}` is not an address that an optimizer can have: {why}; write https://HOST/PATH")]
    Url {
        /// The address, without what may be a password in it.
        shown: String,
        /// What is wrong with it.
        why: String,
    },
    /// The file with the authorities.
    #[error("the authorities in `{}`: {why}; name a file with certificates in PEM form as `settings.ssl_verify`", path.display())]
    Authorities {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A proxy.
    #[error(
        "the proxy for `{pattern}` is not an address of a proxy: write http://HOST:PORT or https://HOST:PORT"
    )]
    Proxy {
        /// Which; the address itself may have a password in it.
        pattern: String,
    },
    /// The TLS library or the HTTP library cannot be set up.
    #[error("no HTTP client can be made: {0}")]
    Unusable(String),
}

impl ClientError {
    pub(super) fn unusable(error: impl std::fmt::Display) -> Self {
        Self::Unusable(error.to_string())
    }
}

/// The address, if HTTP can be spoken to it.
pub(super) fn url(text: &str) -> Result<Url, ClientError> {
    let wrong = |why: &str| ClientError::Url { shown: shown(text), why: why.to_owned() };
    let url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong("it does not begin with http:// or https:// and a host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("a name and a password do not belong in it"));
    }
    Ok(url)
}

/// An address without what stands before `@`.
fn shown(text: &str) -> String {
    match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}://…{}", &text[..scheme], &text[at..]),
        _ => text.to_owned(),
    }
}
