//! Outgoing HTTP of one instance: grant, rate, place, address, then the connection.
//!
//! The order matters: nothing is resolved for an origin that is not granted, and the connection goes to exactly
//! the addresses that were checked. Connections are pooled for one instance and never shared.

mod error;
mod head;
mod resolve;
mod secret;
mod staged;
mod tls;

use std::error::Error;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};
use tracing::field::Empty;
use tracing::{Instrument as _, error_span};

use crate::counters::Tally;
use crate::gate::WayOut;
use crate::grants::{HttpGrant, Origin};
use crate::limits::{Allowance, Bucket, Limits};
use crate::revoked::{Grant, Revoked};
use crate::stage::{Sent, Stage};
pub(crate) use error::{EgressError, Kind};
pub(crate) use head::{HEADERS_MAX, is_forbidden};
use resolve::Resolver;
pub(crate) use resolve::{Lookups, allowed};
use staged::Staged;

/// Idle connections are closed after this time.
const IDLE: Duration = Duration::from_secs(30);

/// The way out of one instance.
#[derive(Debug)]
pub(crate) struct Egress {
    alias: Arc<str>,
    grants: Arc<[HttpGrant]>,
    revoked: Arc<Revoked>,
    /// One for each grant: what one origin may resolve to says nothing about another one of the same host.
    clients: Box<[OnceLock<reqwest::Client>]>,
    lookups: Lookups,
    requests: Bucket,
    in_flight: Semaphore,
    most_in_flight: AtomicUsize,
    limits: Limits,
    sent: Allowance,
    received: Allowance,
    /// Bytes of complete answers that the guest has not dropped, over all calls.
    held: AtomicU64,
    tally: Arc<Tally>,
    way_out: Arc<WayOut>,
    stage: Option<Arc<Stage>>,
}

/// What lies between the instance and the world.
#[derive(Debug, Default)]
pub(crate) struct Outside {
    pub(crate) way_out: Arc<WayOut>,
    /// What stands in for the world, if something does.
    pub(crate) stage: Option<Arc<Stage>>,
}

/// Until when an exchange may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// The head of the response.
    pub(crate) head: Instant,
    /// Each part of its body after the one before; no bound but `end` when absent.
    pub(crate) gap: Option<Duration>,
    /// The whole body.
    pub(crate) end: Instant,
}

/// A response whose body counts against the limits of the call as it is read. Holds its place among the
/// requests in flight until it is dropped.
#[derive(Debug)]
pub(crate) struct Response<'a> {
    response: reqwest::Response,
    egress: &'a Egress,
    origin: Origin,
    times: Times,
    _place: SemaphorePermit<'a>,
}

impl Egress {
    pub(crate) fn new(
        alias: Arc<str>,
        grants: Vec<HttpGrant>,
        revoked: Arc<Revoked>,
        limits: Limits,
        tally: Arc<Tally>,
        outside: Outside,
    ) -> Self {
        let Outside { way_out, stage } = outside;
        Self {
            alias,
            revoked,
            clients: grants.iter().map(|_| OnceLock::new()).collect(),
            grants: grants.into(),
            lookups: Lookups::new(limits.http_in_flight),
            requests: Bucket::new(limits.http_requests),
            in_flight: Semaphore::new(limits.http_in_flight),
            most_in_flight: AtomicUsize::new(0),
            limits,
            sent: Allowance::new(limits.http_bytes),
            received: Allowance::new(limits.http_bytes),
            held: AtomicU64::new(0),
            tally,
            way_out,
            stage,
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
        let text = format!("http_bytes: more than {} bytes sent in one call", self.limits.http_bytes);
        Err(EgressError::new(Kind::Sent, text))
    }

    /// Counts a complete answer as kept until [`Egress::release`].
    pub(crate) fn hold(&self, bytes: usize) -> Result<(), EgressError> {
        let before = self.held.fetch_add(bytes as u64, Relaxed);
        if before + bytes as u64 <= self.limits.http_bytes {
            return Ok(());
        }
        self.release(bytes);
        self.tally.limit("http_bytes");
        let text = format!("http_bytes: more than {} bytes of answers kept", self.limits.http_bytes);
        Err(EgressError::new(Kind::Received, text))
    }

    /// The answer was dropped.
    pub(crate) fn release(&self, bytes: usize) {
        self.held.fetch_sub(bytes as u64, Relaxed);
    }

    /// What is in use of the HTTP limits, and the most that ever was.
    pub(crate) fn used(&self, used: &mut Limits, peak: &mut Limits) {
        (used.http_requests, peak.http_requests) = self.requests.used();
        (used.http_in_flight, peak.http_in_flight) = (self.in_flight(), self.most_in_flight.load(Relaxed));
        let (sent, received) = (self.sent.used(), self.received.used());
        (used.http_bytes, peak.http_bytes) = (sent.0.max(received.0), sent.1.max(received.1));
    }

    fn in_flight(&self) -> usize {
        self.limits.http_in_flight.saturating_sub(self.in_flight.available_permits())
    }

    /// The names that the instance looks up, whatever for.
    pub(crate) fn lookups(&self) -> &Lookups {
        &self.lookups
    }

    /// Sends a request and returns once the head of the response is there. The body is made when the request may
    /// be sent and has its place, and is counted with [`Egress::charge`] by the one who makes it.
    pub(crate) async fn send(
        &self,
        request: http::Request<impl Future<Output = Result<Bytes, EgressError>>>,
        times: Times,
    ) -> Result<Response<'_>, EgressError> {
        let origin = Origin::of_url(&request.uri().to_string())
            .map_err(|error| EgressError::new(Kind::Url, error.to_string()))?;
        // The path may say what is nobody else's business.
        let span = error_span!(
            target: "span",
            "HTTP",
            otel.name = request.method().as_str(),
            otel.kind = "client",
            http.request.method = request.method().as_str(),
            server.address = %origin,
            http.response.status_code = Empty,
            otel.status_description = Empty
        );
        let result = self.try_send(request, &origin, times).instrument(span.clone()).await;
        match &result {
            Ok(response) => span.record("http.response.status_code", i64::from(response.status().as_u16())),
            Err(error) => span.record("otel.status_description", error.text.as_str()),
        };
        self.tally.http(&origin.to_string(), result.is_ok());
        match &result {
            Err(EgressError { kind: Kind::Denied, .. }) => self.tally.denied("http"),
            Err(EgressError { kind: Kind::Prohibited, .. }) => self.tally.denied("http_address"),
            _ => return result,
        }
        if let Some(stage) = &self.stage {
            stage.script().denied(&origin.to_string());
        }
        result
    }

