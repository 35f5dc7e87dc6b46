//! What a client is told once.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

/// What a client is told once.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Where the optimizer is, and how to prove who asks.
    pub access: Access,
    /// Proxies by URL pattern (`all://`, `https://`, `https://host:port`, `all://*.example.com`): the pattern that
    /// says most counts, and none is used where it has none.
    pub proxies: Vec<(String, Option<String>)>,
    /// What the environment says about proxies, for what no pattern is about.
    pub environment: Environment,
    /// How long each part of an exchange may take.
    pub timeouts: Timeouts,
    /// How the optimizer proves who it is.
    pub verify: Verify,
}

/// Where the optimizer is, and how to prove who asks.
#[derive(Clone, Debug)]
pub enum Access {
    /// With a token.
    Token {
        /// The address of the application; `servo` is put behind it.
        url: String,
        /// Sent as `Authorization: Bearer …`, unless it says `Bearer` itself or begins with `X-SF-Token `.
        token: Secret,
    },
    /// With tokens that are asked for with the name and the secret of a client (OAuth 2).
    Login {
        /// The address of the application; `servo` is put behind it.
        url: String,
        /// Where tokens are asked for.
        token_url: String,
        /// The name.
        client_id: String,
        /// The secret.
        client_secret: Secret,
    },
    /// As a file says, which another program writes and renews: YAML with `Authorization`, `Endpoint`, `TenantId`.
    ConnectionFile {
        /// The file; waited for at first.
        path: PathBuf,
        /// What stands behind the endpoint.
        optimizer_id: String,
    },
}

/// A token or password. It is never printed.
#[derive(Clone, Debug)]
pub enum Secret {
    /// Given as a value.
    Value(SecretString),
    /// In a file, read again whenever it has changed.
    File(PathBuf),
}

/// What the environment says about proxies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// `HTTP_PROXY`.
    pub http: Option<String>,
    /// `HTTPS_PROXY`.
    pub https: Option<String>,
    /// `ALL_PROXY`.
    pub all: Option<String>,
    /// `NO_PROXY`; counts also for patterns that name no host.
    pub none: Option<String>,
}

/// How long each part of an exchange may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To connect, TLS included.
    pub connect: Duration,
    /// Until the answer begins, and between two parts of it.
    pub read: Duration,
    /// To send the request.
    pub write: Duration,
    /// Until there is a connection to be had.
    pub pool: Duration,
}

/// How the optimizer proves who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verify {
    /// To the authorities of the platform.
    Platform,
    /// To the authorities in this file.
    Roots(PathBuf),
    /// Not at all.
    Off,
}

impl Environment {
    /// The variables, in upper or lower case, as this function knows them.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let either = |name: &str| variable(name).or_else(|| variable(&name.to_ascii_lowercase()));
        Self {
            http: either("HTTP_PROXY"),
            https: either("HTTPS_PROXY"),
            all: either("ALL_PROXY"),
            none: either("NO_PROXY"),
        }
    }
}

impl Access {
    /// The addresses that are known from the beginning.
    pub(super) fn urls(&self) -> impl Iterator<Item = &str> {
        let (first, second) = match self {
            Self::Token { url, .. } => (Some(url.as_str()), None),
            Self::Login { url, token_url, .. } => (Some(url.as_str()), Some(token_url.as_str())),
            Self::ConnectionFile { .. } => (None, None),
        };
        first.into_iter().chain(second)
    }
}
