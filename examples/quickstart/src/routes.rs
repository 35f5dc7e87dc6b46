//! What each request is answered with.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, ALLOW, CONTENT_ENCODING, CONTENT_LOCATION, CONTENT_TYPE, HeaderValue, VARY,
};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Body;
use serde_json::{Value, json};

use crate::app::{App, ChangeError, DocumentError};
use crate::pool::Coding;
use crate::settings::Settings;

/// The largest change of settings that is read.
const BODY_MAX: usize = 64 * 1024;
/// How long the body of a change may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(10);

type Answer = Response<Full<Bytes>>;

/// Answers one request; every failure becomes an answer, too.
pub(crate) async fn answer<B>(app: Arc<App>, request: Request<B>) -> Result<Answer, Infallible>
where
    B: Body + Send,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let path = request.uri().path();
    let reading = matches!(*request.method(), Method::GET | Method::HEAD);
    Ok(match path {
        "/settings" if *request.method() == Method::PATCH => change(app, request.into_body()).await,
        "/settings" if !reading => not_allowed("GET, HEAD, PATCH"),
        _ if !reading && is_known(path) => not_allowed("GET, HEAD"),
        "/random" => {
            let id = app.pick();
            let mut answer = document(&app, id, request.headers()).await;
            if let Ok(location) = HeaderValue::try_from(format!("/documents/{id}")) {
                answer.headers_mut().insert(CONTENT_LOCATION, location);
            }
            answer
        }
        "/settings" => json_answer(StatusCode::OK, &json!(app.settings())),
        "/settings/schema" => json_answer(StatusCode::OK, &Settings::schema()),
        "/ready" => {
            let ready = app.is_ready();
            let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            json_answer(status, &json!({ "ready": ready }))
        }
        "/metrics" => plain(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", app.metrics_text()),
        _ => match path.strip_prefix("/documents/").map(str::parse) {
            Some(Ok(id)) => document(&app, id, request.headers()).await,
            _ => {
                failure(StatusCode::NOT_FOUND, &format!("there is nothing at {path}; see quickstart --help"))
            }
        },
    })
}

async fn document(app: &App, id: u32, headers: &HeaderMap) -> Answer {
    let began = Instant::now();
    let coding = if takes_gzip(headers) { Coding::Gzip } else { Coding::Identity };
    let (answer, bytes) = match app.document(id, coding).await {
        Ok(report) => {
            let bytes = report.len();
            let mut answer = Response::new(Full::new(report));
            answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            answer.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
            if coding == Coding::Gzip {
                answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
            (answer, bytes)
        }
        Err(error) => {
            let status = match error {
                DocumentError::Unknown { .. } => StatusCode::NOT_FOUND,
                DocumentError::NotMade(_) => StatusCode::INTERNAL_SERVER_ERROR,
            };
            (failure(status, &error.to_string()), 0)
        }
    };
    app.metrics().answered(answer.status().as_u16(), bytes, began.elapsed());
    answer
}

async fn change<B>(app: Arc<App>, body: B) -> Answer
where
    B: Body + Send,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let body = Box::pin(Limited::new(body, BODY_MAX));
    let body = match tokio::time::timeout(BODY_TIME, body.collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            let text = format!("the change is larger than {BODY_MAX} bytes");
            return failure(StatusCode::PAYLOAD_TOO_LARGE, &text);
        }
        Ok(Err(error)) => {
            return failure(StatusCode::BAD_REQUEST, &format!("the change did not arrive: {error}"));
        }
        Err(_) => return failure(StatusCode::REQUEST_TIMEOUT, "the change took too long to arrive"),
    };
    // Waiting for workers blocks, so it must not happen on a thread that serves connections.
    match tokio::task::spawn_blocking(move || app.change(&body)).await {
        Ok(Ok(settings)) => json_answer(StatusCode::OK, &json!(settings)),
        Ok(Err(ChangeError::Refused(problems))) => {
            let error = json!({ "error": "the settings were not changed", "problems": problems });
            json_answer(StatusCode::BAD_REQUEST, &error)
        }
        Ok(Err(error)) => failure(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
        Err(error) => {
            failure(StatusCode::INTERNAL_SERVER_ERROR, &format!("the settings were not changed: {error}"))
        }
    }
}

fn is_known(path: &str) -> bool {
    matches!(path, "/random" | "/settings/schema" | "/ready" | "/metrics") || path.starts_with("/documents/")
}

/// Whether the client can read gzip: unless it says otherwise, it can (RFC 9110, 12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let mut fields =
        headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).peekable();
    if fields.peek().is_none() {
        return true;
    }
    let weight = |coding: &str| {
        let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = parameters.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f64>);
        (name.trim().to_ascii_lowercase(), weight.unwrap_or(0.0))
    };
    let codings: Vec<(String, f64)> = fields.flat_map(|field| field.split(',')).map(weight).collect();
    let of = |name: &str| codings.iter().find(|(coding, _)| coding == name).map(|(_, weight)| *weight);
    of("gzip").or_else(|| of("*")).is_some_and(|weight| weight > 0.0)
}

fn not_allowed(methods: &'static str) -> Answer {
    let mut answer = failure(StatusCode::METHOD_NOT_ALLOWED, &format!("only {methods} work here"));
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    answer
}

fn failure(status: StatusCode, text: &str) -> Answer {
    json_answer(status, &json!({ "error": text }))
}

fn json_answer(status: StatusCode, value: &Value) -> Answer {
    plain(status, "application/json", format!("{value}\n"))
}

fn plain(status: StatusCode, content_type: &'static str, text: String) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(text)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

#[cfg(test)]
mod tests;
