//! Whom we trust to be the optimizer.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_platform_verifier::BuilderVerifierExt as _;

use super::error::ClientError;
use super::options::Verify;

/// The largest file with certificates.
const FILE_MAX: u64 = 4 << 20;

/// How servers prove who they are.
pub(super) fn trust(verify: &Verify) -> Result<ClientConfig, ClientError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = || {
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
        builder.with_safe_default_protocol_versions().map_err(ClientError::unusable)
    };
    let mut tls = match verify {
        Verify::Roots(path) => builder()?.with_root_certificates(authorities(path)?).with_no_client_auth(),
        // A machine without authorities trusts nobody, which is no reason not to speak without TLS.
        Verify::Platform => match builder()?.with_platform_verifier() {
            Ok(builder) => builder.with_no_client_auth(),
            Err(_) => builder()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth(),
        },
        Verify::Off => builder()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody(Arc::clone(&provider))))
            .with_no_client_auth(),
    };
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(tls)
}

fn authorities(path: &Path) -> Result<RootCertStore, ClientError> {
    let named = |why: String| ClientError::Authorities { path: path.to_owned(), why };
    let metadata = std::fs::metadata(path).map_err(|error| named(error.to_string()))?;
    // A device or a pipe has no size and perhaps no end.
    if !metadata.is_file() || metadata.len() > FILE_MAX {
        return Err(named(format!("it is no file of at most {FILE_MAX} bytes")));
    }
    let text = std::fs::read(path).map_err(|error| named(error.to_string()))?;
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| named(error.to_string()))?;
        store.add(certificate).map_err(|error| named(error.to_string()))?;
    }
    if store.is_empty() { Err(named("no certificate in PEM form".to_owned())) } else { Ok(store) }
}

/// Takes every certificate: the operator said so. Signatures are still those of its key.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
