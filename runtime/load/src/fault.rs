//! What can go wrong with one request: small values that can be counted without building text.

use std::io::ErrorKind;

use crate::codec::Malformed;

/// Longest text kept from a library's error.
const TEXT_MAX: usize = 200;

/// Why a request has no response.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub(crate) enum Fault {
    #[error("cannot connect: {0}")]
    Connect(ErrorKind),
    #[error("tls handshake failed: {0}")]
    Tls(String),
    #[error("no connection within the timeout")]
    ConnectTimeout,
    #[error("no complete response within the timeout")]
    ResponseTimeout,
    #[error("connection closed before the response was complete")]
    Closed,
    #[error("connection failed: {0}")]
    Io(ErrorKind),
    #[error("malformed response: {0}")]
    Malformed(Malformed),
    #[error("http/2: {0}")]
    Http2(String),
    #[error("not sent: nothing may be sent any more")]
    Forbidden,
}

impl Fault {
    pub(crate) fn tls(error: &std::io::Error) -> Fault {
        Fault::Tls(short(error))
    }

    pub(crate) fn http2(error: &h2::Error) -> Fault {
        match error.get_io() {
            Some(io) => Fault::Io(io.kind()),
            None => Fault::Http2(short(error)),
        }
    }

    pub(crate) fn io(error: &std::io::Error) -> Fault {
        Fault::Io(error.kind())
    }
}

fn short(error: &dyn std::fmt::Display) -> String {
    error.to_string().chars().take(TEXT_MAX).collect()
}
