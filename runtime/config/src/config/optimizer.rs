//! The remote optimizer.

use std::path::PathBuf;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use crate::secret::read_secret;
use crate::source::SourceError;

/// Where ServoX's optimizer lives when nothing else is said.
pub(crate) const BASE_URL: &str = "https://api.opsani.com";

/// A remote optimizer that speaks the ServoX protocol.
#[derive(Debug, Clone)]
pub struct Optimizer {
    /// `organisation/application`.
    pub id: String,
    /// How servo proves who it is.
    pub token: TokenSource,
    /// Root of the API, without a slash at the end.
    pub base_url: String,
    /// The endpoint of this application.
    pub url: String,
}

/// Where the token is. It is never printed.
#[derive(Debug, Clone)]
pub enum TokenSource {
    /// Given as a value.
    Value(SecretString),
    /// In a mounted file, read when it is needed, so that rotation works.
    File(PathBuf),
}

impl TokenSource {
    /// The token.
    ///
    /// # Errors
    /// When the file cannot be read, is too large or not UTF-8.
    pub fn read(&self) -> Result<SecretString, SourceError> {
        match self {
            TokenSource::Value(token) => Ok(token.clone()),
            TokenSource::File(path) => read_secret(path),
        }
    }
}

/// A remote optimizer; `token` and `token_file` exclude each other.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Optimizer")]
pub(crate) struct RawOptimizer {
    /// `organisation/application`.
    #[schemars(extend("examples" = ["example.com/shop"]))]
    pub(crate) id: Option<String>,
    /// How servo proves who it is.
    #[schemars(extend("writeOnly" = true))]
    pub(crate) token: Option<String>,
    /// A file with the token, read when it is needed.
    pub(crate) token_file: Option<PathBuf>,
    /// Root of the API.
    #[schemars(extend("default" = "https://api.opsani.com", "format" = "uri"))]
    pub(crate) base_url: Option<String>,
    /// The endpoint of this application; made of base_url and id when it is not given.
    #[schemars(extend("format" = "uri"))]
    pub(crate) url: Option<String>,
}

/// ServoX's rule: an organisation of 5 to 50 letters, digits, `-` and `.`, a slash, an application of 1 to 64.
pub(crate) fn is_optimizer_id(id: &str) -> bool {
    let Some((organisation, application)) = id.split_once('/') else { return false };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    (5..=50).contains(&organisation.len())
        && !organisation.starts_with('-')
        && organisation.chars().all(plain)
        && (1..=64).contains(&application.len())
        && application.chars().all(|c| plain(c) || c == '_')
}

impl RawOptimizer {
    /// The two URLs: root without a slash, and the endpoint of the application.
    pub(crate) fn urls(&self, id: &str) -> (String, String) {
        let base = self.base_url.as_deref().unwrap_or(BASE_URL).trim_end_matches('/').to_owned();
        let url = self.url.clone().unwrap_or_else(|| {
            let (organisation, application) = id.split_once('/').unwrap_or((id, ""));
            format!("{base}/accounts/{organisation}/applications/{application}/")
        });
        (base, url)
    }
}
