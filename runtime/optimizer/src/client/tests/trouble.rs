//! Answers that are none, and addresses that are none.

use servo_test_support::{Reply, Scripted, Server as _};

use super::*;
use crate::wire::REPLY_MAX;

async fn answer(reply: Reply, change: impl FnOnce(&mut ClientOptions)) -> Answer {
    let server = Scripted::start(move |_| reply.clone());
    let mut options = token(&server.url(), value("SECRET"));
    change(&mut options);
    post(&Client::new(options).unwrap()).await
}

async fn failure(reply: Reply, change: impl FnOnce(&mut ClientOptions)) -> RequestFailure {
    match answer(reply, change).await {
        Answer::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_refused_keeps_its_status_its_words_and_its_wish() {
    let date = "Wed, 21 Oct 2015 07:28:00 GMT";
    let table = [
        (Reply::json(410, r#"{"detail":"unexpected servo_uid"}"#), 410, "unexpected servo_uid", None),
        (Reply::text(502, "  bad gateway \n"), 502, "bad gateway", None),
        (Reply::json(400, r#"{"error":"no","error_description":"why not"}"#), 400, "why not", None),
        // Some servers repeat what they were sent.
        (Reply::text(401, "<p>Bearer SECRET is wrong: SECRET"), 401, "<p>Bearer *** is wrong: ***", None),
        (Reply::text(500, vec![b'x'; 100_000]), 500, &"x".repeat(300), None),
        (Reply::json(429, "{}").header("retry-after", "17"), 429, "{}", Some(17)),
        // A date that is over is no reason to wait.
        (Reply::json(503, "{}").header("retry-after", date), 503, "{}", None),
        (Reply::json(429, "{}").header("retry-after", "soon"), 429, "{}", None),
    ];
    for (reply, status, detail, seconds) in table {
        let Answer::Refused(refusal) = answer(reply, |_| ()).await else { panic!("{status}") };
        let retry_after = seconds.map(Duration::from_secs);
        assert_eq!(refusal, Refusal { status, detail: detail.to_owned(), retry_after });
    }
}

#[tokio::test]
async fn redirects_are_not_followed_with_a_token_in_the_hand() {
    let other = Scripted::start(|_| Reply::json(200, "{}"));
    let reply = Reply::text(302, "").header("location", &format!("{}/servo", other.url()));
    let Answer::Refused(refusal) = answer(reply, |_| ()).await else { panic!("it was followed") };
    assert_eq!(refusal.status, 302);
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn answers_that_are_too_large_are_cut_off() {
    let large = || vec![b' '; REPLY_MAX + 1];
    for reply in [Reply::json(200, large()), Reply::json(200, large()).announcing(None)] {
        let failure = failure(reply, |_| ()).await;
        assert_eq!(failure.kind, FailureKind::TooLarge);
        assert!(failure.message.starts_with("http://127.0.0.1:"), "{}", failure.message);
    }
}

#[tokio::test]
async fn defect_27_connections_that_break_are_told_from_those_that_are_silent() {
    let half = Reply::json(200, r#"{"status":"ok"}"#).cut_at(5, Duration::ZERO);
    for reply in [Reply::hang_up(), half] {
        assert_eq!(failure(reply, |_| ()).await.kind, FailureKind::Network);
    }
    let short = |options: &mut ClientOptions| options.timeouts.read = Duration::from_millis(100);
    let silent = [
        Reply::json(200, "{}").after(Duration::from_secs(2)),
        Reply::json(200, r#"{"status":"ok"}"#).cut_at(5, Duration::from_secs(2)),
    ];
    for reply in silent {
        assert_eq!(failure(reply, short).await.kind, FailureKind::Timeout);
    }
    let nobody = |options: &mut ClientOptions| {
        options.access = Access::Token { url: "http://127.0.0.1:1/".to_owned(), token: value("x") };
    };
    let failure = failure(Reply::hang_up(), nobody).await;
    assert_eq!(failure.kind, FailureKind::Network);
    assert!(failure.message.starts_with("http://127.0.0.1:1: "), "{}", failure.message);
}

#[tokio::test]
async fn a_proxy_is_asked_for_what_is_elsewhere() {
    let proxy = Scripted::start(|_| Reply::json(200, "{}"));
    let url = proxy.url();
    let options = |proxies: &[(&str, Option<&str>)], none: Option<&str>| {
        let mut options = token("http://optimizer.invalid/app/", value("x"));
        let owned =
            |(pattern, proxy): &(&str, Option<&str>)| ((*pattern).to_owned(), proxy.map(str::to_owned));
        options.proxies = proxies.iter().map(owned).collect();
        options.environment.none = none.map(str::to_owned);
        options
    };
    let through = [
        options(&[("all://", Some(&url))], None),
        options(&[("all://", None), ("http://optimizer.invalid", Some(&url))], Some("optimizer.invalid")),
        ClientOptions {
            environment: Environment { http: Some(url.clone()), ..Environment::default() },
            ..options(&[], None)
        },
    ];
    for options in through {
        assert!(matches!(post(&Client::new(options).unwrap()).await, Answer::Body(_)));
        assert_eq!(proxy.seen().pop().unwrap().path, "http://optimizer.invalid/app/servo");
    }
    let direct = [
        options(&[("all://", Some(&url)), ("http://*.invalid", None)], None),
        options(&[("all://", Some(&url))], Some(".invalid")),
    ];
    let before = proxy.seen().len();
    for options in direct {
        assert!(matches!(post(&Client::new(options).unwrap()).await, Answer::Failed(_)));
    }
    assert_eq!(proxy.seen().len(), before);
}

#[tokio::test]
async fn a_proxy_that_is_dead_is_named_with_who_named_it() {
    let dead = || Some("http://user:hidden@127.0.0.1:1".to_owned());
    let direct = || token("http://optimizer.invalid/app/", value("x"));
    let configured = ClientOptions { proxies: vec![("all://".to_owned(), dead())], ..direct() };
    let environment = Environment { all: dead(), none: Some("a.test".to_owned()), ..Environment::default() };
    let inherited = ClientOptions { environment, ..direct() };
    for (options, way) in [
        (
            configured,
            "http://optimizer.invalid (by way of the proxy http://127.0.0.1:1 that `settings.proxies` names): ",
        ),
        (
            inherited,
            "http://optimizer.invalid (by way of the proxy http://127.0.0.1:1 that `ALL_PROXY` names, unless NO_PROXY excepts it): ",
        ),
    ] {
        let Answer::Failed(failure) = post(&Client::new(options).unwrap()).await else { panic!("answered") };
        assert!(failure.message.starts_with(way), "{}", failure.message);
    }
}

#[test]
fn what_can_be_known_to_be_wrong_is_wrong_at_once() {
    let error = |change: &dyn Fn(&mut ClientOptions)| {
        let mut options = token("https://optimizer.test/", value("x"));
        change(&mut options);
        Client::new(options).unwrap_err().to_string()
    };
    let url = |url: &str| {
        let access = Access::Token { url: url.to_owned(), token: value("x") };
        error(&move |options| options.access = access.clone())
    };
    assert!(url("optimizer.test").contains("`optimizer.test/servo` is not an address"));
    assert!(url("ftp://x/").contains("it does not begin with http:// or https://"));
    let hidden = url("https://me:hidden@x/");
    assert!(hidden.contains("`https://…@x/servo`") && !hidden.contains("hidden"), "{hidden}");
    let roots = error(&|options| options.verify = Verify::Roots("/nowhere.pem".into()));
    assert!(roots.contains("the authorities in `/nowhere.pem`"), "{roots}");
    let roots = error(&|options| options.verify = Verify::Roots("/dev/zero".into()));
    assert!(roots.contains("no file of at most"), "{roots}");
    let proxy =
        error(&|options| options.proxies = vec![("all://".to_owned(), Some("ftp://me:hidden@x".to_owned()))]);
    assert!(proxy.contains("the proxy for `all://`") && !proxy.contains("hidden"), "{proxy}");
}
