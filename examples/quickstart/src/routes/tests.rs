use super::*;

async fn ask(app: &Arc<App>, line: &str, headers: &[(&str, &str)], body: &str) -> (Answer, Bytes) {
    let (method, path) = line.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).unwrap();
    let mut answer = super::answer(Arc::clone(app), request).await.unwrap();
    let body = answer.body_mut().collect().await.unwrap().to_bytes();
    (answer, body)
}

async fn json(app: &Arc<App>, line: &str, body: &str) -> (u16, Value) {
    let (answer, body) = ask(app, line, &[], body).await;
    assert_eq!(answer.headers()[CONTENT_TYPE], "application/json");
    (answer.status().as_u16(), serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn settings_are_read_changed_and_described() {
    let app = App::start(1, 20).unwrap();
    let (status, settings) = json(&app, "PATCH /settings", r#"{"workers": 2}"#).await;
    assert_eq!((status, &settings["workers"]), (200, &json!(2)));
    assert_eq!(json(&app, "GET /settings", "").await, (200, settings));
    let refused = json!({
        "error": "the settings were not changed",
        "problems": [{"pointer": "/workers", "text": "0 is not a whole number from 1 to 16 (threads)"}],
    });
    assert_eq!(json(&app, "PATCH /settings", r#"{"workers": 0}"#).await, (400, refused));
    let (_, schema) = json(&app, "GET /settings/schema", "").await;
    assert_eq!(schema["properties"]["workers"]["maximum"], 16);
    assert_eq!(json(&app, "GET /ready", "").await, (200, json!({"ready": true})));
}

#[tokio::test]
async fn what_does_not_exist_is_told() {
    let app = App::start(1, 20).unwrap();
    let large = format!("{{\"workers\": {}2}}", " ".repeat(BODY_MAX));
    for (line, body, expected) in [
        ("GET /", "", 404),
        ("GET /documents/", "", 404),
        ("GET /documents/-1", "", 404),
        ("GET /documents/20", "", 404),
        ("GET /documents/99999999999999999999", "", 404),
        ("GET /documents/../settings", "", 404),
        ("POST /random", "", 405),
        ("DELETE /documents/1", "", 405),
        ("PUT /settings", "", 405),
        ("PATCH /settings", "{", 400),
        ("PATCH /settings", large.as_str(), 413),
    ] {
        let (status, answer) = json(&app, line, body).await;
        assert_eq!(status, expected, "{line}");
        assert!(answer["error"].is_string());
    }
    let (answer, _) = ask(&app, "PUT /settings", &[], "").await;
    assert_eq!(answer.headers()[ALLOW], "GET, HEAD, PATCH");
}

#[tokio::test]
async fn a_document_comes_in_the_coding_the_client_can_read() {
    let app = App::start(1, 20).unwrap();
    for (accepted, gzip) in [
        (None, true),
        (Some("gzip"), true),
        (Some("br, GZIP;q=0.5"), true),
        (Some("*"), true),
        (Some("gzip;q=0, *"), false),
        (Some("identity"), false),
        (Some("gzip; q=nonsense"), false),
        (Some(""), false),
    ] {
        let headers: Vec<_> = accepted.map(|accepted| ("accept-encoding", accepted)).into_iter().collect();
        let (answer, body) = ask(&app, "GET /documents/1", &headers, "").await;
        assert_eq!(answer.headers().contains_key(CONTENT_ENCODING), gzip, "{accepted:?}");
        assert_eq!(body.starts_with(b"{\"document\":1,"), !gzip, "{accepted:?}");
    }
}

#[tokio::test]
async fn a_random_document_says_which_one_it_is() {
    let app = App::start(1, 20).unwrap();
    let (answer, body) = ask(&app, "GET /random", &[], "").await;
    let location = answer.headers()[CONTENT_LOCATION].to_str().unwrap().to_owned();
    let (_, again) = ask(&app, &format!("GET {location}"), &[], "").await;
    assert_eq!(body, again);
    let (answer, metrics) = ask(&app, "GET /metrics", &[], "").await;
    assert!(answer.headers()[CONTENT_TYPE].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    assert!(String::from_utf8_lossy(&metrics).contains("quickstart_requests_total{code=\"2xx\"} 2\n"));
}
