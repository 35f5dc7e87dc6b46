//! The thread that sends: what is ready goes out in batches, and what cannot be sent is dropped.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant, SystemTime};

use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::runtime::{Builder, Runtime};
use tracing::{info, warn};

use super::encode::{self, Resource};
use super::exposition;
use super::layer::Finished;
use super::settings::{OtlpSettings, Target};

/// Spans of one request.
const BATCH: usize = 512;
/// How long a span waits for others.
const DELAY: Duration = Duration::from_secs(5);

/// What the thread is given.
#[derive(Debug)]
pub(super) enum Message {
    Span(Box<Finished>),
    Metrics {
        text: String,
        at: SystemTime,
    },
    /// Answered when everything before it is done.
    Flush(mpsc::Sender<()>),
}

/// What sends.
pub(super) struct Sender {
    settings: Arc<OtlpSettings>,
    resource: Resource,
    messages: Receiver<Message>,
    spans: Vec<Finished>,
    /// Whether the last export of traces, of metrics, failed.
    failing: [bool; 2],
}

impl Sender {
    pub(super) fn new(settings: Arc<OtlpSettings>, resource: Resource, messages: Receiver<Message>) -> Self {
        Self { settings, resource, messages, spans: Vec::new(), failing: [false; 2] }
    }

    /// Sends until nobody can send any more.
    pub(super) fn run(mut self) {
        let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
            warn!("traces and metrics are not exported: the system gives no resources for it");
            return;
        };
        let mut due: Option<Instant> = None;
        loop {
            let wait =
                due.map_or(Duration::from_secs(3600), |due| due.saturating_duration_since(Instant::now()));
            match self.messages.recv_timeout(wait) {
                Ok(Message::Span(span)) => {
                    self.spans.push(*span);
                    due.get_or_insert_with(|| Instant::now() + DELAY);
                    if self.spans.len() < BATCH {
                        continue;
                    }
                    self.traces(&runtime);
                }
                Ok(Message::Metrics { text, at }) => {
                    self.metrics(&runtime, &text, at);
                    continue;
                }
                Ok(Message::Flush(done)) => {
                    self.traces(&runtime);
                    // Whoever waited may have stopped to.
                    let _ = done.send(());
                }
                Err(RecvTimeoutError::Timeout) => self.traces(&runtime),
                Err(RecvTimeoutError::Disconnected) => return self.traces(&runtime),
            }
            due = None;
        }
    }

    fn traces(&mut self, runtime: &Runtime) {
        let spans = std::mem::take(&mut self.spans);
        let (settings, count) = (Arc::clone(&self.settings), spans.len());
        let Some(target) = settings.traces.as_ref().filter(|_| count > 0) else { return };
        let body = encode::traces(&self.resource, &spans);
        let sent = runtime.block_on(post(target, body));
        self.tell(0, target, sent, &format!("traces ({count} spans)"));
    }

    fn metrics(&mut self, runtime: &Runtime, text: &str, at: SystemTime) {
        let settings = Arc::clone(&self.settings);
        let Some(target) = &settings.metrics else { return };
        let body = encode::metrics(&self.resource, &exposition::families(text), at);
        let sent = runtime.block_on(post(target, body));
        self.tell(1, target, sent, "metrics");
    }

    /// Says it once when it begins to fail, and once when it works again.
    fn tell(&mut self, which: usize, target: &Target, sent: Result<(), String>, what: &str) {
        let failing = std::mem::replace(&mut self.failing[which], sent.is_err());
        let (origin, path) = (target.url.origin().ascii_serialization(), target.url.path());
        match sent {
            Err(why) if !failing => {
                warn!(
                    "{what} could not be exported to {origin}{path}, and are lost: {why}; the next ones are tried"
                );
            }
            Ok(()) if failing => info!("{what} are exported to {origin}{path} again"),
            _ => {}
        }
    }
}

/// One request; what comes of it.
async fn post(target: &Target, body: Vec<u8>) -> Result<(), String> {
    let client = Client::builder()
        .tls_backend_preconfigured(trust(target.authorities.as_deref())?)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(target.timeout)
        .timeout(target.timeout)
        .http1_only()
        .user_agent(concat!("servo/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| error.to_string())?;
    let request = client
        .post(target.url.clone())
        .headers(target.headers.clone())
        .header(CONTENT_TYPE, "application/x-protobuf")
        .body(body);
    let answer = request.send().await.map_err(|error| innermost(&error))?;
    match answer.status() {
        status if status.is_success() => Ok(()),
        status => Err(format!("it answered with status {}", status.as_u16())),
    }
}

/// Who is trusted: the authorities of the file, else those of the machine.
fn trust(authorities: Option<&Path>) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?;
    let Some(path) = authorities else {
        let empty = RootCertStore::empty;
        // A machine without authorities trusts nobody, which is no reason not to speak without TLS.
        return Ok(match builder.clone().with_platform_verifier() {
            Ok(builder) => builder.with_no_client_auth(),
            Err(_) => builder.with_root_certificates(empty()).with_no_client_auth(),
        });
    };
    let mut store = RootCertStore::empty();
    let named = |error: &dyn std::fmt::Display| format!("the file {}: {error}", path.display());
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| named(&error))? {
        let certificate = certificate.map_err(|error| named(&error))?;
        store.add(certificate).map_err(|error| named(&error))?;
    }
    Ok(builder.with_root_certificates(store).with_no_client_auth())
}

/// What happened, without the address that the outer texts repeat.
fn innermost(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.last().map_or_else(|| "the exchange failed".to_owned(), ToString::to_string)
}
