//! What to request, and the two formats in which vegeta reads it.

mod http_format;
mod json_format;

use std::io;

use bytes::Bytes;

use crate::url::{Url, UrlError};

pub use http_format::parse_http;
pub use json_format::parse_json;

/// One request to repeat.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The method.
    pub method: http::Method,
    /// Where it goes.
    pub url: Url,
    /// Header lines in order, names in the case they were written in. `Host` replaces the URL's;
    /// `Content-Length` and `Transfer-Encoding` are left out, because the body decides about them.
    pub headers: Vec<(String, http::HeaderValue)>,
    /// The body, empty for none.
    pub body: Bytes,
}

/// A mistake in a list of targets.
#[derive(Debug, thiserror::Error)]
#[error("targets, line {line}: {problem}")]
pub struct TargetError {
    /// Line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    #[source]
    pub problem: TargetProblem,
}

/// What can be wrong with a line of targets.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetProblem {
    /// Nothing but blanks and comments.
    #[error("no target found; write one as `{0}`")]
    Empty(&'static str),
    /// Not `METHOD URL`.
    #[error("`{0}` is not a target; expected `METHOD URL`, such as `GET http://host/path`")]
    Target(String),
    /// A method with characters no method has, or in lower case.
    #[error("`{0}` is not a method; expected upper case, such as `GET` or `POST`")]
    Method(String),
    /// The URL.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// Not `Name: value`.
    #[error("`{0}` is not a header; expected `Name: value`")]
    Header(String),
    /// A body file that could not be read.
    #[error("body file `{path}` cannot be read: {source}")]
    Body {
        /// The file as written after the `@`.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Not a JSON object of the known fields.
    #[error("not a target in JSON: {0}; expected an object with `method`, `url`, `header`, `body`")]
    Json(#[source] serde_json::Error),
    /// A JSON body that is not base64.
    #[error("`body` is not base64: {0}; encode the bytes with the standard alphabet")]
    Base64(#[source] base64::DecodeError),
}

impl Target {
    /// A plain GET.
    pub fn get(url: Url) -> Target {
        Target { method: http::Method::GET, url, headers: Vec::new(), body: Bytes::new() }
    }
}

fn method(text: &str) -> Result<http::Method, TargetProblem> {
    let upper = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase());
    let method = http::Method::from_bytes(text.as_bytes()).ok();
    method.filter(|_| upper).ok_or_else(|| TargetProblem::Method(text.to_owned()))
}

/// Checked, because a line break in a name or value would smuggle in another request.
fn header(name: &str, value: &str) -> Result<(String, http::HeaderValue), TargetProblem> {
    let bad = || TargetProblem::Header(format!("{name}: {value}"));
    http::HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
    let value = http::HeaderValue::from_str(value).map_err(|_| bad())?;
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests;
