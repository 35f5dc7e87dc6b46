//! A server that does to each request what the test wants.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A minimal answer.
pub(super) const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

/// Counts what reached a server.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) connections: AtomicU64,
    pub(super) requests: AtomicU64,
}

/// Runs `connection` for every connection, on threads of its own, so that it is not slowed down by the test.
pub(super) fn serve<F, S>(connection: S) -> (SocketAddr, Arc<Seen>)
where
    F: Future<Output = ()> + Send + 'static,
    S: Fn(TcpStream, Arc<Seen>) -> F + Send + 'static,
{
    let seen = Arc::new(Seen::default());
    let shared = seen.clone();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            sender.send(listener.local_addr().unwrap()).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                shared.connections.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(connection(stream, shared.clone()));
            }
        });
    });
    (receiver.recv().unwrap(), seen)
}

/// Answers every request with `answer`, on one connection after another.
pub(super) fn constant(answer: &'static [u8]) -> (SocketAddr, Arc<Seen>) {
    serve(move |mut stream, seen| async move {
        while next_request(&mut stream).await.is_some() {
            seen.requests.fetch_add(1, Ordering::Relaxed);
            if stream.write_all(answer).await.is_err() {
                break;
            }
        }
    })
}

/// Reads one request; nothing when the client closed the connection. Only heads with a short body are understood.
pub(super) async fn next_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let read = stream.read_buf(&mut bytes).await.ok()?;
        if read == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some(text.into_owned());
            }
        }
    }
}
