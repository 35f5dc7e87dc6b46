use std::sync::atomic::Ordering;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::server::{OK, constant, next_request, serve};
use super::*;

#[tokio::test]
async fn answers_are_counted_by_status_and_size() {
    let cases: [(&'static [u8], u16, u64, bool); 6] = [
        (OK, 200, 2, true),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 200, 3, true),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, 0, true),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", 302, 0, true),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone", 404, 4, false),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", 503, 0, false),
    ];
    for (answer, status, size, success) in cases {
        let (address, seen) = constant(answer);
        let report = run(options("100/s", 200), target(address)).await;
        assert_eq!(report.status_codes.get(&status.to_string()), Some(&20), "{report}");
        assert_eq!((report.requests, report.bytes_in.total), (20, 20 * size), "{report}");
        assert_eq!(report.success, f64::from(u8::from(success)), "{report}");
        assert_eq!(report.errors.len(), usize::from(!success), "{report}");
        assert_eq!(seen.requests.load(Ordering::Relaxed), 20);
        let Latencies { min, p50, max, mean, total, .. } = report.latencies;
        assert!(min <= p50 && p50 <= max && mean <= max && max <= total && !min.is_zero(), "{report}");
    }
}

#[tokio::test]
async fn connections_are_used_again_unless_told_otherwise() {
    let cases = [
        (OK, true, true),
        (OK, false, false),
        (&b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"[..], true, false),
    ];
    for (answer, keepalive, again) in cases {
        let (address, seen) = constant(answer);
        // One lane, so that a slow moment does not open a second connection; what finds it busy is not sent.
        let options = Options { keepalive, connections: 1, ..options("50/s", 200) };
        let report = run(options, target(address)).await;
        assert!((1..=10).contains(&report.requests) && report.success == 1.0, "{report}");
        let expected = if again { 1 } else { report.requests };
        assert_eq!(seen.connections.load(Ordering::Relaxed), expected, "{keepalive}: {report}");
    }
}

#[tokio::test]
async fn a_body_that_ends_with_the_connection_is_complete() {
    let (address, _) = serve(|mut stream, _| async move {
        next_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nall of it").await.unwrap();
    });
    let report = run(options("50/s", 200), target(address)).await;
    assert_eq!((report.success, report.bytes_in.total), (1.0, 90), "{report}");
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_is_no_error() {
    // Closes after every answer without having said so.
    let (address, seen) = serve(|mut stream, seen| async move {
        if next_request(&mut stream).await.is_some() {
            seen.requests.fetch_add(1, Ordering::Relaxed);
            stream.write_all(OK).await.unwrap();
        }
    });
    let closed = Options { pace: Pace::Closed, connections: 2, ..options("1/s", 200) };
    for options in [options("50/s", 200), closed] {
        let report = run(options, target(address)).await;
        assert_eq!(report.success, 1.0, "{report}");
    }
    assert!(seen.requests.load(Ordering::Relaxed) > 10);
}

#[tokio::test]
async fn requests_arrive_as_written() {
    let (sender, receiver) = std::sync::mpsc::sync_channel(1);
    let (address, _) = serve(move |mut stream, _| {
        let sender = sender.clone();
        async move {
            sender.send(next_request(&mut stream).await.unwrap()).unwrap();
            stream.write_all(OK).await.unwrap();
        }
    });
    let text = format!(
        "POST http://{address}/a?b=c\nHost: other\nX-Case: Kept\nX-Twice: 1\nX-Twice: 2\nContent-Length: 99\n@body\n"
    );
    let targets = targets::parse_http(&text, &|_| Ok(b"hello".to_vec())).unwrap();
    let report = try_run(options("1/s", 100), &targets).await.unwrap();
    let version = env!("CARGO_PKG_VERSION");
    let expected = format!(
        "POST /a?b=c HTTP/1.1\r\nHost: other\r\nUser-Agent: servo-load/{version}\r\nX-Case: Kept\r\nX-Twice: 1\r\n\
         X-Twice: 2\r\nContent-Length: 5\r\n\r\nhello"
    );
    assert_eq!(receiver.recv().unwrap(), expected);
    assert_eq!(report.bytes_out.total, 5);
}

#[tokio::test]
async fn targets_take_turns_and_head_has_no_body() {
    let (a, seen_a) = constant(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let (b, seen_b) = constant(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    let head = Target { method: http::Method::HEAD, ..target(b) };
    let options = Options { workers: 2, ..options("100/s", 200) };
    let report = try_run(options, &[target(a), head, target(a)]).await.unwrap();
    assert_eq!((report.success, report.bytes_in.total), (1.0, 0), "{report}");
    assert_eq!(seen_a.requests.load(Ordering::Relaxed), 13);
    assert_eq!(seen_b.requests.load(Ordering::Relaxed), 7);
}

#[tokio::test]
async fn a_body_counts_up_to_the_maximum() {
    let (address, _) = constant(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    let report = run(Options { max_body: Some(3), ..options("50/s", 200) }, target(address)).await;
    assert_eq!(report.bytes_in, Bytes { total: 30, mean: 3.0 }, "{report}");
}

#[tokio::test]
async fn a_body_larger_than_any_buffer_goes_out_whole() {
    let (address, _) = serve(|mut stream, _| async move {
        let mut rest = 4 << 20;
        let mut buffer = vec![0; 1 << 16];
        while rest > 0 {
            let read = stream.read(&mut buffer).await.unwrap();
            let head = buffer[..read].windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
            rest -= read - if rest == 4 << 20 { head } else { 0 };
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    });
    let body = bytes::Bytes::from(vec![0; 4 << 20]);
    let post = Target { method: http::Method::POST, body, ..target(address) };
    let report = run(options("20/s", 100), post).await;
    assert_eq!((report.success, report.bytes_out.total), (1.0, 2 * (4 << 20)), "{report}");
}
