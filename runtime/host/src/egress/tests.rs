use super::*;

fn egress(origins: &[&str], limits: Limits) -> Egress {
    let grant = |origin: &&str| HttpGrant {
        to: origin.parse().unwrap(),
        source: "test".into(),
        secrets: Vec::new(),
        addresses: Vec::new(),
    };
    Egress::new("test".into(), origins.iter().map(grant).collect(), Arc::default(), limits, Arc::default())
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
