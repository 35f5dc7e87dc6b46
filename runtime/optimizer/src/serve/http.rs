//! HTTP and HTTPS for a [`Shelf`]: `POST /accounts/{organisation}/applications/{application}/servo`.
//!
//! Nothing is read of a request before its token is known. Every connection, request, body and answer has a limit and a
//! deadline, and whoever does not know a token gets one answer per connection.

mod answer;
mod impatient;
mod visitors;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::shelf::Shelf;
use super::tls::{TlsError, config};
use answer::Desk;
use impatient::Impatient;
use visitors::Visitors;

/// A pause after the system could not accept, for example for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);
/// The longest life of a connection, whatever is done with it.
const LIFE: Duration = Duration::from_secs(600);
/// The most bytes of the head of a request.
const HEAD_MAX: usize = 16 * 1024;

/// Where and how to listen.
#[derive(Debug, Clone)]
pub struct Listen {
    /// Port 0 is any free one.
    pub address: SocketAddr,
    /// Certificates and key in PEM; without them it speaks plain HTTP.
    pub tls: Option<(PathBuf, PathBuf)>,
    pub limits: Limits,
}

/// What clients may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of the body of a request.
    pub body: usize,
    /// How long a client may take to send the head of a request, or its body, and to read the answer.
    pub time: Duration,
    /// Requests that are answered at a time.
    pub requests: usize,
    /// Connections that are open at a time; further ones are closed at once.
    pub connections: usize,
    /// How many of them one address may have.
    pub connections_per_address: usize,
}

/// A server that listens.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<RwLock<Arc<ServerConfig>>>,
    listen: Listen,
}

/// Why a server cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl Server {
    /// Begins to listen.
    ///
    /// # Errors
    /// The address is taken or not of this machine, or the certificate cannot be used.
    pub async fn open(listen: Listen) -> Result<Self, ListenError> {
        let tls = match &listen.tls {
            Some((certificate, key)) => Some(RwLock::new(config(certificate, key)?)),
            None => None,
        };
        let failed = |source| ListenError::Listen { address: listen.address, source };
        let listener = TcpListener::bind(listen.address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address, tls, listen })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The root of everything it answers.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Reads the certificate again, for connections that come.
    ///
    /// # Errors
    /// The new one cannot be used; the one before stays.
    pub fn renew(&self) -> Result<(), TlsError> {
        if let (Some(tls), Some((certificate, key))) = (&self.tls, &self.listen.tls) {
            let new = config(certificate, key)?;
            *tls.write().unwrap_or_else(PoisonError::into_inner) = new;
        }
        Ok(())
    }

    /// Answers for what is on the shelf until `stop`, and lets what was begun come to its end.
    pub async fn serve(&self, shelf: Arc<Shelf>, stop: &CancellationToken) {
        let desk = Arc::new(Desk::new(shelf, self.listen.limits));
        let visitors = Visitors::new(self.listen.limits.connections_per_address);
        let connections = Arc::new(Semaphore::new(self.listen.limits.connections));
        let tasks = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = self.listener.accept() => accepted,
            };
            let Ok((stream, peer)) = accepted else {
                sleep(PAUSE).await;
                continue;
            };
            let Ok(place) = Arc::clone(&connections).try_acquire_owned() else { continue };
            let Some(visit) = visitors.enter(peer.ip()) else { continue };
            let tls = self.tls.as_ref();
            let tls = tls.map(|tls| Arc::clone(&tls.read().unwrap_or_else(PoisonError::into_inner)));
            let (desk, stop, limits) = (Arc::clone(&desk), stop.clone(), self.listen.limits);
            tasks.spawn(async move {
                connection(stream, tls, desk, limits, stop).await;
                drop((place, visit));
            });
        }
        tasks.close();
        // Whoever is still sending by then is cut.
        let _ = timeout(self.listen.limits.time, tasks.wait()).await;
    }
}

async fn connection(
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    desk: Arc<Desk>,
    limits: Limits,
    stop: CancellationToken,
) {
    // Answers are small and wait for nothing.
    let _ = stream.set_nodelay(true);
    let stream = Impatient::new(stream, limits.time);
    match tls {
        None => requests(stream, desk, limits, stop).await,
        Some(tls) => {
            let Ok(Ok(stream)) = timeout(limits.time, TlsAcceptor::from(tls).accept(stream)).await else {
                return;
            };
            requests(stream, desk, limits, stop).await;
        }
    }
}

async fn requests(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    desk: Arc<Desk>,
    limits: Limits,
    stop: CancellationToken,
) {
    let service = service_fn(|request| {
        let desk = Arc::clone(&desk);
        async move { Ok::<_, Infallible>(desk.answer(request).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.time).max_buf_size(HEAD_MAX);
    let mut connection = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
    // How a connection ends is the client's business.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stop.cancelled() => {}
        () = sleep(LIFE) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(limits.time, connection).await;
}

#[cfg(test)]
mod tests;
