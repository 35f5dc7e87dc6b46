//! Connections: accepting them, and the limits that keep a hostile client from harming the others.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::app::App;
use crate::routes;

/// What one client may ask of the service.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Connections at once; further ones wait to be accepted.
    pub(crate) connections: usize,
    /// Bytes of a request's head.
    pub(crate) head_bytes: usize,
    /// Header lines of a request.
    pub(crate) headers: usize,
    /// How long a head may take to arrive, counted from the end of the request before it: also the time after which
    /// an idle connection is closed.
    pub(crate) head_time: Duration,
    /// The age at which a connection is closed after the request in hand, and
    pub(crate) age: Duration,
    /// how long that request may still take. Together they end a client that never reads its answers.
    pub(crate) last_request: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 1024,
            head_bytes: 16 * 1024,
            headers: 64,
            head_time: Duration::from_secs(60),
            age: Duration::from_secs(600),
            last_request: Duration::from_secs(10),
        }
    }
}

/// Serves connections until the task is aborted.
pub(crate) async fn serve(listener: TcpListener, app: Arc<App>, limits: Limits) {
    let places = Arc::new(Semaphore::new(limits.connections));
    loop {
        // The semaphore is never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let (app, limits) = (Arc::clone(&app), limits.clone());
                tokio::spawn(async move {
                    connection(stream, app, &limits).await;
                    drop(place);
                });
            }
            // Out of file descriptors, most likely: give others time to close theirs.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connection(stream: TcpStream, app: Arc<App>, limits: &Limits) {
    // Answers are written in one piece, so there is nothing to gain from waiting; it works without, only slower.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| routes::answer(Arc::clone(&app), request));
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_headers(limits.headers)
        .max_buf_size(limits.head_bytes)
        .serve_connection(TokioIo::new(stream), service);
    let mut serving = pin!(serving);
    // A connection that ends badly concerns only its client, who knows.
    if tokio::time::timeout(limits.age, serving.as_mut()).await.is_err() {
        serving.as_mut().graceful_shutdown();
        let _ = tokio::time::timeout(limits.last_request, serving).await;
    }
}

#[cfg(test)]
mod tests;
