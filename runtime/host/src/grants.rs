//! What an instance may reach: deny by default, granted origin by origin.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::str::FromStr;

use servo_events::Event;
use thiserror::Error;

/// Everything an instance may reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// Origins for HTTP requests.
    pub http: Vec<HttpGrant>,
    /// Origins for generated load.
    pub load: Vec<HttpGrant>,
    /// TCP peers: origins of [`Origin::of_peer`].
    pub tcp: Vec<HttpGrant>,
    /// Events that may be dispatched to other connectors.
    pub dispatch: BTreeSet<Event>,
    /// Whether it may keep keys and values.
    pub state: bool,
    /// Whether it may ask which services are up, or also change that.
    pub liveness: Option<Access>,
}

/// How far a grant goes; each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Asking.
    Read,
    /// Changing.
    Write,
}

/// A granted origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpGrant {
    /// Which origins.
    pub to: OriginPattern,
    /// Where the grant was given, for `servo show grants`: a file with line, or a settings field.
    pub source: String,
    /// What the host adds to requests to this origin; the instance never sees it.
    pub secrets: Vec<SecretHeader>,
    /// Link-local and metadata addresses, with the leading bits that count, that the origin may resolve to.
    pub addresses: Vec<(IpAddr, u8)>,
    /// Files for TLS.
    pub certificates: Certificates,
    /// The header that tells the origin the number of the leadership, so that it can refuse an old one.
    pub term_header: Option<http::HeaderName>,
}

/// Files in PEM form that a grant of HTTPS goes by; read when its first request is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificates {
    /// The authorities that the origin's certificate comes from, instead of the system's.
    pub authorities: Option<PathBuf>,
    /// The certificate, with its chain, that says who the host is, and its private key.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// A header whose value stands in a file, which is read for each request, so that it can be renewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretHeader {
    /// The header.
    pub name: http::HeaderName,
    /// How the text of the file becomes its value.
    pub form: SecretForm,
    /// The file; white space around its text is ignored.
    pub file: PathBuf,
}

/// How a secret becomes a header value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretForm {
    /// As it is.
    Plain,
    /// `Bearer` and the text.
    Bearer,
    /// `Basic` and the base64 of this user and the text (RFC 7617).
    Basic {
        /// The user.
        username: String,
    },
    /// `sha256=` and the HMAC-SHA-256 of the body by this key, in hexadecimal digits: what the origin gets is what was
    /// sent, by somebody who has the key.
    HmacSha256,
}

/// Scheme, host and port of a URL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// `http`, `https` or `tcp`.
    pub scheme: String,
    /// In lower case, without trailing dot; IPv6 addresses in brackets.
    pub host: String,
    /// Given or the scheme's own.
    pub port: u16,
}

/// An origin, or all hosts below a domain: `https://*.example.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginPattern {
    scheme: String,
    host: String,
    port: u16,
    below: bool,
}

/// Not an origin.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{text}` is not an origin: {reason}; write for example `https://prometheus.internal:9090`")]
pub struct OriginError {
    text: String,
    reason: &'static str,
}

impl Access {
    /// As it is written in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Origin {
    /// The origin of a URL. User information is refused, and so is any scheme but `http` and `https`.
    pub fn of_url(text: &str) -> Result<Self, OriginError> {
        let error = |reason| OriginError { text: text.to_owned(), reason };
        let uri: http::Uri = text.parse().map_err(|_| error("not a URL"))?;
        let scheme = uri.scheme_str().ok_or_else(|| error("the scheme is missing"))?.to_ascii_lowercase();
        let default = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return Err(error("the scheme is neither http nor https")),
        };
        let authority = uri.authority().ok_or_else(|| error("the host is missing"))?;
        if authority.as_str().contains('@') {
            return Err(error("user information is not allowed"));
        }
        let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
        if host.is_empty() {
            return Err(error("the host is missing"));
        }
        Ok(Self { scheme, host, port: authority.port_u16().unwrap_or(default) })
    }

    /// A TCP peer: a host name or address, and its port.
    pub fn of_peer(host: &str, port: u16) -> Self {
        let plain =
            host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase();
        let host = if plain.contains(':') { format!("[{plain}]") } else { plain };
        Self { scheme: "tcp".into(), host, port }
    }

    /// Whether a URL, as the HTTP client reads it, leads here.
    pub(crate) fn is_of(&self, url: &reqwest::Url) -> bool {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        let read = Self {
            scheme: url.scheme().into(),
            host: host.into(),
            port: url.port_or_known_default().unwrap_or(0),
        };
        let address = self.address();
        let same_host = self.host == read.host || (address.is_some() && address == read.address());
        same_host && self.scheme == read.scheme && self.port == read.port
    }

    /// The address, when the host is one.
    pub fn address(&self) -> Option<IpAddr> {
        self.host.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.scheme, self.host, self.port)
    }
}

impl FromStr for OriginPattern {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (plain, below) = match text.split_once("://*.") {
            Some((scheme, rest)) => (format!("{scheme}://{rest}"), true),
            None => (text.to_owned(), false),
        };
        let named = |error: OriginError| OriginError { text: text.to_owned(), ..error };
        let origin = Origin::of_url(&plain).map_err(named)?;
        if plain.contains('*') || (below && origin.address().is_some()) {
            return Err(OriginError {
                text: text.to_owned(),
                reason: "`*.` stands for whole labels before a domain",
            });
        }
        Ok(Self { scheme: origin.scheme, host: origin.host, port: origin.port, below })
    }
}

impl From<Origin> for OriginPattern {
    fn from(origin: Origin) -> Self {
        Self { scheme: origin.scheme, host: origin.host, port: origin.port, below: false }
    }
}

impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let star = if self.below { "*." } else { "" };
        write!(f, "{}://{star}{}:{}", self.scheme, self.host, self.port)
    }
}

impl OriginPattern {
    /// Whether it names exactly this host.
    pub(crate) fn is_host(&self, host: &str) -> bool {
        !self.below && self.host == host
    }

    /// Whether it stands for every origin that the other one stands for.
    pub fn covers(&self, other: &Self) -> bool {
        let origin = Origin { scheme: other.scheme.clone(), host: other.host.clone(), port: other.port };
        self == other || (!other.below && self.matches(&origin))
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    fn matches(&self, origin: &Origin) -> bool {
        self.scheme == origin.scheme
            && self.port == origin.port
            && if self.below {
                origin.host.strip_suffix(&self.host).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
            } else {
                origin.host == self.host
            }
    }
}

impl HttpGrant {
    /// The place of the grant that allows `origin`, exact ones first; only those that are still `valid`.
    pub(crate) fn find(grants: &[Self], origin: &Origin, valid: impl Fn(&Self) -> bool) -> Option<usize> {
        let matches = |grant: &Self| grant.to.matches(origin) && valid(grant);
        let matching = || grants.iter().enumerate().filter(|(_, grant)| matches(grant));
        let exact = matching().find(|(_, grant)| !grant.to.below);
        exact.or_else(|| matching().next()).map(|(index, _)| index)
    }

    /// Whether a connection to `address` is allowed for the name or address `host`, if the grant covers it.
    pub(crate) fn allows_host(&self, host: &str, address: IpAddr) -> bool {
        let origin = Origin { scheme: self.to.scheme.clone(), host: host.to_owned(), port: self.to.port };
        self.to.matches(&origin) && self.allows(&origin, address)
    }

    /// Whether a connection to `address` is allowed for `origin`.
    ///
    /// An origin that is named may be anywhere but on link-local and metadata addresses, which must be named
    /// as addresses; a wildcard reaches public addresses only.
    pub(crate) fn allows(&self, origin: &Origin, address: IpAddr) -> bool {
        let address = canonical(address);
        match reach(address) {
            Reach::Never => false,
            Reach::ByAddress => {
                !self.to.below
                    && (origin.address().map(canonical) == Some(address)
                        || self
                            .addresses
                            .iter()
                            .any(|(range, bits)| within(address, canonical(*range), *bits)))
            }
            Reach::ByName => !self.to.below,
            Reach::Public => true,
        }
    }
}

/// How closely an address must be named to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Public,
    ByName,
    ByAddress,
    Never,
}

/// Metadata services outside the link-local range: Azure, Oracle.
const METADATA_V4: [Ipv4Addr; 2] = [Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(192, 0, 0, 192)];
/// The same: AWS, Google.
const METADATA_V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)];

/// Tunnels to what an IPv4 address inside says (Teredo), and examples.
const NOT_PUBLIC_V6: [(u16, u16); 2] = [(0x2001, 0), (0x2001, 0x0db8)];

/// A network's own NAT64 (RFC 8215): it leads to IPv4 addresses, and only that network knows to which.
fn is_local_nat64(v6: Ipv6Addr) -> bool {
    matches!(v6.segments(), [0x64, 0xff9b, 1, ..])
}

fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            if v4.is_unspecified() || v4.is_multicast() || v4.is_broadcast() || a == 0 || a >= 240 {
                Reach::Never
            } else if v4.is_link_local() || (a, b, c) == (100, 100, 100) || METADATA_V4.contains(&v4) {
                Reach::ByAddress
            } else if v4.is_loopback()
                || v4.is_private()
                || (a == 100 && (64..128).contains(&b))
                || (a == 198 && (18..20).contains(&b))
                || (a, b, c) == (192, 0, 0)
                || v4.is_documentation()
            {
                Reach::ByName
            } else {
                Reach::Public
            }
        }
        IpAddr::V6(v6) => {
            let first = v6.segments()[0];
            if v6.is_unspecified() || v6.is_multicast() {
                Reach::Never
            } else if (first & 0xffc0) == 0xfe80 || METADATA_V6.contains(&v6) || is_local_nat64(v6) {
                Reach::ByAddress
            } else if v6.is_loopback()
                || (first & 0xfe00) == 0xfc00
                || (first & 0xffc0) == 0xfec0
                || NOT_PUBLIC_V6.contains(&(first, v6.segments()[1]))
                || (first == 0x3fff && v6.segments()[1] < 0x1000)
            {
                Reach::ByName
            } else {
                Reach::Public
            }
        }
    }
}

fn within(address: IpAddr, range: IpAddr, bits: u8) -> bool {
    let shifted = |value: u128, width: u8| value.checked_shr(u32::from(width - bits.min(width))).unwrap_or(0);
    match (address, range) {
        (IpAddr::V4(a), IpAddr::V4(b)) => shifted(a.to_bits().into(), 32) == shifted(b.to_bits().into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => shifted(a.to_bits(), 128) == shifted(b.to_bits(), 128),
        _ => false,
    }
}

/// Unwraps IPv4 addresses that are written as IPv6: mapped, translated, compatible, NAT64 and 6to4.
fn canonical(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let s = v6.segments();
    let tail = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        IpAddr::from([a, b, c, d])
    };
    match s {
        [0, 0, 0, 0, 0, 0xffff, high, low] => tail(high, low),
        [0, 0, 0, 0, 0xffff, 0, high, low] => tail(high, low),
        [0, 0, 0, 0, 0, 0, high, low] if (high, low) != (0, 0) && (high, low) != (0, 1) => tail(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => tail(high, low),
        [0x2002, high, low, ..] => tail(high, low),
        _ => address,
    }
}

#[cfg(test)]
mod tests;
