//! Whom the host trusts, and who it says that it is.

use std::io::Read as _;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;

use crate::disk;
use crate::grants::Certificates;

/// The most of a file with certificates that is read.
const FILE_MAX: u64 = 4 << 20;

/// The TLS configuration for a grant; why there is none names the file.
pub(super) async fn config(certificates: &Certificates) -> Result<ClientConfig, String> {
    if *certificates == Certificates::default() {
        return plain().map_err(|error| error.to_string());
    }
    let certificates = certificates.clone();
    let read = tokio::task::spawn_blocking(move || own(&certificates));
    read.await.map_err(|error| error.to_string())?
}

/// One configuration for all grants without files: reading the system's certificates costs milliseconds.
fn plain() -> Result<ClientConfig, rustls::Error> {
    static PLAIN: OnceLock<ClientConfig> = OnceLock::new();
    if let Some(config) = PLAIN.get() {
        return Ok(config.clone());
    }
    let config = with_protocols(builder()?.with_platform_verifier()?.with_no_client_auth());
    Ok(PLAIN.get_or_init(|| config).clone())
}

fn own(certificates: &Certificates) -> Result<ClientConfig, String> {
    let text = |error: rustls::Error| error.to_string();
    let builder = builder().map_err(text)?;
    let builder = match &certificates.authorities {
        Some(file) => builder.with_root_certificates(authorities(file)?),
        None => builder.with_platform_verifier().map_err(text)?,
    };
    let config = match &certificates.client {
        Some((chain, key)) => {
            let named =
                |error: rustls::Error| format!("`{}` with `{}`: {error}", chain.display(), key.display());
            builder.with_client_auth_cert(certificates_of(chain)?, key_of(key)?).map_err(named)?
        }
        None => builder.with_no_client_auth(),
    };
    Ok(with_protocols(config))
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()
}

fn with_protocols(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

fn authorities(file: &Path) -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    for certificate in certificates_of(file)? {
        store.add(certificate).map_err(|error| format!("`{}`: {error}", file.display()))?;
    }
    Ok(store)
}

fn certificates_of(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(file)?).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(format!("`{}` has no certificate in PEM form", file.display())),
        Err(error) => Err(format!("`{}`: {error}", file.display())),
    }
}

fn key_of(file: &Path) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(&read(file)?).map_err(|error| format!("`{}`: {error}", file.display()))
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = disk::open(file, FILE_MAX).and_then(|mut file| file.read_to_end(&mut bytes));
    read.map(|_| bytes).map_err(|error| format!("`{}`: {error}", file.display()))
}

#[cfg(test)]
mod tests;
