//! What the head of a request may be, whatever the way it came.

use http::{HeaderMap, HeaderName, Method, header};

use super::error::{EgressError, Kind};
use crate::grants::Origin;

/// The most bytes of the names and values of one head, each header counted with [`ENTRY`] more.
pub(crate) const HEADERS_MAX: usize = 64 << 10;
/// What a header costs beyond its text, as HTTP/2 counts it (RFC 9113, 6.5.2).
const ENTRY: usize = 32;

/// Headers that belong to the connection, not to the guest.
const FORBIDDEN: [HeaderName; 13] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("http2-settings"),
    header::TE,
    header::TRAILER,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    header::EXPECT,
];

/// Whether a header belongs to the host.
pub(crate) fn is_forbidden(name: &HeaderName) -> bool {
    FORBIDDEN.contains(name)
}

/// What the headers weigh.
pub(super) fn weight(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ENTRY).sum()
}

/// Whether a request with this head may be sent at all.
pub(super) fn check(method: &Method, headers: &HeaderMap, origin: &Origin) -> Result<(), EgressError> {
    if let Some(name) = headers.keys().find(|name| is_forbidden(name)) {
        let text = format!("the header `{name}` belongs to the host; leave it out");
        return Err(EgressError::new(Kind::Header, text));
    }
    // A server that answers TRACE would tell the guest what the host added; some do not look at the case.
    if [Method::CONNECT, Method::TRACE].iter().any(|not| not.as_str().eq_ignore_ascii_case(method.as_str())) {
        return Err(EgressError::new(Kind::Method, format!("the method {method} is not allowed")));
    }
    let weight = weight(headers);
    if weight > HEADERS_MAX {
        let text =
            format!("the headers of a request to {origin} are {weight} bytes, more than {HEADERS_MAX}");
        return Err(EgressError::new(Kind::HeaderSize, text));
    }
    Ok(())
}
