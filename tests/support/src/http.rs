//! A small HTTP client for looking at what a program under test serves: one connection per request, blocking.

use std::io::{self, BufReader};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::ops::Deref;

use crate::message::{self, Content, TIMEOUT, Unsaid};

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Headers and body.
    pub content: Content,
}

impl Deref for Response {
    type Target = Content;

    fn deref(&self) -> &Content {
        &self.content
    }
}

/// Sends a GET request.
///
/// # Errors
/// As [`request`].
pub fn get(url: &str) -> io::Result<Response> {
    request("GET", url, &[], b"")
}

/// Sends a request to an `http://` URL.
///
/// # Errors
/// When the server cannot be reached, does not answer in 20 s, or does not answer in HTTP.
pub fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<Response> {
    let malformed = |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("{url}: {what}"));
    let rest = url.strip_prefix("http://").ok_or_else(|| malformed("not an http:// URL"))?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let address = authority.to_socket_addrs().or_else(|_| (authority, 80).to_socket_addrs())?.next();
    let stream = TcpStream::connect_timeout(&address.ok_or_else(|| malformed("no address"))?, TIMEOUT)?;
    message::limit(&stream)?;
    let path = if path.is_empty() { "/" } else { path };
    let headers: Vec<_> = [("host", authority)].into_iter().chain(headers.iter().copied()).collect();
    message::write(&stream, &format!("{method} {path} HTTP/1.1"), &headers, body, true)?;
    let (first, content) = message::read(&mut BufReader::new(stream), Unsaid::Rest)?;
    let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok(Response { status: status.ok_or_else(|| malformed("the answer is not HTTP"))?, content })
}
