//! Servers that refuse, are silent, talk nonsense, or never end: every request ends in time and says how.

use std::time::Instant;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::server::{constant, next_request, serve};
use super::*;

/// Short enough to wait for, long enough for a busy machine to answer in.
const TIMEOUT: Duration = Duration::from_millis(300);

fn impatient() -> Options {
    Options { timeout: TIMEOUT, ..options("20/s", 200) }
}

fn assert_all_failed(report: &Report, address: SocketAddr, error: &str) {
    assert_eq!((report.requests, report.success), (4, 0.0), "{report}");
    assert_eq!(report.status_codes.get("0"), Some(&4), "{report}");
    assert_eq!(report.errors, [format!("http://{address}: {error}")]);
}

#[tokio::test]
async fn a_refused_connection_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let report = run(impatient(), target(address)).await;
    assert_all_failed(&report, address, "cannot connect: connection refused");
    let closed = Options { pace: Pace::Closed, connections: 2, ..impatient() };
    let report = run(closed, target(address)).await;
    // A closed loop pauses after each failure, so it does not hammer.
    assert!((2..=40).contains(&report.requests), "{report}");
}

#[tokio::test]
async fn malformed_answers_are_errors() {
    let cases: [(&'static [u8], &str); 4] = [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "malformed response: invalid http version"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "malformed response: invalid content-length"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
            "malformed response: invalid chunk size",
        ),
        (b"HTTP/1.1 200 OK\r\n: x\r\n\r\n", "malformed response: invalid header name"),
    ];
    for (answer, error) in cases {
        let (address, _) = constant(answer);
        assert_all_failed(&run(impatient(), target(address)).await, address, error);
    }
}

#[tokio::test]
async fn a_connection_closed_too_early_is_an_error() {
    for part in
        [&b""[..], b"HTTP/1.1 200 OK\r\nContent-Le", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"]
    {
        let (address, _) = serve(move |mut stream, _| async move {
            next_request(&mut stream).await;
            stream.write_all(part).await.unwrap();
        });
        let report = run(impatient(), target(address)).await;
        assert_all_failed(&report, address, "connection closed before the response was complete");
    }
}

/// What a hostile server sends after `start`, again and again.
async fn endless(start: &'static [u8], piece: &'static [u8], pause: Duration) -> (Report, SocketAddr) {
    let (address, _) = serve(move |mut stream, _| async move {
        next_request(&mut stream).await;
        let mut sent = stream.write_all(start).await;
        while sent.is_ok() {
            tokio::time::sleep(pause).await;
            sent = stream.write_all(piece).await;
        }
    });
    let start = Instant::now();
    let report = run(impatient(), target(address)).await;
    assert!(start.elapsed() < Duration::from_secs(20), "took {:?}", start.elapsed());
    assert!(report.latencies.max < Duration::from_secs(15), "{report}");
    (report, address)
}

#[tokio::test]
async fn whoever_never_ends_is_timed_out() {
    static MUCH: [u8; 65536] = [b'a'; 65536];
    let slow = Duration::from_millis(20);
    let cases: [(&'static [u8], &'static [u8], Duration); 4] = [
        // Silence, a head byte by byte, a body byte by byte, a body as fast as the network carries it.
        (b"", b"", slow),
        (b"HTTP/1.1 200 OK\r\nX: ", b"a", slow),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"a", slow),
        (b"HTTP/1.1 200 OK\r\n\r\n", &MUCH, Duration::ZERO),
    ];
    for (start, piece, pause) in cases {
        let (report, address) = endless(start, piece, pause).await;
        assert_all_failed(&report, address, "no complete response within the timeout");
        assert!(report.latencies.min >= TIMEOUT, "{report}");
    }
}

#[tokio::test]
async fn an_endless_head_is_refused() {
    let (report, address) = endless(b"HTTP/1.1 200 OK\r\nX: ", &[b'a'; 4096], Duration::ZERO).await;
    assert_all_failed(&report, address, "malformed response: head longer than 64 KiB");
}

#[tokio::test]
async fn a_connection_that_is_never_accepted_times_out() {
    // A listener whose queue is full lets further connections wait.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut full = Vec::new();
    while let Ok(stream) =
        tokio::time::timeout(Duration::from_millis(100), tokio::net::TcpStream::connect(address)).await
    {
        full.push(stream);
    }
    let report = run(impatient(), target(address)).await;
    assert_all_failed(&report, address, "no connection within the timeout");
}

#[test]
fn the_text_of_errors_is_bounded_in_number() {
    let mut tally = crate::tally::Tally::new().unwrap();
    let now = Instant::now();
    for status in 400..900 {
        tally.record(crate::tally::Sample {
            origin: &"http://a:80".into(),
            due: now,
            sent: now,
            end: now,
            bytes_out: 0,
            outcome: Ok((status, 0)),
        });
    }
    let window = crate::tally::Window { from: Duration::ZERO, until: Duration::ZERO };
    let report = tally.report(crate::tally::Epoch::now(), window);
    assert_eq!(report.errors.len(), 101);
    assert_eq!(report.errors[100], "400 requests failed in other ways");
}
