use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use super::*;

const SOON: Duration = Duration::from_secs(20);

async fn server(limits: Limits) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, App::start(1, 20).unwrap(), limits));
    address
}

fn tight() -> Limits {
    Limits { head_time: Duration::from_millis(300), ..Limits::default() }
}

/// Sends `request` and returns the status line of what comes back until the server closes the connection.
async fn send(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may refuse and close before it has read everything.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let _ = timeout(SOON, stream.read_to_end(&mut answer))
        .await
        .expect("the server does not close the connection");
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn heads_beyond_the_limits_are_refused() {
    let address = server(tight()).await;
    let many = "x: y\r\n".repeat(65);
    let long = "x".repeat(17 * 1024);
    for (request, expected) in [
        ("GET /ready HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(), "HTTP/1.1 200 OK"),
        (format!("GET /ready HTTP/1.1\r\n{many}\r\n"), "HTTP/1.1 431 Request Header Fields Too Large"),
        (format!("GET /ready HTTP/1.1\r\nx: {long}\r\n\r\n"), "HTTP/1.1 431 Request Header Fields Too Large"),
        (format!("GET /{long} HTTP/1.1\r\n\r\n"), "HTTP/1.1 431 Request Header Fields Too Large"),
        ("\0\x01\x02 nonsense\r\n\r\n".to_owned(), "HTTP/1.1 400 Bad Request"),
        (
            "PATCH /settings HTTP/1.1\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}".to_owned(),
            "HTTP/1.1 400 Bad Request",
        ),
    ] {
        assert_eq!(
            send(address, request.as_bytes()).await,
            expected,
            "{}",
            &request[..request.len().min(60)]
        );
    }
}

#[tokio::test]
async fn a_client_that_dawdles_is_disconnected_and_others_are_served() {
    let address = server(tight()).await;
    assert_eq!(send(address, b"").await, "", "one that says nothing");
    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(b"GET /ready HTTP/1.1\r\nx: ").await.unwrap();
    assert_eq!(send(address, b"GET /ready HTTP/1.1\r\n\r\n").await, "HTTP/1.1 200 OK");
    let mut rest = Vec::new();
    let _ = timeout(SOON, slow.read_to_end(&mut rest)).await.expect("half a head keeps the connection");
}

#[tokio::test]
async fn a_client_that_never_reads_is_disconnected_by_age() {
    let limits = Limits {
        connections: 1,
        age: Duration::from_millis(300),
        last_request: Duration::from_millis(100),
        ..tight()
    };
    let address = server(limits).await;
    let mut greedy = TcpStream::connect(address).await.unwrap();
    let flood = tokio::spawn(async move {
        let requests = "GET /documents/1 HTTP/1.1\r\n\r\n".repeat(1_000);
        while greedy.write_all(requests.as_bytes()).await.is_ok() {}
    });
    // There is one place only: it is served once the greedy one had to leave.
    assert_eq!(send(address, b"GET /ready HTTP/1.1\r\n\r\n").await, "HTTP/1.1 200 OK");
    timeout(SOON, flood).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_connection_carries_many_requests() {
    let address = server(Limits::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    for _ in 0..3 {
        stream.write_all(b"GET /ready HTTP/1.1\r\n\r\n").await.unwrap();
        let mut answer = [0; 512];
        let length = timeout(SOON, stream.read(&mut answer)).await.unwrap().unwrap();
        assert!(answer[..length].starts_with(b"HTTP/1.1 200 OK"));
    }
}
