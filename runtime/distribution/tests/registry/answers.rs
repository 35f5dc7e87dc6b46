//! Servers that are slow, overloaded, wrong, or no registries.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use servo_distribution::manifest::media;
use servo_distribution::{Descriptor, Digest, Hasher, RegistryError, RegistryOptions, Sink};
use servo_test_support::{Reply, Scripted, Seen, Server as _};

use crate::world::{Component, options, pull, reference, registry};

fn manifest() -> Reply {
    Reply::text(200, Component::of(10).artifact().manifest).header("content-type", media::MANIFEST)
}

/// What is said of the manifest at a server, and how often it was asked.
async fn error_of(server: &Scripted, options: RegistryOptions) -> (RegistryError, usize) {
    let at = reference(&server.address().to_string(), "some:1");
    let error = registry(options).manifest(&at).await.unwrap_err();
    (error, server.seen().len())
}

#[tokio::test]
async fn each_refusal_says_what_to_do() {
    let denied = r#"{"errors":[{"code":"DENIED","message":"not you\u001b[2J\n"}]}"#;
    type Is = fn(&RegistryError) -> bool;
    let cases: [(Reply, Is, &str, usize); 9] = [
        (
            Reply::json(403, denied),
            |e| matches!(e, RegistryError::Forbidden { .. }),
            "(DENIED not you[2J): ask its owner",
            1,
        ),
        (
            Reply::json(404, "{}"),
            |e| matches!(e, RegistryError::NotFound { .. }),
            "check name, tag and digest",
            1,
        ),
        (Reply::text(401, ""), |e| matches!(e, RegistryError::NotARegistry { .. }), "no way to log in", 1),
        (Reply::text(400, "what"), |e| matches!(e, RegistryError::Refused { .. }), "400 Bad Request", 1),
        (
            Reply::text(500, "<html>"),
            |e| matches!(e, RegistryError::Failing { .. }),
            "500 Internal Server Error",
            3,
        ),
        (Reply::text(503, ""), |e| matches!(e, RegistryError::Failing { .. }), "try again later", 3),
        (Reply::text(501, ""), |e| matches!(e, RegistryError::Failing { .. }), "501", 1),
        (
            Reply::text(429, ""),
            |e| matches!(e, RegistryError::TooMany { .. }),
            "log in for a higher limit",
            3,
        ),
        (
            Reply::hang_up(),
            |e| matches!(e, RegistryError::Unreachable { .. }),
            "check name, network and proxy",
            3,
        ),
    ];
    for (reply, is, text, times) in cases {
        let server = Scripted::start(move |_| reply.clone());
        let (error, asked) = error_of(&server, RegistryOptions { retries: 2, ..options() }).await;
        assert!(is(&error) && error.to_string().contains(text), "{error:?}: {error}");
        assert_eq!(asked, times, "{error}");
        assert!(!error.to_string().contains(char::is_control), "{error:?}");
    }
}

