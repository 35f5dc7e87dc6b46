//! What connectors keep: `servo:connector/state`.

use super::*;

fn granted(_: &mut Limits, grants: &mut Grants) {
    grants.state = true;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_outlives_the_instance_and_belongs_to_one_alias() {
    let mut world = World::new().await;
    let settings = json!({"on": {"measure": "count", "describe": "panic"}});
    let first = world.add("first", settings.clone(), granted).await;
    world.add("second", settings, granted).await;
    let describe = Arc::new(Call::Describe { control: Control::default() });
    for (alias, count) in [("first", "1"), ("first", "2"), ("second", "1")] {
        assert_eq!(note(&world.measure(alias).await.unwrap(), "count"), count, "{alias}");
    }
    first.call(describe, context(CancellationToken::new())).await.unwrap_err();
    assert_eq!(note(&world.measure("first").await.unwrap(), "count"), "3");
    assert_eq!(first.counters().rebuilds, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeping_needs_its_grant_and_ends_at_its_limit() {
    let mut world = World::new().await;
    let denied = world.add("denied", measures("count"), |_, _| {}).await;
    let failure = world.measure("denied").await.unwrap_err();
    assert_eq!(failure.code, Code::Denied);
    assert!(failure.message.contains("connectors.denied.grants"), "{failure}");
    assert_eq!(denied.counters().denials["state"], 1);
    for (alias, limit, fits) in [("small", 2_000, false), ("large", 20_000, true)] {
        let connector = world
            .add(alias, measures("put:key:10000"), |limits, grants| {
                (limits.state, grants.state) = (limit, true);
            })
            .await;
        match world.measure(alias).await {
            Ok(measured) => assert!(fits && note(&measured, "keys") == "key", "{alias}: {measured:?}"),
            Err(failure) => {
                assert!(!fits && failure.code == Code::LimitExceeded, "{alias}: {failure}");
                assert_eq!(connector.counters().limit_hits.get("state"), Some(&1));
            }
        }
    }
}
