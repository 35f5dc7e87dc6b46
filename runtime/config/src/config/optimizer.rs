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
    /// How people know it: `organisation/application`, or `tenant - optimizer`.
    pub id: String,
    /// Where it is, and how servo proves who it is.
    pub access: OptimizerAccess,
}

/// Where an optimizer is, and how servo proves who it is.
#[derive(Debug, Clone)]
pub enum OptimizerAccess {
    /// With a token.
    Token {
        /// The endpoint of this application.
        url: String,
        /// The token.
        token: TokenSource,
    },
    /// With tokens that are given to a client with a secret (OAuth 2).
    Login {
        /// The endpoint of this optimizer.
        url: String,
        /// Where tokens are given.
        token_url: String,
        /// The client's name.
        client_id: String,
        /// The client's secret.
        client_secret: TokenSource,
    },
    /// As a file says, which another program writes and renews.
    ConnectionFile {
        /// The file.
        path: PathBuf,
        /// Which optimizer behind the endpoint that the file names.
        optimizer_id: String,
    },
}

impl Optimizer {
    /// Where it is, for people: the endpoint, or the file that knows it.
    pub fn place(&self) -> String {
        match &self.access {
            OptimizerAccess::Token { url, .. } | OptimizerAccess::Login { url, .. } => url.clone(),
            OptimizerAccess::ConnectionFile { path, .. } => path.display().to_string(),
        }
    }
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

/// A remote optimizer: an `id` and a token, or an `optimizer_id` and a token, a login or a connection file.
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
    /// Which optimizer of a tenant; instead of `id`.
    pub(crate) optimizer_id: Option<String>,
    /// Whose optimizer it is.
    pub(crate) tenant_id: Option<String>,
    /// To whom tokens are given.
    pub(crate) client_id: Option<String>,
    /// The secret of whom tokens are given to.
    #[schemars(extend("writeOnly" = true))]
    pub(crate) client_secret: Option<String>,
    /// A file with that secret, read when it is needed.
    pub(crate) client_secret_file: Option<PathBuf>,
    /// Where tokens are given; made of base_url and tenant_id when it is not given.
    #[schemars(extend("format" = "uri"))]
    pub(crate) token_url: Option<String>,
    /// A file that another program writes and renews, with `Authorization`, `Endpoint` and `TenantId`.
    pub(crate) connection_file: Option<PathBuf>,
}

/// ServoX's rule: an organisation of 5 to 50 letters, digits, `-` and `.`, a slash, an application of 1 to 64. Not its
/// `.` and `..`, which would lead elsewhere in a URL and in a file system.
pub(crate) fn is_optimizer_id(id: &str) -> bool {
    let Some((organisation, application)) = id.split_once('/') else { return false };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    (5..=50).contains(&organisation.len())
        && !organisation.starts_with('-')
        && organisation.chars().all(plain)
        && (1..=64).contains(&application.len())
        && application.chars().all(|c| plain(c) || c == '_')
        && !matches!(application, "." | "..")
}

/// Whether a text can stand in a path as one of its parts.
pub(crate) fn is_path_part(id: &str) -> bool {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '/' | '?' | '#' | '%' | '\\');
    (1..=256).contains(&id.len()) && id.chars().all(plain) && !matches!(id, "." | "..")
}

impl RawOptimizer {
    /// The endpoint of an application `organisation/application`.
    pub(crate) fn url_of(&self, id: &str) -> String {
        self.url.clone().unwrap_or_else(|| {
            let base = self.base().unwrap_or(BASE_URL);
            let (organisation, application) = id.split_once('/').unwrap_or((id, ""));
            format!("{base}/accounts/{organisation}/applications/{application}/")
        })
    }

    /// The endpoint of an optimizer of a tenant.
    pub(crate) fn url_of_tenant(&self, optimizer_id: &str) -> Option<String> {
        let made = || Some(format!("{}/rest/optimize/co/v1/optimizers/{optimizer_id}/", self.base()?));
        self.url.clone().or_else(made)
    }

    /// Where tokens are given.
    pub(crate) fn token_url(&self) -> Option<String> {
        let made = || {
            let tenant = self.tenant_id.as_ref()?;
            Some(format!("{}/auth/{tenant}/default/oauth2/token", self.base()?))
        };
        self.token_url.clone().or_else(made)
    }

    fn base(&self) -> Option<&str> {
        self.base_url.as_deref().map(|base| base.trim_end_matches('/'))
    }
}
