use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use super::*;

/// The head of the first request to a listener, which is answered.
fn first(listener: TcpListener) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = vec![0; 4096];
        let read = stream.read(&mut head).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
        String::from_utf8(head[..read].to_vec()).unwrap()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_target_is_told_the_term_and_nothing_that_the_guest_says_of_it() {
    let name = http::HeaderName::from_static("x-term");
    for (header, told) in [
        (None, &["3"][..]),
        (Some((name.clone(), None)), &[]),
        (Some((name, Some(http::HeaderValue::from_static("7")))), &["7"]),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = first(listener);
        let plan = LoadPlan {
            targets: format!("GET http://{address}/\nX-Term: 3"),
            format: LoadFormat::Http,
            pace: LoadPace::Rate(1, Duration::from_secs(1)),
            duration: Duration::from_millis(100),
            connections: 1,
            workers: 1,
            timeout: Duration::from_secs(30),
            http2: false,
            keepalive: false,
            insecure: false,
            max_body: None,
            report_every: Duration::from_secs(1),
        };
        let prepared = Generator.prepare(plan).unwrap();
        let to = |origin| LoadOrigin { origin, addresses: vec![address], header: header.clone() };
        let origins = prepared.origins().into_iter().map(to).collect();
        let mut running = prepared.start(origins, Box::new(|| true), CancellationToken::new()).unwrap();
        while running.next().await.unwrap().is_some() {}
        let head = seen.join().unwrap().to_ascii_lowercase();
        let terms: Vec<_> = head.lines().filter_map(|line| line.strip_prefix("x-term: ")).collect();
        assert_eq!(terms, told, "{head}");
    }
}
