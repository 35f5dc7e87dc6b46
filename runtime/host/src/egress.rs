//! Outgoing HTTP of one instance: grant, rate, place, address, then the connection.
//!
//! The order matters: nothing is resolved for an origin that is not granted, and the connection goes to exactly
//! the addresses that were checked. Connections are pooled for one instance and never shared.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls_platform_verifier::BuilderVerifierExt;
use thiserror::Error;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};

use crate::counters::Tally;
use crate::grants::{HttpGrant, Origin, SecretForm, SecretHeader};
use crate::limits::{Allowance, Bucket, Limits};

/// The most of a file with a secret that is read.
const SECRET_MAX: u64 = 64 << 10;
/// Idle connections are closed after this time.
const IDLE: Duration = Duration::from_secs(30);
/// Headers that belong to the connection, not to the guest.
const FORBIDDEN: [HeaderName; 9] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::TE,
    header::TRAILER,
    header::PROXY_AUTHORIZATION,
    header::EXPECT,
];

/// Why there is no response. Every text names the origin and, where there is one, the next step.
#[derive(Clone, Debug, Error)]
pub(crate) enum EgressError {
    #[error("{0}")]
    Denied(String),
    #[error("{0}")]
    Prohibited(String),
    #[error("{0}")]
    Invalid(String),
    #[error("{0}")]
    Unreachable(String),
    #[error("{0}")]
    TimedOut(String),
    #[error("{0}")]
    Limit(String),
    #[error("{0}")]
    Protocol(String),
}

/// The way out of one instance.
#[derive(Debug)]
pub(crate) struct Egress {
    alias: Arc<str>,
    grants: Arc<[HttpGrant]>,
    /// One for each grant: what one origin may resolve to says nothing about another one of the same host.
    clients: Box<[OnceLock<reqwest::Client>]>,
    requests: Bucket,
    in_flight: Semaphore,
    limits: Limits,
    sent: Allowance,
    received: Allowance,
    /// Bytes of complete answers that the guest has not dropped, over all calls.
    held: AtomicU64,
    tally: Arc<Tally>,
}

/// A response whose body counts against the limits of the call as it is read. Holds its place among the
/// requests in flight until it is dropped.
#[derive(Debug)]
pub(crate) struct Response<'a> {
    response: reqwest::Response,
    egress: &'a Egress,
    origin: Origin,
    deadline: Instant,
    _place: SemaphorePermit<'a>,
}

impl Egress {
    pub(crate) fn new(alias: Arc<str>, grants: Vec<HttpGrant>, limits: Limits, tally: Arc<Tally>) -> Self {
        Self {
            alias,
            clients: grants.iter().map(|_| OnceLock::new()).collect(),
            grants: grants.into(),
            requests: Bucket::new(limits.http_requests),
            in_flight: Semaphore::new(limits.http_in_flight),
            limits,
            sent: Allowance::new(limits.http_bytes),
            received: Allowance::new(limits.http_bytes),
            held: AtomicU64::new(0),
            tally,
        }
    }

    /// A new call of the instance begins.
    pub(crate) fn reset(&self) {
        self.sent.reset();
        self.received.reset();
    }

    /// Counts bytes of a request body against the call.
    pub(crate) fn charge(&self, bytes: usize) -> Result<(), EgressError> {
        if self.sent.take(bytes) {
            return Ok(());
        }
        self.tally.limit("http_bytes");
        Err(EgressError::Limit(format!(
            "http_bytes: more than {} bytes sent in one call",
            self.limits.http_bytes
        )))
    }

    /// Counts a complete answer as kept until [`Egress::release`].
    pub(crate) fn hold(&self, bytes: usize) -> Result<(), EgressError> {
        let before = self.held.fetch_add(bytes as u64, Relaxed);
        if before + bytes as u64 <= self.limits.http_bytes {
            return Ok(());
        }
        self.release(bytes);
        self.tally.limit("http_bytes");
        Err(EgressError::Limit(format!(
            "http_bytes: more than {} bytes of answers kept",
            self.limits.http_bytes
        )))
    }

    /// The answer was dropped.
    pub(crate) fn release(&self, bytes: usize) {
        self.held.fetch_sub(bytes as u64, Relaxed);
    }

