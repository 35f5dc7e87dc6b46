//! Whom we trust to be a registry, and the HTTP clients that do.

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

/// Clients that follow no redirects by themselves.
#[derive(Debug)]
pub(super) struct Clients {
    /// For registries on this machine.
    pub(super) direct: reqwest::Client,
    pub(super) proxied: reqwest::Client,
}

impl Clients {
    pub(super) fn new(options: &RegistryOptions) -> Result<Self, RegistryError> {
        let tls = trust(options).map_err(unusable)?;
        let builder = || {
            reqwest::Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(options.connect)
                .http2_initial_stream_window_size(WINDOW)
                .http2_initial_connection_window_size(WINDOW)
                .user_agent(concat!("servo/", env!("CARGO_PKG_VERSION")))
                .no_proxy()
        };
        let Proxies { https, http, none } = &options.proxies;
        let none = none.as_deref().and_then(reqwest::NoProxy::from_string);
        // The error has the URL in it, which may have a password.
        let wrong = |name: &str| unusable(format!("{name} is no URL of a proxy"));
        let mut proxied = builder();
        if let Some(url) = https {
            let proxy = reqwest::Proxy::https(url).map_err(|_| wrong("HTTPS_PROXY"))?;
            proxied = proxied.proxy(proxy.no_proxy(none.clone()));
        }
        if let Some(url) = http {
            let proxy = reqwest::Proxy::http(url).map_err(|_| wrong("HTTP_PROXY"))?;
            proxied = proxied.proxy(proxy.no_proxy(none));
        }
        let build =
            |client: reqwest::ClientBuilder| client.build().map_err(|error| unusable(error.to_string()));
        Ok(Self { direct: build(builder())?, proxied: build(proxied)? })
    }
}

fn unusable(why: String) -> RegistryError {
    RegistryError::Setup { why }
}

fn trust(options: &RegistryOptions) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = || {
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
        builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())
    };
    let builder = match &options.ca_file {
        Some(file) => builder()?.with_root_certificates(authorities(file)?),
        // A machine without authorities trusts nobody, which is no reason not to use a registry without TLS.
        None => match builder()?.with_platform_verifier() {
            Ok(builder) => builder,
            Err(_) => builder()?.with_root_certificates(RootCertStore::empty()),
        },
    };
    let mut tls = builder.with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

fn authorities(file: &Path) -> Result<RootCertStore, String> {
    let named = |why: String| format!("the authorities in `{}`: {why}", file.display());
    let metadata = std::fs::metadata(file).map_err(|error| named(error.to_string()))?;
    // A device or a pipe has no size and perhaps no end.
    if !metadata.is_file() || metadata.len() > FILE_MAX {
        return Err(named(format!("it is no file of at most {FILE_MAX} bytes")));
    }
    let text = std::fs::read(file).map_err(|error| named(error.to_string()))?;
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| named(error.to_string()))?;
        store.add(certificate).map_err(|error| named(error.to_string()))?;
    }
    if store.is_empty() { Err(named("no certificate in PEM form".to_owned())) } else { Ok(store) }
}
