//! Grants that are taken back while a connector runs: the next call into the host feels it.

use super::*;
use crate::{Grant, OriginPattern};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_taken_back_is_denied_from_the_next_call_on() {
    let origin = echo_server().await;
    let to: OriginPattern = origin.parse().unwrap();
    let peer: OriginPattern =
        Origin::of_peer("127.0.0.1", origin.rsplit(':').next().unwrap().parse().unwrap()).into();
    let cases = [
        (format!("http:{origin}/"), Grant::Http(to.clone()), "http"),
        (format!("tcp:{}", origin.trim_start_matches("http://")), Grant::Tcp(peer.clone()), "tcp"),
        ("dispatch:metrics".to_owned(), Grant::Dispatch(Event::Metrics), "dispatch"),
        ("count".to_owned(), Grant::State, "state"),
    ];
    let mut world = World::new().await;
    for (index, (mode, grant, reason)) in cases.into_iter().enumerate() {
        let alias = format!("trusted-{index}");
        let (http, peer) = (http(&origin), peer.clone());
        let connector = world
            .add(&alias, measures(&mode), |_, grants| {
                grants.http = vec![http.clone()];
                grants.tcp = vec![HttpGrant { to: peer, ..http }];
                grants.dispatch.insert(Event::Metrics);
                grants.state = true;
            })
            .await;
        world.measure(&alias).await.unwrap();
        assert!(connector.revoke(grant.clone()), "{grant:?}");
        world.measure(&alias).await.unwrap_err();
        assert_eq!(connector.counters().denials.get(reason), Some(&1), "{grant:?}");
        // It may be taken back again, and what was never granted cannot be.
        assert!(connector.revoke(grant) && !connector.revoke(Grant::Dispatch(Event::Adjust)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_successor_is_not_even_configured_with_what_was_taken_back() {
    let (program, kept) = (fixture().await, tempfile::tempdir().unwrap());
    let options = || ConnectorOptions {
        alias: "successor".into(),
        settings: json!({"on": {"configure": "count"}}),
        limits: Limits::default(),
        grants: Grants { state: true, ..Grants::default() },
        services: Services { state: Some(kept.path().join("kept.jsonl")), ..Services::default() },
    };
    drop(Connector::start(Arc::clone(&program), options()).await.unwrap());
    let error = Connector::start_without(program, options(), &[Grant::State]).await.unwrap_err();
    assert!(error.to_string().contains("not granted"), "{error}");
}
