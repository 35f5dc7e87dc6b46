//! Who we are: passwords, tokens, Docker's configuration; and that secrets stay secrets.

use std::time::Duration;

use servo_distribution::manifest::media;
use servo_distribution::{Credentials, Descriptor, RegistryError, RegistryOptions};
use servo_test_support::{Registry as Server, Reply, Scripted, Server as _};
use tempfile::TempDir;

use crate::world::{Component, manifest_of, options, pull, reference, registry};

fn login(registry: &str, text: &str) -> Credentials {
    Credentials::default().with_login(registry, &text.to_owned().into()).unwrap()
}

fn robot(server: &Server) -> Credentials {
    login(server.address(), &format!("{}:{}", Server::USER, Server::PASSWORD))
}

fn with(server: &Server, credentials: Credentials) -> servo_distribution::Registry {
    let ca_file = server.ca_file().map(Into::into);
    registry(RegistryOptions { ca_file, credentials, ..options() })
}

/// A folder with this `config.json`.
fn docker(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.json"), text).unwrap();
    folder
}

#[tokio::test]
async fn a_registry_with_a_password_opens_for_the_right_one_only() {
    let server = Server::with_password();
    let component = Component::of(100_000);
    let at = reference(server.address(), "some:1");
    for (credentials, text) in [
        (Credentials::default(), "wants a login for `some`: run `docker login"),
        (login(server.address(), "robot:wrong-password"), "does not accept the login of `robot`"),
        (login(server.address(), "nobody:robot-password"), "does not accept the login of `nobody`"),
    ] {
        let ours = with(&server, credentials);
        let push = ours.push(&at, &component.artifact(), component.path(), &|_| {}).await.unwrap_err();
        for error in [push, ours.manifest(&at).await.unwrap_err(), ours.tags(&at).await.unwrap_err()] {
            assert!(error.to_string().contains(text), "{error}");
            assert!(
                !error.is_passing() && !format!("{error:?} {error} {ours:?}").contains("-password"),
                "{error}"
            );
        }
    }
    let ours = with(&server, robot(&server));
    ours.push(&at, &component.artifact(), component.path(), &|_| {}).await.unwrap();
    let manifest = manifest_of(&ours, &at).await;
    assert!(
        pull(&ours, &at, manifest.component().unwrap()).await.unwrap() == component.bytes(),
        "another one"
    );
    assert!(!format!("{ours:?}").contains("-password"), "{ours:?}");
    assert!(!format!("{ours:?}").contains("cm9ib3Q6"), "{ours:?}");
}

#[tokio::test]
async fn a_login_goes_to_its_registry_only() {
    for challenge in ["Basic realm=\"r\"", "Bearer realm=\"TOKENS\""] {
        let tokens = Scripted::start(|_| Reply::text(401, ""));
        let challenge = challenge.replace("TOKENS", &tokens.url());
        let greedy = Scripted::start(move |_| Reply::text(401, "").header("www-authenticate", &challenge));
        let at = reference(&greedy.address().to_string(), "some:1");
        let credentials = login("other.example", "robot:secret");
        let credentials = credentials.with_given(&"x.example=a:secret,b:secret".to_owned().into()).unwrap();
        credentials.bind(["y.example"]).unwrap();
        let ours = registry(RegistryOptions { credentials, ..options() });
        let error = ours.manifest(&at).await.unwrap_err();
        assert!(matches!(error, RegistryError::LoginWanted { .. }), "{error}");
        assert!(error.to_string().contains(&format!("--creds {}=USER:PASSWORD", at.registry())), "{error}");
        let seen = [greedy.seen(), tokens.seen()].concat();
        assert!(seen.iter().all(|seen| seen.header("authorization").is_none()), "{seen:?}");
    }
}