#[tokio::test]
async fn what_is_no_registry_is_called_so() {
    let page = "<html><body>Welcome</body></html>";
    for reply in [Reply::text(200, page), Reply::text(404, page), Reply::text(403, page)] {
        let server =
            Scripted::start(move |_| reply.clone().header("content-type", "text/html; charset=utf-8"));
        let (error, asked) = error_of(&server, options()).await;
        assert!(matches!(error, RegistryError::NotARegistry { .. }), "{error:?}");
        assert_eq!(asked, 1);
        let at = reference(&server.address().to_string(), "some");
        let error = registry(options()).tags(&at).await.unwrap_err();
        assert!(matches!(error, RegistryError::NotARegistry { .. }), "{error:?}");
    }
    let free = servo_test_support::free_port();
    let at = reference(&format!("127.0.0.1:{free}"), "some:1");
    let error = registry(RegistryOptions { retries: 1, ..options() }).manifest(&at).await.unwrap_err();
    assert!(error.is_passing() && matches!(error, RegistryError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn what_keeps_nothing_is_pushed_nothing() {
    let component = Component::of(1000);
    let artifact = component.artifact();
    let digest = Digest::of(&artifact.manifest).to_string();
    // A web server that is content with everything; one that takes uploads; one that keeps what it does not name.
    type Script = fn(&Seen) -> Reply;
    for (script, text) in [
        (
            (|_| Reply::text(200, "<html>").header("content-type", "text/html")) as Script,
            "200 OK to what it is sent",
        ),
        (
            |seen| match seen.method.as_str() {
                "POST" => Reply::text(202, "").header("location", "/upload"),
                _ => Reply::text(200, ""),
            },
            "200 OK to what it is sent",
        ),
        (
            |seen| match seen.method.as_str() {
                "POST" => Reply::text(202, "").header("location", "/upload"),
                "HEAD" => Reply::text(404, ""),
                _ => Reply::text(201, ""),
            },
            "and not where",
        ),
        (
            // It has the blobs.
            |seen| match seen.method.as_str() {
                "HEAD" => {
                    let digest = seen.path.rsplit('/').next().unwrap_or_default();
                    Reply::text(200, "").header("docker-content-digest", digest).announcing(None)
                }
                _ => Reply::text(200, ""),
            },
            "200 OK to what it is sent",
        ),
    ] {
        let server = Scripted::start(script);
        let at = reference(&server.address().to_string(), "some:1");
        let pushed = registry(options()).push(&at, &artifact, component.path(), &|_| {}).await;
        let error = pushed.unwrap_err();
        assert!(matches!(error, RegistryError::NotARegistry { .. }), "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
    let server = Scripted::start(move |seen| match seen.method.as_str() {
        "HEAD" => Reply::text(404, ""),
        "POST" => Reply::text(202, "").header("location", "/upload"),
        _ if seen.path.contains("manifests") => Reply::text(201, "").header("docker-content-digest", &digest),
        _ => Reply::text(201, "").header("location", "/blob"),
    });
    let at = reference(&server.address().to_string(), "some:1");
    registry(options()).push(&at, &artifact, component.path(), &|_| {}).await.unwrap();
}

#[tokio::test]
async fn what_is_no_tag_is_not_listed() {
    let tags = r#"{"name": "some", "tags": ["1.0", "bad\u001b]0;pwned\u0007", "", "a b", "-x", "_y"]}"#;
    let server = Scripted::start(move |_| Reply::json(200, tags));
    let at = reference(&server.address().to_string(), "some");
    assert_eq!(registry(options()).tags(&at).await.unwrap(), ["1.0", "_y"]);
}

#[tokio::test]
async fn lists_that_drip_are_given_up() {
    let server = Scripted::start(|_| Reply::json(200, "{}").cut_at(1, Duration::from_secs(20)));
    let at = reference(&server.address().to_string(), "some:1");
    let ours = registry(RegistryOptions { brief: Duration::from_millis(200), ..options() });
    let subject = Digest::of(b"it");
    let found = servo_distribution::signature::find(&ours, &at, &subject).await.unwrap_err().to_string();
    let listed = ours.referrers(&at, &subject, None).await.unwrap_err().to_string();
    let tags = ours.tags(&at).await.unwrap_err().to_string();
    for error in [found, listed, tags] {
        assert!(error.contains("was too slow to list") && error.contains("not done within"), "{error}");
    }
}

#[tokio::test]
async fn a_registry_that_wants_time_gets_it() {
    let server = Scripted::in_turn([Reply::text(429, "").header("retry-after", "1"), manifest()]);
    let began = Instant::now();
    let at = reference(&server.address().to_string(), "some:1");
    registry(options()).manifest(&at).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1));

    // More time than there is.
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(3600));
    for after in ["3600".to_owned(), u64::MAX.to_string(), date] {
        let server = Scripted::start(move |_| Reply::text(429, "").header("retry-after", &after));
        let (error, asked) = error_of(&server, options()).await;
        assert!(error.to_string().contains("wants to be asked again in"), "{error}");
        assert_eq!(asked, 1);
    }
    let server = Scripted::in_turn([Reply::text(502, ""), Reply::hang_up(), manifest()]);
    let at = reference(&server.address().to_string(), "some:1");
    registry(options()).manifest(&at).await.unwrap();
}

#[tokio::test]
async fn nobody_is_waited_for_longer_than_said() {
    let late = Duration::from_secs(5);
    let quick = |stall, deadline| RegistryOptions { stall, deadline, retries: 1, ..options() };
    let (short, long) = (Duration::from_millis(200), Duration::from_secs(60));
    for (options, text) in
        [(quick(short, long), "nothing came or went"), (quick(long, short), "it was not done within")]
    {
        let silent = Scripted::start(move |_| manifest().after(late));
        let (error, _) = error_of(&silent, options.clone()).await;
        assert!(matches!(error, RegistryError::Slow { .. }) && error.to_string().contains(text), "{error}");
        let halting = Scripted::start(move |_| manifest().cut_at(20, late));
        let (error, _) = error_of(&halting, options.clone()).await;
        assert!(matches!(error, RegistryError::Slow { .. }) && error.to_string().contains(text), "{error}");
    }
    let server = Scripted::start(move |seen: &Seen| match seen.method.as_str() {
        "HEAD" => Reply::text(404, ""),
        "POST" => Reply::text(202, "").header("location", "/upload"),
        _ => Reply::text(201, "").after(late),
    });
    let component = Component::of(100_000);
    let at = reference(&server.address().to_string(), "some:1");
    let registry = registry(quick(short, long));
    let error = registry.push(&at, &component.artifact(), component.path(), &|_| {}).await.unwrap_err();
    assert!(matches!(error, RegistryError::Slow { .. }), "{error}");
}

#[tokio::test]
async fn a_manifest_that_is_something_else_is_refused() {
    let other =
        || Reply::text(200, Component::of(11).artifact().manifest).header("content-type", media::MANIFEST);
    let expected = Digest::of(&Component::of(10).artifact().manifest);
    let server = Scripted::start(move |_| other());
    let at = reference(&server.address().to_string(), "some").at(expected);
    let error = registry(options()).manifest(&at).await.unwrap_err();
    let got = Digest::of(&Component::of(11).artifact().manifest);
    assert!(error.to_string().contains(&format!("expected {expected}, got {got}")), "{error}");

    let server = Scripted::start(move |_| other().header("docker-content-digest", &expected.to_string()));
    let (error, _) = error_of(&server, options()).await;
    assert!(matches!(error, RegistryError::Altered { .. }), "{error}");

    // As large as it may be, and larger, whatever is said about it.
    for (size, announced, fits) in
        [(4 << 20, true, true), ((4 << 20) + 1, true, false), (5 << 20, false, false)]
    {
        let body = format!("{{\"schemaVersion\":2,\"x\":\"{}\"}}", " ".repeat(size - 26));
        let reply = Reply::text(200, body).header("content-type", media::MANIFEST);
        let reply = if announced { reply } else { reply.announcing(None) };
        let server = Scripted::start(move |_| reply.clone());
        let at = reference(&server.address().to_string(), "some:1");
        match registry(options()).manifest(&at).await {
            Ok(_) => assert!(fits),
            Err(error) => assert!(!fits && matches!(error, RegistryError::TooLarge { .. }), "{error}"),
        }
    }
}

#[tokio::test]
async fn a_blob_of_another_length_or_content_is_refused() {
    let blob = Component::of(100_000);
    let described = Descriptor::of(media::COMPONENT, blob.bytes());
    let (longer, shorter) = ([blob.bytes(), b"x"].concat(), blob.bytes()[..99_999].to_vec());
    let altered = [&blob.bytes()[..99_999], b"x"].concat();
    let said = Some(100_000);
    for (reply, text, asked) in [
        (Reply::text(200, longer.clone()), "100001 bytes of sha256", 1),
        (Reply::text(200, longer).announcing(None), "100001 bytes of sha256", 1),
        (Reply::text(200, shorter.clone()), "99999 bytes of sha256", 1),
        (Reply::text(200, shorter.clone()).announcing(said), "only 99999 of the 100000 bytes of sha256", 5),
        (Reply::text(200, shorter).announcing(None), "only 99999 of the 100000 bytes of sha256", 5),
        (Reply::text(200, altered), "sent a blob that was altered: expected sha256", 1),
        (Reply::text(206, blob.bytes()), "206", 1),
    ] {
        let server = Scripted::start(move |_| reply.clone());
        let at = reference(&server.address().to_string(), "some:1");
        let registry = registry(RegistryOptions { retries: 2, ..options() });
        let error = registry.small_blob(&at, &described, 1 << 20).await.unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
        assert_eq!(server.seen().len(), asked, "{error}");
    }
    let server = Scripted::start(|_| Reply::text(500, ""));
    let at = reference(&server.address().to_string(), "some:1");
    let error = registry(options()).small_blob(&at, &described, 99_999).await.unwrap_err();
    assert!(matches!(error, RegistryError::TooLarge { .. }) && server.seen().is_empty(), "{error}");
}

#[tokio::test]
async fn a_broken_blob_goes_on_where_it_was() {
    let blob = Component::of(1_000_000);
    let described = Descriptor::of(media::COMPONENT, blob.bytes());
    // One that goes on, one that ignores where it should, one that gives another part, one that knows nothing of it.
    for (later, asked) in [
        (
            |all: &[u8]| {
                Reply::text(206, &all[200_000..]).header("content-range", "bytes 200000-999999/1000000")
            },
            2,
        ),
        (|all: &[u8]| Reply::text(200, all), 2),
        (|all: &[u8]| Reply::text(206, &all[1..]).header("content-range", "bytes 1-999999/1000000"), 3),
        (|_: &[u8]| Reply::text(416, ""), 3),
    ] as [(fn(&[u8]) -> Reply, usize); 4]
    {
        let (all, turn) = (blob.bytes().to_vec(), AtomicUsize::new(0));
        let server =
            Scripted::start(move |seen| match (turn.fetch_add(1, Ordering::SeqCst), seen.header("range")) {
                (0, None) => Reply::text(200, &*all).cut_at(200_000, Duration::ZERO),
                (1, Some("bytes=200000-")) => later(&all),
                (2, None) => Reply::text(200, &*all),
                other => Reply::text(400, format!("{other:?}")),
            });
        let at = reference(&server.address().to_string(), "some:1");
        assert!(pull(&registry(options()), &at, &described).await.unwrap() == blob.bytes(), "another blob");
        assert_eq!(server.seen().len(), asked);
    }
}

/// A disk that is full soon.
#[derive(Default)]
struct Full(Hasher, u64);

impl Sink for Full {
    fn write(&mut self, piece: &[u8]) -> std::io::Result<()> {
        self.0.update(piece);
        self.1 += piece.len() as u64;
        if self.1 > 50_000 { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn written(&self) -> u64 {
        self.1
    }

    fn restart(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_push_that_is_not_allowed_says_why() {
    let denied = r#"{"errors":[{"code":"DENIED","message":"read only"}]}"#;
    let server = Scripted::start(move |_| Reply::json(403, denied));
    let component = Component::of(100);
    let at = reference(&server.address().to_string(), "some:1");
    let ours = registry(options());
    let error = ours.push(&at, &component.artifact(), component.path(), &|_| {}).await.unwrap_err();
    assert!(error.to_string().contains("does not let us push"), "{error}");
    assert!(error.to_string().contains("(DENIED read only)"), "{error}");
}

#[tokio::test]
async fn a_blob_that_never_gets_farther_is_given_up() {
    let blob = Component::of(1_000_000);
    let described = Descriptor::of(media::COMPONENT, blob.bytes());
    let all = blob.bytes().to_vec();
    let server = Scripted::start(move |seen| match seen.header("range") {
        None => Reply::text(200, &*all).cut_at(200_000, Duration::ZERO),
        Some(_) => Reply::text(416, ""),
    });
    let at = reference(&server.address().to_string(), "some:1");
    let ours = registry(RegistryOptions { retries: 2, ..options() });
    let error = pull(&ours, &at, &described).await.unwrap_err();
    assert!(error.to_string().contains("only 200000 of the 1000000 bytes"), "{error}");
    assert!(server.seen().len() < 15, "{}", server.seen().len());
}

#[tokio::test]
async fn a_full_disk_ends_a_transfer_at_once() {
    let blob = Component::of(1_000_000);
    let described = Descriptor::of(media::COMPONENT, blob.bytes());
    let body = blob.bytes().to_vec();
    let server = Scripted::start(move |_| Reply::text(200, &*body));
    let at = reference(&server.address().to_string(), "some:1");
    let error = registry(options()).blob(&at, &described, &mut Full::default(), &|_| {}).await.unwrap_err();
    assert!(matches!(error, RegistryError::Sink { .. }), "{error}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn lists_end() {
    let page = |number: usize, next: &str| {
        let tags: Vec<String> = (0..100).map(|tag| format!("\"{}\"", number * 100 + tag)).collect();
        let reply = Reply::json(200, format!("{{\"name\":\"some\",\"tags\":[{}]}}", tags.join(",")));
        if next.is_empty() { reply } else { reply.header("link", &format!("<{next}>; rel=\"next\"")) }
    };
    let at = |server: &Scripted| reference(&server.address().to_string(), "some");
    let number = |seen: &Seen| seen.path.rsplit('=').next().and_then(|last| last.parse::<usize>().ok());

    let server = Scripted::start(move |seen| match number(seen) {
        Some(1000) => page(0, "/v2/some/tags/list?n=100&last=1"),
        Some(last) if last < 5 => page(last, &format!("/v2/some/tags/list?last={}", last + 1)),
        _ => page(5, ""),
    });
    assert_eq!(registry(options()).tags(&at(&server)).await.unwrap().len(), 600);

    let endless = Scripted::start(move |seen| {
        let last = number(seen).unwrap_or_default() + 1;
        page(last, &format!("/v2/some/tags/list?last={last}"))
    });
    let error = registry(options()).tags(&at(&endless)).await.unwrap_err();
    assert!(matches!(error, RegistryError::TooLong { .. }), "{error}");

    // To itself, and to somebody else.
    let itself = Scripted::start(move |seen| page(0, &seen.path));
    assert_eq!(registry(options()).tags(&at(&itself)).await.unwrap().len(), 100);
    let other = Scripted::start(|_| Reply::text(500, ""));
    let elsewhere = format!("{}/v2/some/tags/list", other.url());
    let server = Scripted::start(move |_| page(0, &elsewhere));
    assert_eq!(registry(options()).tags(&at(&server)).await.unwrap().len(), 100);
    assert!(other.seen().is_empty());
}
