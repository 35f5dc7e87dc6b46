//! An HTTP server that answers as a test tells it and remembers what it was asked.

use std::io::{self, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair};
use rustix::net::sockopt::set_socket_linger;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::Server;
use crate::eventually::nap;
use crate::message::{self, Content, TIMEOUT, Unsaid};

/// The server; it stops when it is dropped.
#[derive(Debug)]
pub struct Scripted {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    /// In PEM, where it speaks TLS.
    certificate: Option<String>,
}

/// A request that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The method.
    pub method: String,
    /// The path with its query, as it came.
    pub path: String,
    /// Headers and body.
    pub content: Content,
}

/// What is answered.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    length: Option<usize>,
    delay: Duration,
    /// After so many bytes of the body nothing more comes, and after that time the connection ends.
    cut: Option<(usize, Duration)>,
    end: Option<End>,
}

/// An end without an answer.
#[derive(Debug, Clone, Copy)]
enum End {
    Close,
    Reset,
}

impl Reply {
    /// A JSON text with a status code.
    #[must_use]
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply::text(status, body).header("content-type", "application/json")
    }

    /// A text with a status code.
    #[must_use]
    pub fn text(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        let (headers, body) = (Vec::new(), body.into());
        let length = Some(body.len());
        Reply { status, headers, body, length, delay: Duration::ZERO, cut: None, end: None }
    }

    /// No answer: the connection is closed.
    #[must_use]
    pub fn hang_up() -> Reply {
        Reply { end: Some(End::Close), ..Reply::text(0, "") }
    }

    /// No answer: the connection is reset.
    #[must_use]
    pub fn reset() -> Reply {
        Reply { end: Some(End::Reset), ..Reply::text(0, "") }
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a body of which something else is said than how long it is, or nothing.
    #[must_use]
    pub fn announcing(mut self, length: Option<usize>) -> Reply {
        self.length = length;
        self
    }

    /// With no more than so many bytes of its body; then the connection is silent for a while, and ends.
    #[must_use]
    pub fn cut_at(mut self, bytes: usize, silence: Duration) -> Reply {
        self.cut = Some((bytes, silence));
        self
    }

    /// Later by `delay`.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Reply {
        self.delay = delay;
        self
    }
}

impl Deref for Seen {
    type Target = Content;

    fn deref(&self) -> &Content {
        &self.content
    }
}

impl Scripted {
    /// Answers each request with what `script` makes of it; requests of different connections run at the same time.
    ///
    /// # Panics
    /// When no port is free.
    #[must_use]
    pub fn start(script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Scripted {
        Scripted::serving(script, None)
    }

    /// The same over TLS, with a certificate of its own for a host of this name.
    ///
    /// # Panics
    /// When no port is free, or the name is none.
    #[must_use]
    pub fn start_secure(host: &str, script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Scripted {
        Scripted::serving(script, Some(identity(host)))
    }

    /// Its certificate in PEM, where it speaks TLS.
    #[must_use]
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    fn serving(
        script: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
        identity: Option<(String, Arc<ServerConfig>)>,
    ) -> Scripted {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), Arc::new(AtomicBool::new(false)));
        let (seen, script) = (Arc::new(Mutex::new(Vec::new())), Arc::new(script));
        let (stopped, seeing) = (Arc::clone(&stop), Arc::clone(&seen));
        let (certificate, tls) = identity.unzip();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Acquire) {
                    return;
                }
                let (seen, script, tls) = (Arc::clone(&seeing), Arc::clone(&script), tls.clone());
                // A client that goes away in the middle is part of the script.
                std::thread::spawn(move || {
                    stream.and_then(|stream| accept(stream, tls, &seen, script.as_ref()))
                });
            }
        });
        Scripted { address, seen, stop, thread: Some(thread), certificate }
    }

    /// Answers one request after the other from the list; its last answer is repeated.
    ///
    /// # Panics
    /// When no port is free or the list is empty.
    #[must_use]
    pub fn in_turn(replies: impl IntoIterator<Item = Reply>) -> Scripted {
        let mut replies: Vec<Reply> = replies.into_iter().collect();
        assert!(!replies.is_empty(), "a scripted server needs an answer");
        replies.reverse();
        let replies = Mutex::new(replies);
        Scripted::start(move |_| {
            let mut replies = replies.lock().unwrap();
            let next = if replies.len() > 1 { replies.pop() } else { replies.last().cloned() };
            next.unwrap_or_else(Reply::hang_up)
        })
    }

    /// The requests that came so far.
    ///
    /// # Panics
    /// Never, unless a script panicked before.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

impl Server for Scripted {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn url(&self) -> String {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect_timeout(&self.address, TIMEOUT);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// A certificate for the host, and what it takes to serve with it.
fn identity(host: &str) -> (String, Arc<ServerConfig>) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![host.to_owned()]).unwrap().self_signed(&key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let private = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private);
    (certificate.pem(), Arc::new(config.unwrap()))
}

fn accept(
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    seen: &Mutex<Vec<Seen>>,
    script: &dyn Fn(&Seen) -> Reply,
) -> io::Result<()> {
    message::limit(&stream)?;
    let line = stream.try_clone()?;
    let Some(tls) = tls else { return serve(stream, &line, seen, script) };
    let connection = ServerConnection::new(tls).map_err(io::Error::other)?;
    serve(StreamOwned::new(connection, stream), &line, seen, script)
}

fn serve(
    mut stream: impl Read + Write,
    line: &TcpStream,
    seen: &Mutex<Vec<Seen>>,
    script: &dyn Fn(&Seen) -> Reply,
) -> io::Result<()> {
    let (first, content) = message::read(&mut BufReader::new(&mut stream), Unsaid::Empty)?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let request = Seen { method, path, content };
    seen.lock().unwrap().push(request.clone());
    let Reply { status, headers, body, length, delay, cut, end } = script(&request);
    nap(delay);
    match end {
        None => {}
        Some(End::Close) => return Ok(()),
        // Without a linger the kernel sends a reset instead of an end.
        Some(End::Reset) => return Ok(set_socket_linger(line, Some(Duration::ZERO))?),
    }
    message::head(&mut stream, &format!("HTTP/1.1 {status} Scripted"), &headers, length)?;
    let (end, silence) = cut.unwrap_or((body.len(), Duration::ZERO));
    if request.method != "HEAD" {
        stream.write_all(&body[..end])?;
    }
    stream.flush()?;
    nap(silence);
    Ok(())
}

#[cfg(test)]
mod tests;