    /// Sends a request and returns once the head of the response is there. The body is made when the request may
    /// be sent and has its place, and is counted with [`Egress::charge`] by the one who makes it.
    pub(crate) async fn send(
        &self,
        request: http::Request<impl Future<Output = Result<Bytes, EgressError>>>,
        deadline: Instant,
    ) -> Result<Response<'_>, EgressError> {
        let url = request.uri().to_string();
        let origin = Origin::of_url(&url).map_err(|error| EgressError::Invalid(error.to_string()))?;
        let name = origin.to_string();
        let result = match timeout_at(deadline, self.exchange(request, &origin, deadline)).await {
            Ok(result) => result,
            Err(_) => Err(EgressError::TimedOut(format!("no response from {name} in time"))),
        };
        match &result {
            Ok(_) => self.tally.http(&name, true),
            Err(error) => {
                self.tally.http(&name, false);
                if let EgressError::Denied(_) | EgressError::Prohibited(_) = error {
                    self.tally.denied();
                }
            }
        }
        result
    }

    async fn exchange(
        &self,
        request: http::Request<impl Future<Output = Result<Bytes, EgressError>>>,
        origin: &Origin,
        deadline: Instant,
    ) -> Result<Response<'_>, EgressError> {
        let index = self.permit(origin)?;
        if let Some(name) = request.headers().keys().find(|name| FORBIDDEN.contains(name)) {
            return Err(EgressError::Invalid(format!(
                "the header `{name}` belongs to the host; leave it out"
            )));
        }
        // A server that answers TRACE would tell the guest what the host added.
        if [http::Method::CONNECT, http::Method::TRACE].contains(request.method()) {
            return Err(EgressError::Invalid(format!("the method {} is not allowed", request.method())));
        }
        if !self.requests.take(1) {
            self.tally.limit("http_requests");
            return Err(EgressError::Limit(format!(
                "http_requests: more than {} requests, refused one to {origin}",
                self.limits.http_requests
            )));
        }
        let closed = |_| EgressError::Unreachable("the instance ends".into());
        let place = self.in_flight.acquire().await.map_err(closed)?;
        let (mut parts, body) = request.into_parts();
        let body = reqwest::Body::from(body.await?);
        for header in &self.grants[index].secrets {
            parts.headers.insert(header.name.clone(), secret(header).await?);
        }
        let request = reqwest::Request::try_from(http::Request::from_parts(parts, body))
            .map_err(|error| EgressError::Invalid(format!("not a request for {origin}: {error}")))?;
        let response = self.client(index)?.execute(request).await.map_err(|error| failure(origin, &error))?;
        Ok(Response { response, egress: self, origin: origin.clone(), deadline, _place: place })
    }

    /// The place of the grant for an origin, if its address, where it is one, is allowed too.
    fn permit(&self, origin: &Origin) -> Result<usize, EgressError> {
        let index = HttpGrant::find(&self.grants, origin).ok_or_else(|| {
            EgressError::Denied(format!(
                "{origin} is not granted to `{alias}`; add it under connectors.{alias}.grants.http",
                alias = self.alias
            ))
        })?;
        match origin.address() {
            Some(address) if !self.grants[index].allows(origin, address) => Err(prohibited(origin)),
            _ => Ok(index),
        }
    }

    fn client(&self, index: usize) -> Result<&reqwest::Client, EgressError> {
        if let Some(client) = self.clients[index].get() {
            return Ok(client);
        }
        let unusable =
            |error: &dyn Error| EgressError::Unreachable(format!("no HTTP client: {}", chain(error)));
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls().map_err(|error| unusable(&error))?)
            .dns_resolver(Resolver(self.grants[index].clone()))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(self.limits.http_in_flight)
            .pool_idle_timeout(IDLE)
            .build()
            .map_err(|error| unusable(&error))?;
        Ok(self.clients[index].get_or_init(|| client))
    }

    fn too_much(&self, way: &str, origin: &Origin) -> EgressError {
        self.tally.limit("http_bytes");
        EgressError::Limit(format!(
            "http_bytes: more than {} bytes {way} {origin} in one call",
            self.limits.http_bytes
        ))
    }
}

