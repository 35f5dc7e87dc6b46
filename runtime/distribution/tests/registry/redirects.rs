//! Blobs that are somewhere else, proxies, TLS: where requests go, and what they carry there.

use std::sync::atomic::{AtomicUsize, Ordering};

use servo_distribution::manifest::media;
use servo_distribution::registry::Proxies;
use servo_distribution::{Credentials, Descriptor, RegistryError, RegistryOptions};
use servo_test_support::{Registry, Reply, Scripted, Server as _};

use crate::world::{Component, options, pull, reference, registry};

fn robot(registry: &str) -> Credentials {
    Credentials::default().with_login(registry, &"robot:robot-password".to_owned().into()).unwrap()
}

#[tokio::test]
async fn a_redirect_to_another_host_carries_no_login() {
    let blob = Component::of(100_000);
    let described = Descriptor::of(media::COMPONENT, blob.bytes());
    let (body, turn) = (blob.bytes().to_vec(), AtomicUsize::new(0));
    let elsewhere =
        Scripted::start(move |seen| match (turn.fetch_add(1, Ordering::SeqCst), seen.header("range")) {
            (0, _) => Reply::text(200, &*body).cut_at(1000, std::time::Duration::ZERO),
            (_, Some(_)) => {
                Reply::text(206, &body[1000..]).header("content-range", "bytes 1000-99999/100000")
            }
            _ => Reply::text(400, ""),
        });
    let target = format!("{}/blob?secret=of-the-store", elsewhere.url());
    let server = Scripted::start(move |seen| match seen.header("authorization") {
        None => Reply::text(401, "").header("www-authenticate", "Basic realm=\"r\""),
        Some(_) if seen.path.starts_with("/here") => Reply::text(307, "").header("location", &target),
        Some(_) => Reply::text(307, "").header("location", "/here"),
    });
    let at = reference(&server.address().to_string(), "some:1");
    let credentials = robot(&server.address().to_string());
    let ours = registry(RegistryOptions { credentials, ..options() });
    assert!(pull(&ours, &at, &described).await.unwrap() == blob.bytes(), "another blob");
    let seen = elsewhere.seen();
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|seen| seen.header("authorization").is_none()), "{seen:?}");
    // To the registry itself it does.
    assert!(server.seen().iter().any(|seen| seen.path == "/here" && seen.header("authorization").is_some()));
}

#[tokio::test]
async fn redirects_end_and_lead_nowhere_unknown() {
    let around = Scripted::start(|seen| Reply::text(302, "").header("location", &format!("{}x", seen.path)));
    let at = reference(&around.address().to_string(), "some:1");
    let error = registry(options()).manifest(&at).await.unwrap_err();
    assert!(matches!(error, RegistryError::Redirect { .. }), "{error}");
    assert_eq!(around.seen().len(), 6);
    for target in [
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "http://user:password@127.0.0.1/",
        "http://[/",
        "http://a.invalid/",
    ] {
        let server = Scripted::start(move |_| Reply::text(302, "").header("location", target));
        let at = reference(&server.address().to_string(), "some:1");
        let error = registry(options()).manifest(&at).await.unwrap_err();
        assert!(matches!(error, RegistryError::Redirect { .. }), "{target}: {error}");
        assert!(!error.to_string().contains("password@"), "{error}");
    }
    // Where an upload goes on.
    let component = Component::of(100);
    let server = Scripted::start(|seen| match seen.method.as_str() {
        "HEAD" => Reply::text(404, ""),
        _ => Reply::text(202, "").header("location", "http://a.invalid/upload"),
    });
    let at = reference(&server.address().to_string(), "some:1");
    let push = registry(options());
    let error = push.push(&at, &component.artifact(), component.path(), &|_| {}).await.unwrap_err();
    assert!(error.to_string().contains("redirects to `http://a.invalid`"), "{error}");
    let server = Scripted::start(|seen| match seen.method.as_str() {
        "HEAD" => Reply::text(404, ""),
        _ => Reply::text(307, "").header("location", "http://127.0.0.1:1/"),
    });
    let at = reference(&server.address().to_string(), "some:1");
    let push = registry(options());
    let error = push.push(&at, &component.artifact(), component.path(), &|_| {}).await.unwrap_err();
    assert!(matches!(error, RegistryError::Redirect { .. }), "{error}");
}

#[tokio::test]
async fn requests_go_through_the_proxy_unless_the_host_is_excepted() {
    let manifest = Component::of(10).artifact().manifest;
    let proxy = Scripted::start(move |seen| match seen.method.as_str() {
        "CONNECT" => Reply::text(403, ""),
        _ => Reply::text(200, &*manifest).header("content-type", media::MANIFEST),
    });
    let proxies = |none: &str| Proxies {
        https: Some(proxy.url()),
        http: Some(proxy.url()),
        none: Some(none.to_owned()),
    };
    let with = |none: &str| {
        let plain_http_hosts = vec!["registry.invalid".to_owned()];
        registry(RegistryOptions { proxies: proxies(none), plain_http_hosts, retries: 0, ..options() })
    };
    let at = reference("registry.invalid:5000", "some:1");
    with("").manifest(&at).await.unwrap();
    assert_eq!(proxy.seen()[0].path, "http://registry.invalid:5000/v2/some/manifests/1");
    let error = with("registry.invalid").manifest(&at).await.unwrap_err();
    assert!(matches!(error, RegistryError::Unreachable { .. }), "{error}");
    let error = with("").manifest(&reference("secure.invalid", "some:1")).await.unwrap_err();
    assert!(matches!(error, RegistryError::Unreachable { .. }), "{error}");
    assert_eq!(proxy.seen()[1].path, "secure.invalid:443");
    // This machine is reached without.
    let free = servo_test_support::free_port();
    with("").manifest(&reference(&format!("127.0.0.1:{free}"), "some:1")).await.unwrap_err();
    assert_eq!(proxy.seen().len(), 2);
}

#[tokio::test]
async fn registries_prove_who_they_are() {
    let (server, other) = (Registry::with_tls(), Registry::with_tls());
    let component = Component::of(1 << 20);
    let at = reference(server.address(), "some:1");
    let with = |ca_file: Option<&std::path::Path>| {
        registry(RegistryOptions { ca_file: ca_file.map(Into::into), retries: 0, ..options() })
    };
    let ours = with(server.ca_file());
    let digest = ours.push(&at, &component.artifact(), component.path(), &|_| {}).await.unwrap();
    let manifest = crate::world::manifest_of(&ours, &at.at(digest)).await;
    assert!(
        pull(&ours, &at, manifest.component().unwrap()).await.unwrap() == component.bytes(),
        "another one"
    );

    let plain = Registry::start();
    for (ours, server, text) in [
        (with(other.ca_file()), server.address(), "give the authority that vouches for it with --ca-file"),
        (with(None), server.address(), "it speaks TLS"),
        (with(server.ca_file()), plain.address(), "it does not speak TLS"),
    ] {
        let error = ours.manifest(&reference(server, "some:1")).await.unwrap_err();
        assert!(matches!(error, RegistryError::Tls { .. }) && error.to_string().contains(text), "{error}");
    }
    let missing = RegistryOptions { ca_file: Some("/does/not/exist".into()), ..options() };
    let error = servo_distribution::Registry::new(missing).unwrap_err().to_string();
    assert!(error.contains("/does/not/exist"), "{error}");
}
