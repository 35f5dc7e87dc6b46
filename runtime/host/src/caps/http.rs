//! HTTP for guests: `servo:connector/http`.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use tokio::time::Instant;

use crate::bindings::imported::http::{Error, Host, Request, Response};
use crate::egress::{Egress, EgressError, Kind, Times};
use crate::state::{Scope, State};

/// Time for an exchange when the guest does not say.
const TIMEOUT: Duration = Duration::from_secs(30);

impl Host for State {
    async fn fetch(&mut self, request: Request) -> wasmtime::Result<Result<Response, Error>> {
        Ok(fetch(&self.tenant.egress, &self.call, request).await)
    }

    async fn fetch_all(&mut self, requests: Vec<Request>) -> wasmtime::Result<Vec<Result<Response, Error>>> {
        let (egress, call) = (&self.tenant.egress, &self.call);
        let at_a_time = self.tenant.limits.http_in_flight.max(1);
        // Not all at once: a request that waits for its place would cost the host kilobytes, the guest some bytes.
        let answers = requests.into_iter().map(|request| fetch(egress, call, request));
        Ok(stream::iter(answers).buffered(at_a_time).collect().await)
    }
}

async fn fetch(egress: &Egress, call: &Scope, request: Request) -> Result<Response, Error> {
    tokio::select! {
        biased;
        () = call.asker.stop().cancelled() => Err(Error::Cancelled),
        result = exchange(egress, call.deadline, request) => Ok(result?),
    }
}

async fn exchange(egress: &Egress, call_ends: Instant, request: Request) -> Result<Response, EgressError> {
    let timeout = request.timeout.map_or(TIMEOUT, |ms| Duration::from_millis(ms.into()));
    let end = (Instant::now() + timeout).min(call_ends);
    let mut builder = http::Request::builder().method(request.method.as_str()).uri(&request.url);
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    let bytes = request.body.unwrap_or_default();
    let body = async move {
        egress.charge(bytes.len())?;
        Ok(Bytes::from(bytes))
    };
    let request = builder.body(body).map_err(|error| {
        EgressError::new(Kind::Url, format!("not a request for `{}`: {error}", request.url))
    })?;
    let response = egress.send(request, Times { head: end, gap: None, end }).await?;
    let status = response.status().as_u16();
    let text = |value: &http::HeaderValue| value.to_str().ok().map(str::to_owned);
    let headers = response.headers().iter();
    let headers =
        headers.filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?))).collect();
    Ok(Response { status, headers, body: response.body().await? })
}

impl From<EgressError> for Error {
    fn from(error: EgressError) -> Self {
        let EgressError { kind, text } = error;
        match kind {
            Kind::Denied | Kind::Prohibited => Self::Denied(text),
            Kind::Url | Kind::Method | Kind::Header | Kind::HeaderSize | Kind::Body | Kind::Trailers => {
                Self::Invalid(text)
            }
            Kind::Unresolved | Kind::Unreachable | Kind::Untrusted | Kind::Ended => Self::Unreachable(text),
            Kind::TimedOut => Self::TimedOut(text),
            Kind::Limit | Kind::Sent | Kind::Received => Self::LimitExceeded(text),
            Kind::ResponseHeaders | Kind::Incomplete | Kind::Protocol => Self::Protocol(text),
        }
    }
}
