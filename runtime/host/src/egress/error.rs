//! Why a request has no response.

use std::error::Error;
use std::io;

use thiserror::Error;

use super::resolve::{Prohibited, Unresolved};
use crate::gate::Closed;
use crate::grants::Origin;

/// Why there is no response. The text names the origin and, where there is one, the next step.
#[derive(Clone, Debug, Error)]
#[error("{text}")]
pub(crate) struct EgressError {
    pub(crate) kind: Kind,
    pub(crate) text: String,
}

/// What kind of reason it is: each that `wasi:http` tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The origin is not granted.
    Denied,
    /// The origin is granted and leads to addresses that are not.
    Prohibited,
    /// The URL is none, or none of HTTP.
    Url,
    /// The method is none, or not allowed.
    Method,
    /// A header is not allowed.
    Header,
    /// The headers of the request are too large.
    HeaderSize,
    /// The body of the request did not come to its end.
    Body,
    /// Trailers of the request are not sent.
    Trailers,
    /// The name has no address.
    Unresolved,
    /// There is no connection.
    Unreachable,
    /// The certificate of the server is not trusted.
    Untrusted,
    /// The server was too slow.
    TimedOut,
    /// `http_requests` or `http_in_flight` is used up.
    Limit,
    /// `http_bytes` is used up by what is sent.
    Sent,
    /// `http_bytes` is used up by what is received.
    Received,
    /// The headers of the response are too large.
    ResponseHeaders,
    /// The response broke off.
    Incomplete,
    /// The answer is no HTTP.
    Protocol,
    /// The call ended.
    Ended,
}

impl EgressError {
    pub(crate) fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }

    /// The gate is closed.
    pub(super) fn closed(origin: &Origin, closed: Closed) -> Self {
        Self::new(Kind::Ended, format!("{origin} was not asked: {closed}"))
    }

    /// What an error of the client means before there is a response.
    pub(super) fn of_exchange(origin: &Origin, error: &reqwest::Error) -> Self {
        if find::<Prohibited>(error).is_some() {
            return Self::prohibited(origin);
        }
        let text = innermost(error);
        if find::<Unresolved>(error).is_some() {
            return Self::new(Kind::Unresolved, format!("{origin} cannot be resolved: {text}"));
        }
        if let Some(error) = find::<rustls::Error>(error) {
            let kind = match error {
                rustls::Error::InvalidCertificate(_) => Kind::Untrusted,
                _ => Kind::Unreachable,
            };
            return Self::new(kind, format!("{origin} cannot be reached: {error}"));
        }
        if error.is_timeout() {
            Self::new(Kind::TimedOut, format!("{origin}: {text}"))
        } else if error.is_connect() {
            Self::new(Kind::Unreachable, format!("{origin} cannot be reached: {text}"))
        } else {
            Self::new(Kind::Protocol, format!("{origin} broke the exchange: {text}"))
        }
    }

    pub(crate) fn prohibited(origin: &Origin) -> Self {
        Self::new(
            Kind::Prohibited,
            format!(
                "{origin} leads to an address that its grant does not allow; link-local and metadata addresses must \
                 be granted as addresses, private ones without a wildcard"
            ),
        )
    }
}

/// The innermost cause says what happened; the outer ones only repeat the URL.
pub(super) fn innermost(error: &dyn Error) -> String {
    causes(error).last().unwrap_or(error).to_string()
}

fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The error's causes, outermost first. What an IO error wraps is not its source, but stands beside it.
fn causes<'a>(error: &'a dyn Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |&cause| match cause.downcast_ref::<io::Error>() {
        Some(wrapping) => match wrapping.get_ref() {
            Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
            None => wrapping.source(),
        },
        None => cause.source(),
    })
}
