//! Opening a connection: only to the addresses the origin came with, plain or encrypted.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::fault::Fault;
use crate::plan::Origin;

/// A connection that is ready for HTTP.
#[derive(Debug)]
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Whether the server chose HTTP/2 while the encryption was set up.
    pub(crate) fn chose_http2(&self) -> bool {
        match self {
            Stream::Plain(_) => false,
            Stream::Tls(stream) => stream.get_ref().1.alpn_protocol() == Some(b"h2"),
        }
    }
}

/// Connects to the first address that answers, beginning with another one each `turn`. Every address gets its
/// share of `timeout`.
pub(crate) async fn connect(
    origin: &Origin,
    tls: Option<&TlsConnector>,
    turn: usize,
    timeout: Duration,
) -> Result<Stream, Fault> {
    let tcp = dial(&origin.addresses, turn, timeout).await?;
    // Without it small requests wait for the acknowledgement of the ones before.
    tcp.set_nodelay(true).map_err(|error| Fault::Connect(error.kind()))?;
    let Some(tls) = tls.filter(|_| origin.encrypted) else { return Ok(Stream::Plain(tcp)) };
    let name = ServerName::try_from(origin.host.clone()).map_err(|error| Fault::Tls(error.to_string()))?;
    let stream = tls.connect(name, tcp).await.map_err(|error| Fault::tls(&error))?;
    Ok(Stream::Tls(Box::new(stream)))
}

async fn dial(addresses: &[SocketAddr], turn: usize, timeout: Duration) -> Result<TcpStream, Fault> {
    let count = addresses.len().max(1);
    let share = timeout / u32::try_from(count).unwrap_or(u32::MAX);
    let mut last = Fault::Connect(io::ErrorKind::AddrNotAvailable);
    for address in addresses.iter().cycle().skip(turn % count).take(addresses.len()) {
        last = match tokio::time::timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => Fault::Connect(error.kind()),
            Err(_) => Fault::ConnectTimeout,
        };
    }
    Err(last)
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, data),
            Stream::Tls(stream) => Pin::new(stream).poll_write(cx, data),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