    async fn try_send(
        &self,
        request: http::Request<impl Future<Output = Result<Bytes, EgressError>>>,
        origin: &Origin,
        times: Times,
    ) -> Result<Response<'_>, EgressError> {
        let grant = self.permit(origin)?;
        head::check(request.method(), request.headers(), origin)?;
        if !self.requests.take(1) {
            let text = format!("more than {} requests, refused one to {origin}", self.limits.http_requests);
            return Err(self.limit("http_requests", &text));
        }
        let head = times.head.min(times.end);
        let Ok(place) = timeout_at(head, self.in_flight.acquire()).await else {
            let text =
                format!("{} requests at a time, no place for one to {origin}", self.limits.http_in_flight);
            return Err(self.limit("http_in_flight", &text));
        };
        let place = place.map_err(|_| EgressError::new(Kind::Ended, "the instance ends"))?;
        self.most_in_flight.fetch_max(self.in_flight(), Relaxed);
        let response = match timeout_at(head, self.exchange(request, origin, grant, head)).await {
            Ok(response) => response?,
            Err(_) => {
                let text = format!("no response from {origin} in time");
                return Err(EgressError::new(Kind::TimedOut, text));
            }
        };
        let weight = head::weight(response.headers());
        if weight > HEADERS_MAX {
            let text = format!(
                "the headers of the response of {origin} are {weight} bytes, more than {HEADERS_MAX}"
            );
            return Err(EgressError::new(Kind::ResponseHeaders, text));
        }
        Ok(Response { response, egress: self, origin: origin.clone(), times, _place: place })
    }

    async fn exchange(
        &self,
        request: http::Request<impl Future<Output = Result<Bytes, EgressError>>>,
        origin: &Origin,
        grant: usize,
        end: Instant,
    ) -> Result<reqwest::Response, EgressError> {
        let (mut parts, body) = request.into_parts();
        let body = body.await?;
        let stage = self.stage.as_deref();
        let staged = stage.map(|stage| {
            let (method, url) = (parts.method.to_string(), parts.uri.to_string());
            let sent = Sent { method, url, headers: staged::headers(&parts.headers), body: body.to_vec() };
            Staged { stage, origin, grant, sent, end }
        });
        let mut secrets = Vec::new();
        // A script needs to prove nothing to anybody.
        if stage.is_none_or(|stage| stage.live().is_some()) {
            for header in &self.grants[grant].secrets {
                let value = secret::value(header, &body).await?;
                secrets.extend(staged.as_ref().and_then(|_| value.to_str().ok().map(str::to_owned)));
                parts.headers.insert(header.name.clone(), value);
            }
        }
        let body = reqwest::Body::from(body);
        let request = reqwest::Request::try_from(http::Request::from_parts(parts, body));
        let unusable = |why: &dyn std::fmt::Display| {
            EgressError::new(Kind::Url, format!("not a request for {origin}: {why}"))
        };
        let mut request = request.map_err(|error| unusable(&error))?;
        // The client reads the URL with another parser: it must see the origin that was checked.
        if !origin.is_of(request.url()) {
            return Err(unusable(&format!("its URL can be read as `{}`", request.url())));
        }
        if let Some(staged) = staged {
            return self.staged(staged, request, secrets).await;
        }
        let client = self.client(grant).await?;
        let term = self.pass(grant, origin, request.headers_mut())?;
        // Connecting takes a while, and what the request says of the leader must be true when it goes out.
        let response = self.way_out.under(term, client.execute(request)).await;
        let response = response.map_err(|closed| EgressError::closed(origin, closed))?;
        response.map_err(|error| EgressError::of_exchange(origin, &error))
    }

    /// Asks the gate, and tells the origin who leads.
    fn pass(
        &self,
        grant: usize,
        origin: &Origin,
        headers: &mut http::HeaderMap,
    ) -> Result<Option<i64>, EgressError> {
        let passed = self.way_out.pass();
        let term = passed.map_err(|closed| EgressError::closed(origin, closed))?;
        if let Some(name) = &self.grants[grant].term_header {
            // Whatever the guest says of it.
            headers.remove(name);
            headers.extend(term.map(|term| (name.clone(), http::HeaderValue::from(term))));
        }
        Ok(term)
    }

    /// The place of the grant for an origin, if its address, where it is one, is allowed too.
    fn permit(&self, origin: &Origin) -> Result<usize, EgressError> {
        let valid = |grant: &HttpGrant| !self.revoked.has(|| Grant::Http(grant.to.clone()));
        let index = HttpGrant::find(&self.grants, origin, valid).ok_or_else(|| {
            let alias = &self.alias;
            let text =
                format!("{origin} is not granted to `{alias}`; add it under connectors.{alias}.grants.http");
            EgressError::new(Kind::Denied, text)
        })?;
        match origin.address() {
            Some(address) if !self.grants[index].allows(origin, address) => {
                Err(EgressError::prohibited(origin))
            }
            _ => Ok(index),
        }
    }

    async fn client(&self, index: usize) -> Result<&reqwest::Client, EgressError> {
        if let Some(client) = self.clients[index].get() {
            return Ok(client);
        }
        let tls = tls::config(&self.grants[index].certificates).await;
        let tls = tls.map_err(|why| {
            EgressError::new(Kind::Unreachable, format!("the certificates cannot be used: {why}"))
        })?;
        let unusable = |error: &dyn Error| {
            EgressError::new(Kind::Unreachable, format!("no HTTP client: {}", error::innermost(error)))
        };
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(Resolver { grant: self.grants[index].clone(), lookups: self.lookups.clone() })
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(self.limits.http_in_flight)
            .pool_idle_timeout(IDLE)
            .build()
            .map_err(|error| unusable(&error))?;
        Ok(self.clients[index].get_or_init(|| client))
    }

    fn limit(&self, name: &'static str, text: &str) -> EgressError {
        self.tally.limit(name);
        EgressError::new(Kind::Limit, format!("{name}: {text}"))
    }
}

