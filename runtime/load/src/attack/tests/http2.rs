//! HTTP/2 with and without TLS, and who is trusted.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use super::server::{OK, Seen, serve};
use super::*;

/// Answers every stream with ten bytes of body; `/echo` gets its own body's length as status 2xx.
async fn speak_http2<S: AsyncRead + AsyncWrite + Unpin>(stream: S, seen: Arc<Seen>) {
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        seen.requests.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            let mut body = request.into_body();
            let mut length = 0;
            while let Some(Ok(data)) = body.data().await {
                length += data.len();
                let _ = body.flow_control().release_capacity(data.len());
            }
            let answer = http::Response::builder().header("x-length", length).body(()).unwrap();
            if let Ok(mut send) = respond.send_response(answer, false) {
                let _ = send.send_data(bytes::Bytes::from_static(b"0123456789"), true);
            }
        });
    }
}

#[tokio::test]
async fn http2_is_spoken_without_asking() {
    let (address, seen) = serve(speak_http2);
    let options = Options { http2: Http2::Always, connections: 2, ..options("200/s", 500) };
    let report = run(options.clone(), target(address)).await;
    // A machine that does other things misses some before the first connection stands.
    assert_eq!((report.asked, report.success), (100, 1.0), "{report}");
    assert!(report.requests >= 50 && report.bytes_in.total == 10 * report.requests, "{report}");
    assert!(seen.connections.load(Ordering::Relaxed) <= 2);
    let body = bytes::Bytes::from(vec![0; 300_000]);
    let post = Target { method: http::Method::POST, body, ..target(address) };
    let report = run(options, post).await;
    assert_eq!((report.success, report.bytes_out.total), (1.0, 300_000 * report.requests), "{report}");
}

#[tokio::test]
async fn a_closed_loop_of_http2_has_a_connection_each() {
    let (address, seen) = serve(speak_http2);
    let options = Options {
        http2: Http2::Always,
        pace: Pace::Closed,
        connections: 3,
        workers: 1,
        ..options("1/s", 200)
    };
    let report = run(options, target(address)).await;
    assert_eq!(report.success, 1.0, "{report}");
    assert_eq!(seen.connections.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn an_http2_server_that_says_nothing_times_out() {
    let (address, _) = serve(|stream, _| async move {
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let mut open = Vec::new();
        while let Some(Ok(request)) = connection.accept().await {
            open.push(request);
        }
    });
    let timeout = Duration::from_millis(200);
    let options = Options { http2: Http2::Always, timeout, ..options("20/s", 200) };
    let report = run(options, target(address)).await;
    assert_eq!(report.errors, [format!("http://{address}: no complete response within the timeout")]);
    assert_eq!((report.requests, report.success), (4, 0.0), "{report}");
}

struct Tls {
    address: SocketAddr,
    seen: Arc<Seen>,
    ca: bytes::Bytes,
}

/// A TLS server for `localhost` that offers `protocols`.
fn tls_server(protocols: &[&[u8]]) -> Tls {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = rustls_pki_types::PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (address, seen) = serve(move |stream, seen| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                return speak_http2(stream, seen).await;
            }
            let mut buffer = [0; 4096];
            while matches!(stream.read(&mut buffer).await, Ok(read) if read > 0) {
                seen.requests.fetch_add(1, Ordering::Relaxed);
                stream.write_all(OK).await.unwrap();
                stream.flush().await.unwrap();
            }
        }
    });
    Tls { address, seen, ca: own.cert.pem().into() }
}

fn encrypted(server: &Tls) -> (Target, Options) {
    let fixed = [(("localhost".to_owned(), server.address.port()), vec![server.address])];
    let addresses = Addresses::Fixed(fixed.into());
    let url = format!("https://localhost:{}/", server.address.port());
    let options = Options { addresses, ca: Some(server.ca.clone()), connections: 2, ..options("50/s", 200) };
    (Target::get(url.parse().unwrap()), options)
}

#[tokio::test]
async fn tls_chooses_the_protocol() {
    let cases: [(&[&[u8]], Http2, u64); 4] = [
        (&[b"h2", b"http/1.1"], Http2::Negotiate, 10),
        (&[b"h2", b"http/1.1"], Http2::Off, 2),
        (&[b"http/1.1"], Http2::Negotiate, 2),
        (&[], Http2::Negotiate, 2),
    ];
    for (offered, http2, size) in cases {
        let server = tls_server(offered);
        let (target, options) = encrypted(&server);
        let report = run(Options { http2, ..options }, target).await;
        // A machine that does other things misses some while a handshake takes its time.
        assert_eq!((report.asked, report.success), (10, 1.0), "{report}");
        assert!(report.requests > 0 && report.bytes_in.total == report.requests * size, "{report}");
        assert_eq!(server.seen.requests.load(Ordering::Relaxed), report.requests);
    }
}

#[tokio::test]
async fn nobody_is_trusted_who_should_not_be() {
    let server = tls_server(&[b"http/1.1"]);
    let (target, options) = encrypted(&server);
    let stranger = tls_server(&[]).ca;
    for ca in [None, Some(stranger)] {
        let report = run(Options { ca, ..options.clone() }, target.clone()).await;
        // A machine that does other things misses some: each of them is a handshake.
        assert_eq!((report.asked, report.success), (10, 0.0), "{report}");
        assert!(report.errors[0].contains("tls handshake failed: invalid peer certificate"), "{report}");
    }
    assert_eq!(server.seen.requests.load(Ordering::Relaxed), 0);
    let report = run(Options { insecure: true, ca: None, ..options.clone() }, target.clone()).await;
    assert_eq!(report.success, 1.0, "{report}");
    let nonsense = Options { ca: Some("nonsense".into()), ..options };
    assert!(matches!(try_run(nonsense, &[target]).await, Err(Error::Ca(_))));
}
