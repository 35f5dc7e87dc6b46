//! HTTP requests to granted origins.
//!
//! Redirects are not followed, and a status such as 404 is an answer, not an error. Credentials are added by the host.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::imports::servo::connector::http;
use crate::contract::{Code, Failure};
pub use http::Error;

/// A request that is not sent yet.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a request does nothing until it is sent"]
pub struct Request(http::Request);

/// An answer, whatever its status.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// 100 to 599.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Reads.
pub fn get(url: impl Into<String>) -> Request {
    request("GET", url)
}

/// Sends a body.
pub fn post(url: impl Into<String>) -> Request {
    request("POST", url)
}

/// Any method.
pub fn request(method: impl Into<String>, url: impl Into<String>) -> Request {
    Request(http::Request {
        method: method.into(),
        url: url.into(),
        headers: Vec::new(),
        body: None,
        timeout: None,
    })
}

/// Sends all requests at once; the answers are in the order of the requests.
pub fn fetch_all(requests: Vec<Request>) -> Vec<Result<Response, Error>> {
    let requests: Vec<_> = requests.into_iter().map(|request| request.0).collect();
    http::fetch_all(&requests).into_iter().map(|answer| answer.map(Response::from)).collect()
}

/// A text as a part of a query string or of a form.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(byte.into()),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

impl Request {
    /// Adds a header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Request {
        self.0.headers.push((name.into(), value.into()));
        self
    }

    /// Adds a parameter to the query of the URL.
    pub fn query(mut self, name: &str, value: &str) -> Request {
        let separator = if self.0.url.contains('?') { '&' } else { '?' };
        self.0.url.push_str(&format!("{separator}{}={}", encode(name), encode(value)));
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Request {
        self.0.body = Some(body.into());
        self
    }

    /// Sets a JSON body and its content type.
    ///
    /// # Errors
    /// When the value has no JSON form.
    pub fn json(self, value: &impl Serialize) -> Result<Request, Failure> {
        let body = serde_json::to_vec(value)
            .map_err(|error| Failure::failed(format!("the body for {} is not JSON: {error}", self.0.url)))?;
        Ok(self.header("content-type", "application/json").body(body))
    }

    /// Time for the whole exchange; 30 s otherwise.
    pub fn timeout(mut self, timeout: impl Into<Duration>) -> Request {
        self.0.timeout = Some(u32::try_from(timeout.into().as_millis()).unwrap_or(u32::MAX));
        self
    }

    /// The method.
    pub fn method(&self) -> &str {
        &self.0.method
    }

    /// The URL, query included.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// Sends the request and reads the whole answer.
    ///
    /// # Errors
    /// When there is no answer. The error becomes a [`Failure`] with `?`.
    pub fn send(self) -> Result<Response, Error> {
        http::fetch(&self.0).map(Response::from)
    }
}

impl Response {
    /// Whether the status says success: 200 to 299.
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The value of a header; the name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// `failed`, with the beginning of the body, when it is something else.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|error| {
            Failure::failed(format!("the answer is not the JSON expected: {error}: `{}`", self.excerpt()))
        })
    }

    /// The first 200 characters of the body on one line, for messages.
    pub fn excerpt(&self) -> String {
        let text = self.text();
        let mut excerpt: String =
            text.chars().take(200).map(|c| if c.is_control() { ' ' } else { c }).collect();
        if text.chars().nth(200).is_some() {
            excerpt.push('…');
        }
        excerpt.trim().to_owned()
    }
}

impl From<http::Response> for Response {
    fn from(response: http::Response) -> Response {
        let http::Response { status, headers, body } = response;
        Response { status, headers, body }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let (code, message) = match error {
            Error::Denied(text) => (Code::Denied, text),
            Error::TimedOut(text) => (Code::TimedOut, text),
            Error::LimitExceeded(text) => (Code::LimitExceeded, text),
            Error::Invalid(text) | Error::Unreachable(text) | Error::Protocol(text) => (Code::Failed, text),
            Error::Cancelled => (Code::Cancelled, "cancelled during an HTTP request".to_owned()),
        };
        Failure::new(code, message)
    }
}

#[cfg(test)]
mod tests;
