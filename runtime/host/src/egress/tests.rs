use std::sync::atomic::AtomicUsize;

use servo_test_support::{Reply as Answer, Scripted, Server as _};

use super::*;

fn egress(origins: &[&str], limits: Limits) -> Egress {
    let grant = |origin: &&str| HttpGrant {
        to: origin.parse().unwrap(),
        source: "test".into(),
        secrets: Vec::new(),
        addresses: Vec::new(),
        certificates: crate::Certificates::default(),
        term_header: None,
    };
    Egress::new(
        "test".into(),
        origins.iter().map(grant).collect(),
        Arc::default(),
        limits,
        Arc::default(),
        Outside::default(),
    )
}

async fn refused(egress: &Egress, request: http::request::Builder) -> EgressError {
    refused_within(Duration::from_secs(5), egress, request).await
}

async fn refused_within(time: Duration, egress: &Egress, request: http::request::Builder) -> EgressError {
    let end = Instant::now() + time;
    let request = request.body(async { Ok(Bytes::new()) }).unwrap();
    egress.send(request, Times { head: end, gap: None, end }).await.map(drop).unwrap_err()
}

#[tokio::test]
async fn the_client_must_read_the_origin_that_was_checked() {
    // Other spellings of addresses, which the client would dial without asking the resolver.
    let hosts = ["2852039166", "0xa9.0xfe.0xa9.0xfe", "0251.0376.0251.0376", "169.254.43518"];
    for host in hosts {
        let url = format!("http://{host}");
        let error = refused(&egress(&[&url], Limits::default()), http::Request::get(&url)).await;
        assert_eq!(error.kind, Kind::Url, "{host}: {error}");
    }
    for (url, same) in
        [("http://EXAMPLE.com.:80/", true), ("http://[0:0::1]/", true), ("http://example.com:81/", true)]
    {
        let origin = Origin::of_url(url).unwrap();
        assert_eq!(origin.is_of(&url.parse().unwrap()), same, "{url}");
    }
    let origin = Origin::of_url("http://example.com/").unwrap();
    for other in
        ["https://example.com/", "http://example.com:81/", "http://a.example.com/", "http://example.co/"]
    {
        assert!(!origin.is_of(&other.parse().unwrap()), "{other}");
    }
}

#[tokio::test]
async fn a_flood_of_headers_is_refused_before_the_host_adds_its_own() {
    let egress = egress(&["http://127.0.0.1:9"], Limits::default());
    let mut request = http::Request::get("http://127.0.0.1:9/");
    // As many as a map of headers holds; one more would be a panic.
    for index in 0..24_576 {
        request = request.header(format!("h{index}"), "");
    }
    assert_eq!(refused(&egress, request).await.kind, Kind::HeaderSize);
}

#[tokio::test]
async fn a_request_that_gets_no_place_names_the_limit() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let egress = egress(&[&url], Limits { http_in_flight: 1, ..Limits::default() });
    let holds = refused_within(Duration::from_secs(2), &egress, http::Request::get(&url));
    let waits = refused_within(Duration::from_millis(50), &egress, http::Request::get(&url));
    let (held, waited) = tokio::join!(holds, waits);
    assert_eq!((held.kind, waited.kind), (Kind::TimedOut, Kind::Limit), "{waited}");
    assert!(waited.text.starts_with("http_in_flight: 1 requests at a time"), "{waited}");
    assert_eq!(egress.tally.read().limit_hits.get("http_in_flight"), Some(&1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_resolved_once_and_what_was_checked_is_dialled() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let server = Scripted::start(|_| Answer::text(200, "ok"));
    let port = server.address().port();
    let url = format!("http://rebinds.example:{port}/");
    let rebinding = |_: &str, _: u16| {
        // Nobody listens at the first; it is left out, as it is the address of the metadata service.
        let all = [vec!["169.254.169.254:0", "127.0.0.1:0"], vec!["169.254.169.254:0"]];
        let now = ASKED.fetch_add(1, Relaxed).min(1);
        Ok(all[now].iter().map(|address| address.parse().unwrap()).collect())
    };
    let lookups = Lookups::of(1, rebinding);
    let fresh = || Egress { lookups: lookups.clone(), ..egress(&[&url], Limits::default()) };
    let (end, one) = (Instant::now() + Duration::from_secs(20), fresh());
    let request = http::Request::get(&url).body(async { Ok(Bytes::new()) }).unwrap();
    let answer = one.send(request, Times { head: end, gap: None, end }).await.unwrap();
    assert_eq!(answer.body().await.unwrap(), b"ok");
    assert_eq!((ASKED.load(Relaxed), server.seen().len()), (1, 1));
    // A connection that is made later asks and checks again.
    let other = fresh();
    assert_eq!(refused(&other, http::Request::get(&url)).await.kind, Kind::Prohibited);
    assert_eq!((ASKED.load(Relaxed), server.seen().len()), (2, 1));
    assert_eq!(other.tally.read().denials.get("http_address"), Some(&1));
}
