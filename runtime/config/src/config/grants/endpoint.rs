//! HTTP origins (scheme, host, port) and address ranges.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// An HTTP origin.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// `http` or `https`.
    pub scheme: &'static str,
    /// Host name in lower case, or an address (IPv6 without brackets); in grants also `*.` and a domain, which stands
    /// for every host below it.
    pub host: String,
    /// The port, filled in from the scheme when it is not written.
    pub port: u16,
}

/// Why a text is no HTTP origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an HTTP origin: {reason}")]
pub struct EndpointError {
    text: String,
    reason: &'static str,
}

/// IP addresses with a common prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRange {
    /// An address in the range.
    pub address: IpAddr,
    /// Leading bits that count.
    pub prefix: u8,
}

impl Endpoint {
    /// The origin of a URL; path, query and fragment are ignored.
    ///
    /// # Errors
    /// When it is not `http://` or `https://`, names a user, or host or port are not valid.
    pub fn of_url(url: &str) -> Result<Self, EndpointError> {
        // A URL with a user name may hold a password: only its beginning is repeated.
        let shown = if url.contains('@') { "a URL with a user name" } else { url };
        let error = |reason| EndpointError { text: shown.to_owned(), reason };
        let (scheme, rest) = url.split_once("://").ok_or_else(|| error("it has no scheme"))?;
        let (scheme, default) = match scheme.to_ascii_lowercase().as_str() {
            "http" => ("http", 80),
            "https" => ("https", 443),
            _ => return Err(error("the scheme must be http or https")),
        };
        let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(error("credentials do not belong into a URL; use a grant with a file"));
        }
        let (host, port) = host_port(authority).map_err(error)?;
        Ok(Endpoint { scheme, host, port: port.unwrap_or(default) })
    }

    /// A bare origin: like [`Endpoint::of_url`], and nothing but `/` may follow.
    ///
    /// # Errors
    /// As above, and when a path, query or fragment is given.
    pub fn parse_origin(text: &str) -> Result<Self, EndpointError> {
        let endpoint = Endpoint::of_url(text)?;
        let rest = text.split_once("://").map_or("", |(_, rest)| rest);
        match rest.find(['/', '?', '#', '\\']) {
            Some(at) if &rest[at..] != "/" => {
                Err(EndpointError { text: text.to_owned(), reason: "a path narrows nothing; leave it out" })
            }
            _ => Ok(endpoint),
        }
    }

    /// What may be granted: a bare origin, or one whose host is `*.` and a domain.
    ///
    /// # Errors
    /// As above, and when what follows `*.` is an address.
    pub fn parse_granted(text: &str) -> Result<Self, EndpointError> {
        let Some((scheme, below)) = text.split_once("://*.") else { return Self::parse_origin(text) };
        let error = |reason| EndpointError { text: text.to_owned(), reason };
        let endpoint = Self::parse_origin(&format!("{scheme}://{below}"))?;
        if endpoint.host.parse::<IpAddr>().is_ok() {
            return Err(error("`*.` stands before a domain, not before an address"));
        }
        Ok(Endpoint { host: format!("*.{}", endpoint.host), ..endpoint })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "{}://[{}]:{}", self.scheme, self.host, self.port)
        } else {
            write!(f, "{}://{}:{}", self.scheme, self.host, self.port)
        }
    }
}

impl AddressRange {
    /// Reads `169.254.169.254` or `10.0.0.0/8`; `None` when it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().ok()?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.trim().parse().ok()?,
            None => width,
        };
        (prefix <= width).then_some(AddressRange { address, prefix })
    }

    /// Whether an address is in the range.
    pub fn contains(&self, address: IpAddr) -> bool {
        let (mine, theirs, width) = match (self.address, address) {
            (IpAddr::V4(mine), IpAddr::V4(theirs)) => {
                (u128::from(mine.to_bits()), u128::from(theirs.to_bits()), 32)
            }
            (IpAddr::V6(mine), IpAddr::V6(theirs)) => (mine.to_bits(), theirs.to_bits(), 128),
            _ => return false,
        };
        let shift = width - u32::from(self.prefix);
        mine.checked_shr(shift).unwrap_or(0) == theirs.checked_shr(shift).unwrap_or(0)
    }
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`, the host in lower case.
pub(super) fn host_port(text: &str) -> Result<(String, Option<u16>), &'static str> {
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or("a bracket is not closed")?;
        host.parse::<Ipv6Addr>().map_err(|_| "what stands in brackets is no IPv6 address")?;
        match after {
            "" => (host, None),
            _ => (host, Some(after.strip_prefix(':').ok_or("a port follows the bracket as `:9090`")?)),
        }
    } else {
        match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if host.is_empty() || (!text.starts_with('[') && !host.chars().all(plain)) {
        return Err("the host is not valid");
    }
    let port = match port {
        None => None,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(digits.parse().ok().filter(|port| *port > 0).ok_or("the port is not between 1 and 65535")?)
        }
        Some(_) => return Err("the port is not a number"),
    };
    Ok((host.to_ascii_lowercase(), port))
}
