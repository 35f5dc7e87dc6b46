//! Whom we trust to be a registry, and the HTTP client that does.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;

use super::error::RegistryError;
use super::options::{Proxies, RegistryOptions};

/// The largest file with certificates.
const FILE_MAX: u64 = 4 << 20;
/// How much of one exchange may be on its way over HTTP/2, in bytes.
const WINDOW: u32 = 1 << 20;

/// A client that follows no redirects by itself.
pub(super) fn client(options: &RegistryOptions, proxied: bool) -> Result<reqwest::Client, RegistryError> {
    let unusable = |why: String| RegistryError::Setup { why };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| unusable(error.to_string()))?;
    let builder = match &options.ca_file {
        Some(file) => builder.with_root_certificates(authorities(file).map_err(unusable)?),
        None => builder.with_platform_verifier().map_err(|error| unusable(error.to_string()))?,
    };
    let mut tls = builder.with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let mut client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(options.connect)
        .http2_initial_stream_window_size(WINDOW)
        .http2_initial_connection_window_size(WINDOW)
        .user_agent(concat!("servo/", env!("CARGO_PKG_VERSION")))
        .no_proxy();
    if proxied {
        let Proxies { https, http, none } = &options.proxies;
        let none = none.as_deref().and_then(reqwest::NoProxy::from_string);
        // The error has the URL in it, which may have a password.
        let wrong = |name: &str| unusable(format!("{name} is no URL of a proxy"));
        if let Some(url) = https {
            let proxy = reqwest::Proxy::https(url).map_err(|_| wrong("HTTPS_PROXY"))?;
            client = client.proxy(proxy.no_proxy(none.clone()));
        }
        if let Some(url) = http {
            let proxy = reqwest::Proxy::http(url).map_err(|_| wrong("HTTP_PROXY"))?;
            client = client.proxy(proxy.no_proxy(none));
        }
    }
    client.build().map_err(|error| unusable(error.to_string()))
}

fn authorities(file: &Path) -> Result<RootCertStore, String> {
    let named = |why: String| format!("the authorities in `{}`: {why}", file.display());
    let size = std::fs::metadata(file).map_err(|error| named(error.to_string()))?.len();
    if size > FILE_MAX {
        return Err(named(format!("{size} bytes, more than {FILE_MAX}")));
    }
    let text = std::fs::read(file).map_err(|error| named(error.to_string()))?;
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| named(error.to_string()))?;
        store.add(certificate).map_err(|error| named(error.to_string()))?;
    }
    if store.is_empty() { Err(named("no certificate in PEM form".to_owned())) } else { Ok(store) }
}
