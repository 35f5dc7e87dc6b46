//! Whom a client believes to be the optimizer.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;

/// A server that says it is this host; its port, and its certificate in a file.
fn server(host: &str, folder: &tempfile::TempDir) -> (u16, PathBuf) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([host.to_owned()]).unwrap().self_signed(&key).unwrap();
    let path = folder.path().join("roots.pem");
    std::fs::write(&path, certificate.pem()).unwrap();
    let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    let (listener, config) = (TcpListener::bind("127.0.0.1:0").unwrap(), Arc::new(config));
    let port = listener.local_addr().unwrap().port();
    // Ends with the test's process; what goes wrong is seen by the client.
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            let mut request = [0; 4096];
            if stream.read(&mut request).is_ok() {
                let _ =
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    (port, path)
}

#[tokio::test]
async fn defect_26_nobody_is_believed_without_an_authority_that_vouches_for_that_host() {
    let folder = tempfile::tempdir().unwrap();
    for (host, roots_trust) in [("localhost", true), ("other.test", false)] {
        let (port, roots) = server(host, &folder);
        let ask = |verify| {
            let options =
                ClientOptions { verify, ..token(&format!("https://localhost:{port}"), value("SECRET")) };
            Client::new(options).unwrap()
        };
        let Answer::Failed(failure) = post(&ask(Verify::Platform)).await else {
            panic!("{host} was believed")
        };
        assert_eq!(failure.kind, FailureKind::Tls, "{}", failure.message);
        assert!(failure.message.contains("`settings.ssl_verify`"), "{}", failure.message);
        let answer = post(&ask(Verify::Roots(roots))).await;
        assert_eq!(matches!(answer, Answer::Body(_)), roots_trust, "{host}: {answer:?}");
        let answer = post(&ask(Verify::Off)).await;
        assert!(matches!(answer, Answer::Body(_)), "{host}: {answer:?}");
    }
}
