//! One request: who asks, what, and the answer in HTTP.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ALLOW, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::Request;
use hyper::body::{Body as _, Incoming};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::Limits;
use crate::serve::shelf::{Refused, Shelf};
use crate::wire::{Detail, PROCESS};

/// The longest name of a process.
const PROCESS_MAX: usize = 64;

/// Answers requests, not too many at a time.
#[derive(Debug)]
pub(super) struct Desk {
    shelf: Arc<Shelf>,
    limits: Limits,
    places: Semaphore,
}

impl Desk {
    pub(super) fn new(shelf: Arc<Shelf>, limits: Limits) -> Self {
        Self { shelf, limits, places: Semaphore::new(limits.requests) }
    }

    pub(super) async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        self.answered(request).await.unwrap_or_else(|refusal| refusal)
    }

    async fn answered(
        &self,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Response<Full<Bytes>>> {
        let Some(id) = application(request.uri().path()) else {
            return Err(last(refusal(StatusCode::NOT_FOUND, "there is nothing here")));
        };
        if !self.shelf.admits(&id, request.headers()) {
            let refused = refusal(StatusCode::UNAUTHORIZED, "unknown application or token");
            return Err(last(with(refused, WWW_AUTHENTICATE, "Bearer")));
        }
        if request.method() != Method::POST {
            let refused = refusal(StatusCode::METHOD_NOT_ALLOWED, "only POST is answered");
            return Err(with(refused, ALLOW, "POST"));
        }
        let full = |status, text| with(refusal(status, text), RETRY_AFTER, "1");
        let _place = self
            .shelf
            .place(&id)
            .ok_or_else(|| full(StatusCode::TOO_MANY_REQUESTS, "too many requests of this application"))?;
        let _place_of_all = self
            .places
            .try_acquire()
            .map_err(|_| full(StatusCode::SERVICE_UNAVAILABLE, "too many requests at the moment"))?;
        let process = request.headers().get(PROCESS).and_then(|name| name.to_str().ok());
        let process = process.filter(|name| name.len() <= PROCESS_MAX).map(str::to_owned);
        let body = self.body(request.into_body()).await?;
        let shelf = Arc::clone(&self.shelf);
        let answered = spawn_blocking(move || shelf.answer(&id, process.as_deref(), &body)).await;
        let reply = match answered.unwrap_or(Err(Refused::Broken)) {
            Ok(reply) => reply,
            Err(refused) => {
                let text = refused.to_string();
                return Err(match refused {
                    Refused::Malformed(_) => refusal(StatusCode::BAD_REQUEST, &text),
                    Refused::Gone => refusal(StatusCode::GONE, &text),
                    Refused::Broken => full(StatusCode::SERVICE_UNAVAILABLE, &text),
                });
            }
        };
        let written = reply.write().map_err(|_| refusal(StatusCode::INTERNAL_SERVER_ERROR, "no reply"))?;
        Ok(json(StatusCode::OK, written))
    }

    async fn body(&self, body: Incoming) -> Result<Bytes, Response<Full<Bytes>>> {
        let too_large = || {
            let text = format!("at most {} bytes are read", self.limits.body);
            refusal(StatusCode::PAYLOAD_TOO_LARGE, &text)
        };
        if body.size_hint().lower() > self.limits.body as u64 {
            return Err(too_large());
        }
        let read = timeout(self.limits.time, Limited::new(body, self.limits.body).collect()).await;
        match read {
            Ok(Ok(whole)) => Ok(whole.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
            Ok(Err(_)) => Err(refusal(StatusCode::BAD_REQUEST, "the request ends before its body")),
            Err(_) => Err(refusal(StatusCode::REQUEST_TIMEOUT, "the body did not come in time")),
        }
    }
}

/// The application that a path is about.
fn application(path: &str) -> Option<String> {
    let rest = path.strip_prefix("/accounts/")?.strip_suffix("/servo")?;
    let (organisation, rest) = rest.split_once('/')?;
    let name = rest.strip_prefix("applications/")?;
    (!organisation.is_empty() && !name.is_empty() && !name.contains('/'))
        .then(|| format!("{organisation}/{name}"))
}

fn refusal(status: StatusCode, detail: &str) -> Response<Full<Bytes>> {
    let detail = Detail { detail: detail.to_owned() };
    json(status, serde_json::to_vec(&detail).unwrap_or_default())
}

/// The connection ends after it: strangers do not keep places that servos need.
fn last(response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    with(response, CONNECTION, "close")
}

fn json(status: StatusCode, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = with(Response::new(Full::from(body)), CONTENT_TYPE, "application/json");
    *response.status_mut() = status;
    response
}

fn with(mut response: Response<Full<Bytes>>, name: HeaderName, value: &'static str) -> Response<Full<Bytes>> {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
    response
}
