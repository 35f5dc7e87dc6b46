//! Targets made ready once, so that sending one builds nothing: bytes on the wire, and resolved origins.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, Method, Request, Version, header};

use crate::error::Error;
use crate::options::{Addresses, Http2, Options};
use crate::targets::Target;
use crate::url::{Scheme, Url};

const TARGETS_MAX: usize = 1_000_000;
const ORIGINS_MAX: usize = 1_000;
/// A resolver that takes longer will not become quicker.
const RESOLVE_MAX: Duration = Duration::from_secs(10);
const USER_AGENT: &str = concat!("servo-load/", env!("CARGO_PKG_VERSION"));

/// Everything the workers share; request number `n` goes to target `n` modulo their number.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) targets: Vec<Prepared>,
    pub(crate) origins: Vec<Origin>,
}

/// One target, ready to send.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// Index into [`Plan::origins`].
    pub(crate) origin: usize,
    /// Head and body as HTTP/1.1 wants them.
    pub(crate) http1: Vec<u8>,
    pub(crate) http2: Request<()>,
    pub(crate) body: Bytes,
    pub(crate) head_request: bool,
    /// May be sent again when a kept connection turns out to be closed.
    pub(crate) repeatable: bool,
}

/// A host and port, with the addresses that may be dialled for it.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) name: Arc<str>,
    pub(crate) host: String,
    pub(crate) encrypted: bool,
    pub(crate) addresses: Vec<SocketAddr>,
}

impl Plan {
    /// Prepares the targets and finds the addresses of their hosts.
    ///
    /// # Errors
    /// No target or too many, or a host without an address that may be dialled.
    pub(crate) async fn new(targets: &[Target], options: &Options) -> Result<Plan, Error> {
        if targets.is_empty() || targets.len() > TARGETS_MAX {
            return Err(Error::Targets(targets.len()));
        }
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut plan = Plan { targets: Vec::with_capacity(targets.len()), origins: Vec::new() };
        for target in targets {
            let name = target.url.origin();
            let origin = match known.get(&name) {
                Some(index) => *index,
                None if known.len() == ORIGINS_MAX => return Err(Error::Targets(targets.len())),
                None => {
                    plan.origins.push(origin(&target.url, &options.addresses).await?);
                    known.insert(name, plan.origins.len() - 1);
                    plan.origins.len() - 1
                }
            };
            plan.targets.push(prepare(target, origin, options));
        }
        Ok(plan)
    }

    pub(crate) fn encrypted(&self) -> bool {
        self.origins.iter().any(|origin| origin.encrypted)
    }
}

async fn origin(url: &Url, addresses: &Addresses) -> Result<Origin, Error> {
    let name = url.origin();
    let addresses = match addresses {
        Addresses::Fixed(map) => map.get(&(url.host.clone(), url.port)).cloned().unwrap_or_default(),
        Addresses::System => {
            let asked = tokio::net::lookup_host((url.host.as_str(), url.port));
            let found = tokio::time::timeout(RESOLVE_MAX, asked)
                .await
                .map_err(|_| Error::ResolveTimeout { origin: name.clone(), limit: RESOLVE_MAX })?
                .map_err(|source| Error::Resolve { origin: name.clone(), source })?;
            let found: Vec<SocketAddr> = found.collect();
            if found.is_empty() {
                let source = io::Error::from(io::ErrorKind::NotFound);
                return Err(Error::Resolve { origin: name, source });
            }
            found
        }
    };
    if addresses.is_empty() {
        return Err(Error::NotAllowed { origin: name });
    }
    let encrypted = url.scheme == Scheme::Https;
    Ok(Origin { name: name.into(), host: url.host.clone(), encrypted, addresses })
}

fn prepare(target: &Target, origin: usize, options: &Options) -> Prepared {
    let idempotent = matches!(
        target.method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE | Method::PUT | Method::DELETE
    );
    Prepared {
        origin,
        http1: http1(target, options.keepalive && options.http2 != Http2::Always),
        http2: http2(target),
        body: target.body.clone(),
        head_request: target.method == Method::HEAD,
        repeatable: idempotent,
    }
}

/// Headers of the target that are sent as they are, and whether one of them is `name`.
fn own_headers(target: &Target) -> impl Iterator<Item = (&str, &http::HeaderValue)> {
    let computed = [header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING];
    let headers = target.headers.iter().map(|(name, value)| (name.as_str(), value));
    headers.filter(move |(name, _)| !computed.iter().any(|other| name.eq_ignore_ascii_case(other.as_str())))
}

fn find<'a>(target: &'a Target, wanted: &HeaderName) -> Option<&'a http::HeaderValue> {
    let mut headers = target.headers.iter();
    headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted.as_str())).map(|(_, value)| value)
}

/// A body, or a method of which a server expects one, is announced with its length.
fn length(target: &Target) -> Option<usize> {
    let expected = matches!(target.method, Method::POST | Method::PUT | Method::PATCH);
    (expected || !target.body.is_empty()).then_some(target.body.len())
}

fn http1(target: &Target, keepalive: bool) -> Vec<u8> {
    let mut bytes = format!("{} {} HTTP/1.1\r\nHost: ", target.method, target.url.path).into_bytes();
    let mut line = |name: &str, value: &[u8]| {
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    };
    let authority = target.url.authority();
    line("", find(target, &header::HOST).map_or(authority.as_bytes(), |host| host.as_bytes()));
    if find(target, &header::USER_AGENT).is_none() {
        line("User-Agent: ", USER_AGENT.as_bytes());
    }
    for (name, value) in own_headers(target) {
        line(&format!("{name}: "), value.as_bytes());
    }
    if let Some(length) = length(target) {
        line("Content-Length: ", length.to_string().as_bytes());
    }
    if !keepalive && find(target, &header::CONNECTION).is_none() {
        line("Connection: ", b"close");
    }
    line("", b"");
    bytes.extend_from_slice(&target.body);
    bytes
}

fn http2(target: &Target) -> Request<()> {
    let mut request = Request::new(());
    *request.version_mut() = Version::HTTP_2;
    *request.method_mut() = target.method.clone();
    let host = find(target, &header::HOST).and_then(|host| host.to_str().ok());
    let authority = host.map_or_else(|| target.url.authority(), str::to_owned);
    let uri = format!("{}://{}{}", target.url.scheme, authority, target.url.path);
    // A `Host` header that is no authority leaves the URL's own, which parsed before.
    let own = || target.url.to_string().parse().unwrap_or_default();
    *request.uri_mut() = uri.parse().unwrap_or_else(|_| own());
    let headers = request.headers_mut();
    headers.insert(header::USER_AGENT, http::HeaderValue::from_static(USER_AGENT));
    if find(target, &header::USER_AGENT).is_some() {
        headers.remove(header::USER_AGENT);
    }
    for (name, value) in own_headers(target) {
        // HTTP/2 has no header of the connection; sending one makes the request malformed.
        let of_connection = ["connection", "keep-alive", "proxy-connection", "upgrade", "te"];
        if let Ok(name) = HeaderName::from_bytes(name.as_bytes())
            && !of_connection.contains(&name.as_str())
        {
            headers.append(name, value.clone());
        }
    }
    if let Some(length) = length(target) {
        headers.insert(header::CONTENT_LENGTH, length.into());
    }
    request
}

#[cfg(test)]
mod tests;
