//! How registries are spoken to.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;

use crate::credentials::{Credentials, CredentialsError};
use crate::reference::{Reference, host_of, is_loopback};

/// How registries are spoken to, and how long that may take.
#[derive(Clone, Debug)]
pub struct RegistryOptions {
    /// The authorities that vouch for registries, in PEM, instead of the platform's. With it, a registry on this
    /// machine is spoken to with TLS, too.
    pub ca_file: Option<PathBuf>,
    /// Whether every registry is spoken to without TLS.
    pub plain_http: bool,
    /// The registries, as `HOST` or `HOST:PORT`, that are spoken to without TLS. One on this machine always is, unless
    /// [`RegistryOptions::ca_file`] is set.
    pub plain_http_hosts: Vec<String>,
    /// Who we are.
    pub credentials: Credentials,
    /// The way to registries that are not on this machine.
    pub proxies: Proxies,
    /// How long a connection may take to be made.
    pub connect: Duration,
    /// How long nothing may come or go before an exchange is given up.
    pub stall: Duration,
    /// How long one operation may take with everything that belongs to it.
    pub deadline: Duration,
    /// How long a list may take as a whole, or the search for signatures: all of it is small.
    pub brief: Duration,
    /// How often an exchange is tried again that failed for a passing reason.
    pub retries: u32,
    /// The longest pause before the first try again; it doubles each time, and the pause is a random part of it.
    pub pause: Duration,
    /// Into pieces of how many bytes a component is cut when it is pushed; in one piece when absent.
    pub piece: Option<u64>,
}

/// The proxies on the way, as environment variables name them. URLs may have a password in them and are not shown.
#[derive(Clone, Default)]
pub struct Proxies {
    /// For registries with TLS.
    pub https: Option<String>,
    /// For registries without TLS.
    pub http: Option<String>,
    /// The hosts that are reached without a proxy, with commas between them.
    pub none: Option<String>,
}

impl Default for RegistryOptions {
    fn default() -> Self {
        Self {
            ca_file: None,
            plain_http: false,
            plain_http_hosts: Vec::new(),
            credentials: Credentials::default(),
            proxies: Proxies::default(),
            connect: Duration::from_secs(5),
            stall: Duration::from_secs(30),
            deadline: Duration::from_secs(15 * 60),
            brief: Duration::from_secs(30),
            retries: 4,
            pause: Duration::from_millis(300),
            piece: None,
        }
    }
}

impl RegistryOptions {
    /// What these environment variables say: `SERVO_REGISTRY_CREDS` (see [`Credentials::with_given`]), `SERVO_REGISTRY_CA_FILE`,
    /// `SERVO_REGISTRY_PLAIN_HTTP` (`HOST[:PORT],…`), `DOCKER_CONFIG` or `HOME` for Docker's logins, and `HTTPS_PROXY`,
    /// `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY` in upper or lower case.
    ///
    /// # Errors
    /// The credentials are of another form.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, CredentialsError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let either = |name: &str| variable(name).or_else(|| variable(&name.to_lowercase()));
        let mut credentials = Credentials::default();
        let folder = variable("DOCKER_CONFIG").map(PathBuf::from);
        let home = || Some(PathBuf::from(variable("HOME")?).join(".docker"));
        if let Some(folder) = folder.or_else(home) {
            credentials = credentials.with_docker(folder);
        }
        if let Some(login) = variable("SERVO_REGISTRY_CREDS") {
            credentials = credentials.with_given(&login.into())?;
        }
        let hosts = variable("SERVO_REGISTRY_PLAIN_HTTP").unwrap_or_default();
        let hosts = hosts.split(',').map(str::trim).filter(|host| !host.is_empty());
        let all = either("ALL_PROXY");
        Ok(Self {
            ca_file: variable("SERVO_REGISTRY_CA_FILE").map(PathBuf::from),
            plain_http_hosts: hosts.map(str::to_ascii_lowercase).collect(),
            credentials,
            proxies: Proxies {
                https: either("HTTPS_PROXY").or_else(|| all.clone()),
                http: either("HTTP_PROXY").or(all),
                none: either("NO_PROXY"),
            },
            ..Self::default()
        })
    }

    /// Whether this registry is spoken to without TLS.
    pub(super) fn is_plain(&self, reference: &Reference) -> bool {
        self.is_listed(reference.registry()) || (reference.is_loopback() && self.ca_file.is_none())
    }

    /// Whether a URL that a registry names may be asked, as far as TLS goes: its own host decides, whoever names it.
    pub(super) fn may_ask(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let port = url.port_or_known_default().unwrap_or_default();
        match url.scheme() {
            "https" => true,
            "http" => is_loopback(host) || self.is_listed(&format!("{host}:{port}")),
            _ => false,
        }
    }

    /// Whether somebody asked for no TLS at `HOST` or `HOST:PORT`.
    fn is_listed(&self, registry: &str) -> bool {
        let host = host_of(registry);
        self.plain_http || self.plain_http_hosts.iter().any(|plain| plain == registry || plain == host)
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |proxy: &Option<String>| proxy.as_ref().map(|_| "set");
        f.debug_struct("Proxies")
            .field("https", &shown(&self.https))
            .field("http", &shown(&self.http))
            .field("none", &self.none)
            .finish()
    }
}

#[cfg(test)]
mod tests;
