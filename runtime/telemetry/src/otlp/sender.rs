//! The HTTP client of the exporters: whom it trusts, and that it tells once when a collector cannot be reached.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, Uri};
use opentelemetry_http::{HttpClient, HttpError};
use reqwest::blocking::Client;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tracing::{info, warn};

use super::OtlpError;
use super::settings::Target;

/// What sends one kind of data.
#[derive(Debug)]
pub(super) struct Sender {
    client: Client,
    what: &'static str,
    /// Whether the last request failed.
    failing: AtomicBool,
}

impl Sender {
    /// Not to be called where futures run.
    pub(super) fn new(what: &'static str, target: &Target) -> Result<Self, OtlpError> {
        let trust = trust(target.authorities.as_deref()).map_err(OtlpError)?;
        let client = Client::builder()
            .tls_backend_preconfigured(trust)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(target.timeout)
            .timeout(target.timeout)
            .http1_only()
            .build();
        let client =
            client.map_err(|error| OtlpError(format!("{what} cannot be sent: {}", innermost(&error))))?;
        Ok(Self { client, what, failing: AtomicBool::new(false) })
    }

    /// Says it once when it begins to fail, and once when it works again.
    fn tell(&self, to: &str, failure: Option<&str>) {
        let what = self.what;
        match (failure, self.failing.swap(failure.is_some(), Ordering::Relaxed)) {
            (Some(why), false) => {
                warn!("{what} could not be exported to {to}: {why}; the next ones are tried");
            }
            (None, true) => info!("{what} are exported to {to} again"),
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let to = shown(request.uri());
        let sent = self.client.send_bytes(request).await;
        let failure = match &sent {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("it answered with status {}", answer.status().as_u16())),
            Err(error) => Some(innermost(&**error)),
        };
        self.tell(&to, failure.as_deref());
        sent
    }
}

/// The address, without the query, which may have secrets.
fn shown(uri: &Uri) -> String {
    let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
    let (scheme, host) = (uri.scheme_str().unwrap_or_default(), uri.host().unwrap_or_default());
    format!("{scheme}://{host}{port}{}", uri.path())
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
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |cause| cause.source());
    causes.last().map_or_else(|| "the exchange failed".to_owned(), ToString::to_string)
}
