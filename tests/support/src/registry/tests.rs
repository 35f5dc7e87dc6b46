use super::*;
use crate::http;

#[test]
fn a_registry_keeps_what_it_has_over_a_crash() {
    let mut registry = Registry::start();
    let url = format!("http://{}/v2/a/blobs/uploads/?digest=sha256:{}", registry.address(), EMPTY);
    assert_eq!(http::request("POST", &url, &[], b"").unwrap().status, 202);
    registry.kill();
    assert!(http::get(&format!("http://{}/v2/", registry.address())).is_err());
    registry.restart();
    assert_eq!(http::get(&format!("http://{}/v2/", registry.address())).unwrap().status, 200);
}

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn a_registry_with_tokens_accepts_those_of_its_server() {
    let registry = Registry::with_tokens();
    let url = format!("http://{}/v2/", registry.address());
    let refused = http::get(&url).unwrap();
    assert_eq!(refused.status, 401);
    assert!(refused.header("www-authenticate").unwrap().contains(registry.tokens().url()), "{refused:?}");
    let token = registry.tokens().token("repository:a:pull", Duration::from_secs(60));
    let header = format!("Bearer {token}");
    assert_eq!(http::request("GET", &url, &[("authorization", &header)], b"").unwrap().status, 200);
}