impl Response<'_> {
    pub(crate) fn status(&self) -> http::StatusCode {
        self.response.status()
    }

    pub(crate) fn headers(&self) -> &http::HeaderMap {
        self.response.headers()
    }

    /// Reads the whole body, within the deadline and the bytes of the call.
    pub(crate) async fn body(mut self) -> Result<Vec<u8>, EgressError> {
        let mut body = Vec::new();
        loop {
            let chunk = timeout_at(self.deadline, self.response.chunk()).await.map_err(|_| {
                EgressError::TimedOut(format!("the response of {} was not complete in time", self.origin))
            })?;
            match chunk.map_err(|error| failure(&self.origin, &error))? {
                Some(chunk) if !self.egress.received.take(chunk.len()) => {
                    return Err(self.egress.too_much("received from", &self.origin));
                }
                Some(chunk) => body.extend_from_slice(&chunk),
                None => return Ok(body),
            }
        }
    }
}

/// Resolves names for the client of one grant and leaves out what it does not allow.
#[derive(Debug)]
struct Resolver(HttpGrant);

/// All addresses of a name are such that no grant allows them.
#[derive(Debug, Error)]
#[error("no address of the name is allowed by the grant")]
struct Prohibited;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let grant = self.0.clone();
        Box::pin(async move {
            let host = name.as_str().trim_end_matches('.').to_ascii_lowercase();
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let allowed = allowed(&grant, &host, found);
            if allowed.is_empty() {
                return Err(Prohibited.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// The addresses of a host that its grant allows.
pub(crate) fn allowed(
    grant: &HttpGrant,
    host: &str,
    found: impl Iterator<Item = SocketAddr>,
) -> Vec<SocketAddr> {
    found.filter(|address| grant.allows_host(host, address.ip())).collect()
}

pub(crate) fn prohibited(origin: &Origin) -> EgressError {
    EgressError::Prohibited(format!(
        "{origin} leads to an address that its grant does not allow; link-local and metadata addresses must be \
         granted as addresses, private ones without a wildcard"
    ))
}

async fn secret(header: &SecretHeader) -> Result<HeaderValue, EgressError> {
    use tokio::io::AsyncReadExt;
    let read = async {
        if !tokio::fs::metadata(&header.file).await?.is_file() {
            return Err(std::io::Error::other("it is not a file"));
        }
        let mut text = String::new();
        tokio::fs::File::open(&header.file).await?.take(SECRET_MAX).read_to_string(&mut text).await?;
        Ok(text)
    };
    let text: std::io::Result<String> = read.await;
    let file = header.file.display();
    let text = text.map_err(|error| EgressError::Unreachable(format!("the secret in `{file}`: {error}")))?;
    let text = text.trim();
    let value = match &header.form {
        SecretForm::Plain => text.to_owned(),
        SecretForm::Bearer => format!("Bearer {text}"),
        SecretForm::Basic { username } => {
            format!("Basic {}", BASE64_STANDARD.encode(format!("{username}:{text}")))
        }
    };
    let mut value = HeaderValue::from_str(&value).map_err(|_| {
        EgressError::Unreachable(format!("the secret in `{file}` is not one line of ASCII text"))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// One TLS configuration for the process: reading the trusted certificates costs milliseconds.
fn tls() -> Result<rustls::ClientConfig, rustls::Error> {
    static TLS: OnceLock<rustls::ClientConfig> = OnceLock::new();
    if let Some(config) = TLS.get() {
        return Ok(config.clone());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TLS.get_or_init(|| config).clone())
}

fn failure(origin: &Origin, error: &reqwest::Error) -> EgressError {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.is::<Prohibited>() {
            return prohibited(origin);
        }
        cause = inner.source();
    }
    let text = chain(error);
    if error.is_timeout() {
        EgressError::TimedOut(format!("{origin}: {text}"))
    } else if error.is_connect() {
        EgressError::Unreachable(format!("{origin} cannot be reached: {text}"))
    } else {
        EgressError::Protocol(format!("{origin} broke the exchange: {text}"))
    }
}

/// The innermost cause says what happened; the outer ones only repeat the URL.
fn chain(error: &dyn Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}