impl Response<'_> {
    pub(crate) fn status(&self) -> http::StatusCode {
        self.response.status()
    }

    pub(crate) fn headers(&self) -> &http::HeaderMap {
        self.response.headers()
    }

    /// Reads the whole body, within the times and the bytes of the call.
    pub(crate) async fn body(mut self) -> Result<Vec<u8>, EgressError> {
        let (egress, origin, Times { gap, end, .. }) = (self.egress, &self.origin, self.times);
        let mut body = Vec::new();
        loop {
            let next = gap.map_or(end, |gap| end.min(Instant::now() + gap));
            let chunk = timeout_at(next, self.response.chunk()).await.map_err(|_| {
                let text = format!("the response of {origin} was not complete in time");
                EgressError::new(Kind::TimedOut, text)
            })?;
            let chunk = chunk.map_err(|error| {
                let text = format!("the response of {origin} broke off: {}", error::innermost(&error));
                EgressError::new(Kind::Incomplete, text)
            })?;
            match chunk {
                Some(chunk) if !egress.received.take(chunk.len()) => {
                    egress.tally.limit("http_bytes");
                    let most = egress.limits.http_bytes;
                    let text =
                        format!("http_bytes: more than {most} bytes received in one call, from {origin}");
                    return Err(EgressError::new(Kind::Received, text));
                }
                Some(chunk) => body.extend_from_slice(&chunk),
                None => return Ok(body),
            }
        }
    }
}

#[cfg(test)]
mod tests;
