//! Where a request goes: scheme, host, port and path of an absolute `http` or `https` URL.

use std::fmt;
use std::str::FromStr;

/// Whether the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// Plain TCP.
    Http,
    /// TLS over TCP.
    Https,
}

/// An absolute URL without user, password and fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// Plain or encrypted.
    pub scheme: Scheme,
    /// Name or address, in lower case; an IPv6 address stands without brackets.
    pub host: String,
    /// The port, the scheme's own when the text had none.
    pub port: u16,
    /// Path and query, never empty, starting with `/`.
    pub path: String,
}

/// Why a text is not a URL that can be attacked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Not a URL at all, or without scheme or host.
    #[error("`{0}` is not an absolute URL; write one like `http://host:8080/path`")]
    Invalid(String),
    /// A scheme other than http and https.
    #[error("`{0}` has a scheme that cannot be attacked; use http:// or https://")]
    Scheme(String),
    /// User or password in front of the host.
    #[error("`{0}` carries credentials; put them into an `Authorization` header instead")]
    Credentials(String),
}

impl Url {
    /// Host and port as they stand in a `Host` header: the port only when it is not the scheme's own.
    pub fn authority(&self) -> String {
        let host = self.bracketed();
        if self.port == self.scheme.port() { host } else { format!("{host}:{}", self.port) }
    }

    /// Scheme, host and port, for messages.
    pub fn origin(&self) -> String {
        format!("{}://{}:{}", self.scheme, self.bracketed(), self.port)
    }

    fn bracketed(&self) -> String {
        if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() }
    }
}

impl Scheme {
    fn port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

impl FromStr for Url {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Url, UrlError> {
        let invalid = || UrlError::Invalid(text.to_owned());
        let whole = text.split('#').next().unwrap_or_default();
        let uri: http::Uri = whole.parse().map_err(|_| invalid())?;
        let scheme = match uri.scheme_str() {
            Some("http") => Scheme::Http,
            Some("https") => Scheme::Https,
            Some(_) => return Err(UrlError::Scheme(text.to_owned())),
            None => return Err(invalid()),
        };
        let authority = uri.authority().ok_or_else(invalid)?;
        if authority.as_str().contains('@') {
            return Err(UrlError::Credentials(text.to_owned()));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        // `host:` and `host:99999` parse as an authority without a port; both are mistakes.
        let port = match authority.port_u16() {
            Some(0) => return Err(invalid()),
            Some(port) => port,
            None if authority.as_str().len() != authority.host().len() => return Err(invalid()),
            None => scheme.port(),
        };
        if host.is_empty() {
            return Err(invalid());
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Url { scheme, host, port, path })
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}://{}{}", self.scheme, self.authority(), self.path)
    }
}

#[cfg(test)]
mod tests;
