//! Who asks: tokens, logins and files that change.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use servo_test_support::{Reply, Scripted, Seen, Server as _};

use super::*;

fn header(seen: &Seen, name: &str) -> Option<String> {
    seen.header(name).map(str::to_owned)
}

fn ok() -> Reply {
    Reply::json(200, r#"{"status":"ok"}"#)
}

/// Takes only this token.
fn lock(wanted: &'static str) -> Scripted {
    Scripted::start(move |seen| {
        let right = seen.header("authorization") == Some(wanted);
        if right { ok() } else { Reply::json(401, r#"{"detail":"bad token"}"#) }
    })
}

fn write(path: &Path, text: &str) {
    let new = path.with_extension("new");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(new, path).unwrap();
}

#[tokio::test]
async fn a_request_is_a_post_to_servo_as_the_captures_have_it() {
    let server = Scripted::start(|_| ok());
    for slash in ["", "/"] {
        let url = format!("{}/accounts/dev.opsani.com/applications/app{slash}", server.url());
        let client = Client::new(token(&url, value("SECRET"))).unwrap();
        let Answer::Body(body) = client.post(Bytes::from_static(br#"{"event":"WHATS_NEXT"}"#)).await else {
            panic!()
        };
        assert_eq!(body, r#"{"status":"ok"}"#);
    }
    for seen in server.seen() {
        assert_eq!(
            (seen.method.as_str(), seen.path.as_str()),
            ("POST", "/accounts/dev.opsani.com/applications/app/servo")
        );
        assert_eq!(seen.text(), r#"{"event":"WHATS_NEXT"}"#);
        let headers = [
            ("authorization", Some("Bearer SECRET")),
            ("content-type", Some("application/json")),
            ("user-agent", Some(AGENT)),
            ("accept", Some("*/*")),
            ("x-sf-token", None),
        ];
        for (name, value) in headers {
            assert_eq!(seen.header(name), value, "{name}");
        }
    }
}

#[tokio::test]
async fn a_token_has_three_forms() {
    let server = Scripted::start(|_| ok());
    let table = [
        ("abc", Some("Bearer abc"), None),
        ("  abc\n", Some("Bearer abc"), None),
        ("Bearer abc", Some("Bearer abc"), None),
        ("Custom Bearer abc", Some("Custom Bearer abc"), None),
        ("X-SF-Token abc", None, Some("abc")),
    ];
    for (text, authorization, own) in table {
        let client = Client::new(token(&server.url(), value(text))).unwrap();
        assert!(matches!(post(&client).await, Answer::Body(_)));
        let seen = server.seen().pop().unwrap();
        assert_eq!(
            (seen.header("authorization"), seen.header("x-sf-token")),
            (authorization, own),
            "{text:?}"
        );
    }
    for text in ["", "a\nb"] {
        let client = Client::new(token(&server.url(), value(text))).unwrap();
        let Answer::Failed(failure) = post(&client).await else { panic!("{text:?} was sent") };
        assert_eq!(failure.kind, FailureKind::Credentials);
    }
}

#[tokio::test]
async fn a_token_file_that_is_replaced_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let server = lock("Bearer second");
    let client = Client::new(token(&server.url(), Secret::File(path.clone()))).unwrap();
    let Answer::Failed(failure) = post(&client).await else { panic!("there is no token") };
    assert!(failure.message.contains("token"), "{}", failure.message);
    write(&path, "first\n");
    let Answer::Refused(refusal) = post(&client).await else { panic!("the first token is wrong") };
    assert_eq!((refusal.status, refusal.detail.as_str()), (401, "bad token"));
    write(&path, "second\n");
    assert!(matches!(post(&client).await, Answer::Body(_)));
    // The first was not sent twice: nothing newer was to be had.
    let sent: Vec<_> = server.seen().iter().map(|seen| header(seen, "authorization").unwrap()).collect();
    assert_eq!(sent, ["Bearer first", "Bearer second"]);
}

#[tokio::test]
async fn a_token_that_changes_while_it_is_refused_is_tried_once_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    write(&path, "first");
    let replaced = path.clone();
    let server = Scripted::start(move |seen| {
        write(&replaced, "second");
        if seen.header("authorization") == Some("Bearer second") { ok() } else { Reply::json(401, "{}") }
    });
    let client = Client::new(token(&server.url(), Secret::File(path))).unwrap();
    assert!(matches!(post(&client).await, Answer::Body(_)));
    assert_eq!(server.seen().len(), 2);
}

fn login(server: &Scripted) -> ClientOptions {
    let access = Access::Login {
        url: format!("{}/rest/optimize/co/v1/optimizers/AAAA==/", server.url()),
        token_url: format!("{}/auth/ten-1/default/oauth2/token", server.url()),
        client_id: "CLIENTID".to_owned(),
        client_secret: value("SECRET"),
    };
    ClientOptions { access, ..token("http://x", value("")) }
}

#[tokio::test]
async fn a_login_is_what_the_capture_shows_and_its_token_is_used_until_it_ends() {
    let server = Scripted::start(|seen| match seen.path.as_str() {
        "/auth/ten-1/default/oauth2/token" => {
            Reply::json(200, r#"{"access_token":"oauth-access","token_type":"Bearer","expires_in":3600}"#)
        }
        _ => ok(),
    });
    let client = Client::new(login(&server)).unwrap();
    for _ in 0..2 {
        assert!(matches!(post(&client).await, Answer::Body(_)));
    }
    let seen = server.seen();
    let paths: Vec<_> = seen.iter().map(|seen| seen.path.as_str()).collect();
    let own = "/rest/optimize/co/v1/optimizers/AAAA==/servo";
    assert_eq!(paths, ["/auth/ten-1/default/oauth2/token", own, own]);
    let form = "application/x-www-form-urlencoded;charset=UTF-8";
    assert_eq!(seen[0].header("content-type"), Some(form));
    assert_eq!(seen[0].header("authorization"), Some("Basic Q0xJRU5USUQ6U0VDUkVU"));
    assert_eq!(seen[0].text(), "grant_type=client_credentials");
    assert_eq!(seen[1].header("authorization"), Some("Bearer oauth-access"));
}

#[tokio::test]
async fn a_token_that_ends_soon_is_asked_for_again() {
    let given = AtomicU32::new(0);
    let server = Scripted::start(move |seen| match seen.path.as_str() {
        "/auth/ten-1/default/oauth2/token" => {
            let number = given.fetch_add(1, Ordering::SeqCst);
            Reply::json(200, format!(r#"{{"access_token":"t{number}","expires_in":0}}"#))
        }
        _ => ok(),
    });
    let client = Client::new(login(&server)).unwrap();
    for _ in 0..2 {
        assert!(matches!(post(&client).await, Answer::Body(_)));
    }
    let sent: Vec<_> =
        server.seen().iter().skip(1).step_by(2).map(|seen| header(seen, "authorization")).collect();
    assert_eq!(sent, [Some("Bearer t0".to_owned()), Some("Bearer t1".to_owned())]);
}

#[tokio::test]
async fn a_login_that_is_refused_is_told_with_what_to_check() {
    let table = [
        (
            Reply::json(401, r#"{"detail":"who?"}"#),
            "was refused with status 401: who?; check `client_id`, `client_secret` and `token_url`",
        ),
        (
            Reply::json(400, r#"{"error":"SECRET is wrong"}"#),
            "was refused with status 400: *** is wrong; check",
        ),
        (Reply::json(200, r#"{"token":"x"}"#), "the answer has no `access_token` in it"),
        (Reply::hang_up(), "the token of client `CLIENTID` from http://127.0.0.1:"),
    ];
    for (reply, text) in table {
        let server = Scripted::start(move |_| reply.clone());
        let Answer::Failed(failure) = post(&Client::new(login(&server)).unwrap()).await else {
            panic!("{text}")
        };
        assert!(failure.message.contains(text), "{}", failure.message);
        assert!(!failure.message.contains("SECRET"));
        assert_eq!(server.seen().len(), 1, "asked without a token, or for several");
    }
}

fn connection(path: &Path) -> Client {
    let access = Access::ConnectionFile { path: path.to_owned(), optimizer_id: "AAAA==".to_owned() };
    Client::new(ClientOptions { access, ..token("http://x", value("")) }).unwrap()
}

#[tokio::test]
async fn a_connection_file_that_changes_leads_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("connection.yaml");
    let (first, second) = (lock("Bearer one"), lock("Bearer two"));
    let text = |server: &Scripted, token: &str| {
        format!("Authorization: Bearer {token}\nEndpoint: {}/\nTenantId: ten-1\n", server.url())
    };
    write(&path, &text(&first, "one"));
    let client = connection(&path);
    assert!(matches!(post(&client).await, Answer::Body(_)));
    assert_eq!(first.seen()[0].path, "/rest/optimize/co/v1/optimizers/AAAA==/servo");
    // Half a file and none are not believed.
    write(&path, "Authorization: Bear");
    assert!(matches!(post(&client).await, Answer::Body(_)));
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(post(&client).await, Answer::Body(_)));
    write(&path, &text(&second, "two"));
    assert!(matches!(post(&client).await, Answer::Body(_)));
    assert_eq!((first.seen().len(), second.seen().len()), (3, 1));
}

#[tokio::test]
async fn a_connection_file_is_waited_for_at_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("connection.yaml");
    let server = lock("Bearer one");
    let (client, written) = (connection(&path), path.clone());
    let text = format!("Authorization: one\nEndpoint: {}\n", server.url());
    let writer = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        write(&written, &text);
    });
    assert!(matches!(post(&client).await, Answer::Body(_)));
    writer.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_connection_file_that_does_not_come_is_named_after_a_minute_and_then_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("connection.yaml");
    let client = connection(&path);
    let began = tokio::time::Instant::now();
    let Answer::Failed(failure) = post(&client).await else { panic!("there is no file") };
    assert_eq!(failure.kind, FailureKind::Credentials);
    assert_eq!(failure.message, format!("the connection file `{}`: it does not exist (yet)", path.display()));
    let waited = began.elapsed();
    assert!((60..62).contains(&waited.as_secs()), "{waited:?}");
    post(&client).await;
    assert_eq!(began.elapsed(), waited);
    write(&path, "Endpoint: here");
    let Answer::Failed(failure) = post(&client).await else { panic!("the file says nothing") };
    assert!(failure.message.contains("`Authorization`, `Endpoint` and `TenantId`"), "{}", failure.message);
}
