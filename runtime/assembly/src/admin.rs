//! What monitoring asks a running process over HTTP: whether it lives, whether it is ready, its metrics, and the
//! configuration it was started with.
//!
//! Paths and forms are those that Kubernetes' probes and Prometheus expect. Nothing can be changed over it, and no
//! secret is in any answer.

mod metrics;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use servo_telemetry::Metric;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::servo::Servo;

/// Connections at a time; further ones wait in the system's line.
const CONNECTIONS_MAX: usize = 64;
/// Bytes of a request's head.
const HEAD_MAX: usize = 16 << 10;
/// How long a connection may take for its one request and the answer.
const AGE: Duration = Duration::from_secs(5);
/// A pause after the system could not accept, for example for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// What is served at each path, for whoever comes without one.
const PATHS: &str = "/metrics\n/livez\n/readyz\n/debug/config\n";

/// All metrics of the process, as `/metrics` has them: always the same ones, with or without values.
pub fn metrics(servos: &[Arc<Servo>]) -> Vec<Metric> {
    metrics::read(servos)
}

/// The admin address of a process, bound.
#[derive(Debug)]
pub struct Admin(TcpListener);

impl Admin {
    /// Binds the address; port 0 lets the system choose.
    ///
    /// # Errors
    /// When it cannot be had.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        TcpListener::bind(address).await.map(Self)
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say it.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// Answers about these servos for as long as the future lives.
    pub async fn serve(&self, servos: Arc<[Arc<Servo>]>) -> Infallible {
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut connections = JoinSet::new();
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                // It is never closed.
                return std::future::pending().await;
            };
            while connections.try_join_next().is_some() {}
            match self.0.accept().await {
                Ok((stream, _)) => {
                    let servos = Arc::clone(&servos);
                    connections.spawn(async move {
                        // A connection that ends badly concerns only its client, who knows.
                        let _ = timeout(AGE, connection(stream, servos)).await;
                        drop(place);
                    });
                }
                Err(_) => sleep(PAUSE).await,
            }
        }
    }
}

async fn connection(stream: TcpStream, servos: Arc<[Arc<Servo>]>) -> hyper::Result<()> {
    let service = service_fn(move |request| {
        let answer = answer(&servos, &request);
        async move { Ok::<_, Infallible>(answer) }
    });
    http1::Builder::new()
        .keep_alive(false)
        .max_buf_size(HEAD_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .await
}

fn answer(servos: &[Arc<Servo>], request: &Request<Incoming>) -> Response<Full<Bytes>> {
    const TEXT: &str = "text/plain; charset=utf-8";
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return response(StatusCode::METHOD_NOT_ALLOWED, TEXT, "only GET and HEAD\n".to_owned());
    }
    match request.uri().path() {
        "/metrics" => response(StatusCode::OK, metrics::CONTENT_TYPE, metrics::text(servos)),
        "/livez" => response(StatusCode::OK, TEXT, "ok\n".to_owned()),
        "/readyz" => {
            let (ready, text) = readiness(servos);
            let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            response(status, TEXT, text)
        }
        "/debug/config" => {
            let all = servos.iter().map(|servo| (servo.name().to_owned(), servo.config.effective()));
            let text = serde_json::Value::Object(all.collect()).to_string() + "\n";
            response(StatusCode::OK, "application/json", text)
        }
        "/" => response(StatusCode::OK, TEXT, PATHS.to_owned()),
        _ => response(StatusCode::NOT_FOUND, TEXT, format!("there is only\n{PATHS}")),
    }
}

/// Whether all parts are ready, and each part with a mark, one per line.
fn readiness(servos: &[Arc<Servo>]) -> (bool, String) {
    let parts: Vec<(String, Option<String>)> = servos
        .iter()
        .flat_map(|servo| {
            let name = servo.name().to_owned();
            servo.unready().into_iter().map(move |(part, why)| (format!("{name}/{part}"), why))
        })
        .collect();
    let line = |(part, why): &(String, Option<String>)| match why {
        None => format!("[+]{part} ok\n"),
        Some(why) => format!("[-]{part} {why}\n"),
    };
    let ready = parts.iter().all(|(_, why)| why.is_none());
    let verdict = if ready { "ready\n" } else { "not ready\n" };
    (ready, parts.iter().map(line).chain([verdict.to_owned()]).collect())
}

fn response(status: StatusCode, kind: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}