#[tokio::test]
async fn a_login_is_not_sent_in_the_clear_to_another_machine() {
    let challenge = "Bearer realm=\"http://tokens.invalid:5001/token\"";
    let server = Scripted::start(move |_| Reply::text(401, "").header("www-authenticate", challenge));
    let at = reference(&server.address().to_string(), "some:1");
    for (plain, is_asked) in [
        (&[][..], false),
        (&["tokens.invalid:5000", at.registry()], false),
        (&["tokens.invalid:5001"], true),
        (&["tokens.invalid"], true),
    ] {
        let plain_http_hosts = plain.iter().map(|&host| host.to_owned()).collect();
        let credentials = login(at.registry(), "robot:secret");
        let ours = registry(RegistryOptions { credentials, plain_http_hosts, retries: 0, ..options() });
        match ours.manifest(&at).await.unwrap_err() {
            // There is no such host, and it was looked for.
            RegistryError::Unreachable { registry, .. } => {
                assert!(is_asked && registry.contains("tokens.invalid:5001"), "{registry}");
            }
            RegistryError::Redirect { to, why, .. } => {
                assert!(!is_asked && to.contains("tokens.invalid:5001"), "{to}");
                assert!(why.contains("SERVO_REGISTRY_PLAIN_HTTP"), "{why}");
            }
            error => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn logins_of_docker_are_used() {
    let server = Server::with_password();
    let address = server.address();
    // `robot:robot-password`
    let auth = r#"{"auth": "cm9ib3Q6cm9ib3QtcGFzc3dvcmQ="}"#;
    let right = [
        format!(r#"{{"auths": {{"other": {{}}, "{address}": {auth}}}}}"#),
        format!(r#"{{"auths": {{"https://{address}/v2/": {auth}}}, "credHelpers": {{"other": "x"}}}}"#),
        format!(r#"{{"auths": {{"{address}": {{"username": "robot", "password": "robot-password"}}}}}}"#),
    ];
    for text in right {
        let folder = docker(&text);
        let ours = with(&server, Credentials::default().with_docker(folder.path()));
        let error = ours.manifest(&reference(address, "some:1")).await.unwrap_err();
        assert!(matches!(error, RegistryError::NotFound { .. }), "{text}: {error}");
    }
    for (text, says) in [
        ("{}".to_owned(), "wants a login"),
        (format!(r#"{{"auths": {{"{address}": {{}}}}}}"#), "wants a login"),
        (
            format!(r#"{{"auths": {{"{address}": {{"auth": "secret-but-wrong"}}}}}}"#),
            "is not USER:PASSWORD in base64",
        ),
        (r#"{"auths": "secret-but-wrong"}"#.to_owned(), "it is not of its form at line 1"),
        (
            format!(r#"{{"credHelpers": {{"{address}": "does-not-exist"}}}}"#),
            "`docker-credential-does-not-exist`",
        ),
        (r#"{"credsStore": "../../bin/sh"}"#.to_owned(), "not the name of a helper"),
    ] {
        let folder = docker(&text);
        let ours = with(&server, Credentials::default().with_docker(folder.path()));
        let error = ours.manifest(&reference(address, "some:1")).await.unwrap_err();
        assert!(error.to_string().contains(says), "{text}: {error}");
        assert!(!format!("{error:?}").contains("secret-but-wrong"), "{error:?}");
    }
    // What is given comes first.
    let folder = docker(&format!(r#"{{"auths": {{"{address}": {auth}}}}}"#));
    let both = Credentials::default().with_docker(folder.path());
    let ours = with(&server, both.with_login(address, &"robot:wrong".to_owned().into()).unwrap());
    let error = ours.manifest(&reference(address, "some:1")).await.unwrap_err();
    assert!(matches!(error, RegistryError::LoginRefused { .. }), "{error}");
}

#[tokio::test]
async fn tokens_are_fetched_for_what_is_done_and_kept() {
    let server = Server::with_tokens();
    let component = Component::of(100_000);
    let at = reference(server.address(), "some/thing:1");
    let error = with(&server, Credentials::default()).manifest(&at).await.unwrap_err();
    assert!(matches!(error, RegistryError::LoginWanted { .. }), "{error}");
    let error =
        with(&server, login(server.address(), "robot:wrong-password")).manifest(&at).await.unwrap_err();
    assert!(matches!(error, RegistryError::LoginRefused { .. }), "{error}");

    let ours = with(&server, robot(&server));
    ours.push(&at, &component.artifact(), component.path(), &|_| {}).await.unwrap();
    let manifest = manifest_of(&ours, &at).await;
    assert!(
        pull(&ours, &at, manifest.component().unwrap()).await.unwrap() == component.bytes(),
        "another one"
    );
    ours.tags(&at).await.unwrap();
    assert_eq!(server.tokens().given(), 2, "one to push and one to pull");
    ours.delete(&at).await.unwrap();
    assert_eq!(server.tokens().given(), 3, "and one to delete");

    server.tokens().allow_reading_only();
    let reader = with(&server, robot(&server));
    let error = reader.push(&at, &component.artifact(), component.path(), &|_| {}).await.unwrap_err();
    assert!(matches!(error, RegistryError::Forbidden { .. }), "{error}");
    assert!(!format!("{ours:?}").contains("eyJ"), "{ours:?}");

    // With what is exchanged for tokens.
    let text =
        format!(r#"{{"auths": {{"{}": {{"identitytoken": "{}"}}}}}}"#, server.address(), Server::PASSWORD);
    let folder = docker(&text);
    let ours = with(&server, Credentials::default().with_docker(folder.path()));
    assert_eq!(ours.tags(&at).await.unwrap(), [""; 0]);
    assert_eq!(server.tokens().seen().last().unwrap().method, "POST");
}

#[tokio::test]
async fn a_token_that_expires_in_the_middle_of_a_pull_is_replaced() {
    let server = Server::with_tokens();
    let component = Component::of(100_000);
    let at = reference(server.address(), "some:1");
    let pushed =
        with(&server, robot(&server)).push(&at, &component.artifact(), component.path(), &|_| {}).await;
    pushed.unwrap();
    // It says an hour and the registry thinks otherwise; then it says a second.
    for (real, said, pause) in [(3, 3600, 3100), (3600, 1, 1000)] {
        server.tokens().valid_for(Duration::from_secs(real), Duration::from_secs(said));
        let ours = with(&server, robot(&server));
        let before = server.tokens().given();
        let manifest = manifest_of(&ours, &at).await;
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let found = pull(&ours, &at, manifest.component().unwrap()).await.unwrap();
        assert!(found == component.bytes(), "another component");
        // More on a machine that halts for seconds.
        assert!(server.tokens().given() - before >= 2, "{}", server.tokens().given() - before);
    }
}

#[tokio::test]
async fn a_token_that_expires_in_the_middle_of_a_blob_is_replaced() {
    let tokens = Scripted::in_turn([
        Reply::json(200, r#"{"access_token": "first", "expires_in": 3600}"#),
        Reply::json(200, r#"{"token": "second"}"#),
    ]);
    let challenge = format!("Bearer realm=\"{}/token\",service=\"s\"", tokens.url());
    let blob = Component::of(100_000);
    let described = Descriptor::of(media::COMPONENT, blob.bytes());
    let body = blob.bytes().to_vec();
    let server = Scripted::start(move |seen| match (seen.header("authorization"), seen.header("range")) {
        (Some("Bearer first"), None) => Reply::text(200, &*body).cut_at(1000, Duration::ZERO),
        (Some("Bearer second"), Some("bytes=1000-")) => {
            Reply::text(206, &body[1000..]).header("content-range", "bytes 1000-99999/100000")
        }
        _ => Reply::text(401, "").header("www-authenticate", &challenge),
    });
    let at = reference(&server.address().to_string(), "some:1");
    assert!(pull(&registry(options()), &at, &described).await.unwrap() == blob.bytes(), "another blob");
    let seen = tokens.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].path, "/token?service=s&scope=repository%3Asome%3Apull");
}

#[tokio::test]
async fn token_servers_that_misbehave_are_named() {
    for (reply, text) in [
        (Reply::json(200, "{}"), "gives no token"),
        (Reply::text(200, "<html>"), "something else than a token"),
        (Reply::json(200, r#"{"token": "a\nb"}"#), "cannot be in a header"),
        (Reply::json(200, format!(r#"{{"token": "{}"}}"#, "x".repeat(70_000))), "more than 65536 bytes"),
        (Reply::text(403, ""), "wants a login"),
        (Reply::text(503, ""), "503"),
        // One that no registry accepts.
        (Reply::json(200, r#"{"token": "wrong"}"#), "wants a login"),
    ] {
        let tokens = Scripted::start(move |_| reply.clone());
        let challenge = format!("Bearer realm=\"{}\"", tokens.url());
        let server = Scripted::start(move |_| Reply::text(401, "").header("www-authenticate", &challenge));
        let at = reference(&server.address().to_string(), "some:1");
        let ours = registry(RegistryOptions { retries: 1, ..options() });
        let error = ours.manifest(&at).await.unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
    }
    for realm in ["", "ftp://127.0.0.1/", "/token", "not a url"] {
        let challenge = format!("Bearer realm=\"{realm}\"");
        let server = Scripted::start(move |_| Reply::text(401, "").header("www-authenticate", &challenge));
        let at = reference(&server.address().to_string(), "some:1");
        let error = registry(options()).manifest(&at).await.unwrap_err();
        assert!(matches!(error, RegistryError::NotARegistry { .. }), "{realm}: {error}");
    }
}
