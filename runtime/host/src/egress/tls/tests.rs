//! A server that wants to know its clients, behind an authority that no system trusts.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::server::WebPkiClientVerifier;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::egress::{Egress, EgressError, Kind, Outside, Times};
use crate::grants::HttpGrant;
use crate::limits::Limits;

/// An authority, the certificates of a server and of a client, and their keys, as PEM files.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        write("ca.pem", authority.self_signed(&key).unwrap().pem());
        let issuer = Issuer::new(authority, key);
        for name in ["server", "client"] {
            let key = KeyPair::generate().unwrap();
            let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
            write(&format!("{name}.pem"), params.signed_by(&key, &issuer).unwrap().pem());
            write(&format!("{name}.key"), key.serialize_pem());
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Answers `ok` to each client that has a certificate of the authority.
    async fn serve(&self) -> String {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let trusted = Arc::new(authorities(&self.path("ca.pem")).unwrap());
        let verifier = WebPkiClientVerifier::builder_with_provider(trusted, Arc::clone(&provider));
        let config =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let (chain, key) = (certificates_of(&self.path("server.pem")), key_of(&self.path("server.key")));
        let config = config.with_client_cert_verifier(verifier.build().unwrap());
        let config = Arc::new(config.with_single_cert(chain.unwrap(), key.unwrap()).unwrap());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = TlsAcceptor::from(Arc::clone(&config)).accept(stream).await else {
                    continue;
                };
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
                    .await;
                let _ = stream.shutdown().await;
            }
        });
        format!("https://localhost:{port}")
    }
}

async fn get(origin: &str, certificates: Certificates) -> Result<Vec<u8>, EgressError> {
    let (source, secrets, addresses) = ("test".to_owned(), Vec::new(), Vec::new());
    let grant = HttpGrant {
        to: origin.parse().unwrap(),
        source,
        secrets,
        addresses,
        certificates,
        term_header: None,
    };
    let egress = Egress::new(
        "test".into(),
        vec![grant],
        Arc::default(),
        Limits::default(),
        Arc::default(),
        Outside::default(),
    );
    let request = http::Request::get(format!("{origin}/")).body(async { Ok(Bytes::new()) }).unwrap();
    let end = Instant::now() + Duration::from_secs(30);
    egress.send(request, Times { head: end, gap: None, end }).await?.body().await
}

#[tokio::test]
async fn each_grant_trusts_and_shows_its_own_certificates() {
    let files = Files::new();
    let origin = files.serve().await;
    let ca = Some(files.path("ca.pem"));
    let client = Some((files.path("client.pem"), files.path("client.key")));
    let known = Certificates { authorities: ca.clone(), client: client.clone() };
    assert_eq!(get(&origin, known).await.unwrap(), b"ok");
    // A stranger to the server, and a server that is a stranger to the system.
    get(&origin, Certificates { authorities: ca.clone(), client: None }).await.unwrap_err();
    let error = get(&origin, Certificates { authorities: None, client }).await.unwrap_err();
    // A system without any authority has no client at all.
    assert!(matches!(error.kind, Kind::Untrusted | Kind::Unreachable), "{error}");
    for (certificates, said) in [
        (Certificates { authorities: Some(files.path("none.pem")), client: None }, "none.pem`: No such file"),
        (Certificates { authorities: Some(files.path("server.key")), client: None }, "has no certificate"),
        (
            Certificates {
                authorities: ca,
                client: Some((files.path("client.pem"), files.path("server.key"))),
            },
            "client.pem` with `",
        ),
    ] {
        let error = get(&origin, certificates).await.unwrap_err();
        assert!(error.text.contains(said), "{error}");
    }
}
