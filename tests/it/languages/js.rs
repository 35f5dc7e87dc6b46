//! JavaScript: `rabbitmq` and a real RabbitMQ.

use std::time::Duration;

use serde_json::{Value, json as object};
use servo_test_support::{RabbitMq, Reply, Scripted, Server as _, World, eventually};

use super::{json, last, points, servo, stops_when_interrupted, world};

const CONNECTOR: &str = "js/rabbitmq/rabbitmq.wasm";

const POLICY: &str = "{name: servo, pattern: ^work, settings: {max-length: {min: 5, max: 100}, message-ttl: {min: 1000, max: 600000}}}";

fn laboratory(url: &str, password: &str) -> World {
    let grant = format!("{{to: '{url}', basic: {{username: guest, password_file: password}}}}");
    let configuration = format!(
        "connectors:\n  rabbit: {{component: ./connector.wasm, grants: {{http: [{grant}]}}}}\n\
         rabbit: {{url: '{url}', interval: 500ms, policy: {POLICY}}}\n"
    );
    let world = world(CONNECTOR, &configuration);
    world.file("password", password);
    world
}

/// What RabbitMQ says about its queue `work`.
fn queue(rabbitmq: &RabbitMq) -> Value {
    serde_json::from_str(&rabbitmq.api("GET", "/api/queues/%2F/work", "")).unwrap()
}

/// Waits until RabbitMQ shows so many messages in its queue `work`: its numbers come late.
#[track_caller]
fn wait_for_messages(rabbitmq: &RabbitMq, messages: u64) {
    eventually(Duration::from_secs(60), "the numbers of the queue", || {
        (queue(rabbitmq)["messages"] == messages).then_some(())
    });
}

#[test]
fn what_is_measured_is_what_rabbitmq_says() {
    let rabbitmq = RabbitMq::start();
    rabbitmq.api("PUT", "/api/queues/%2F/work", "{}");
    rabbitmq.publish("work", 7);
    wait_for_messages(&rabbitmq, 7);
    let world = laboratory(rabbitmq.url(), "guest");
    servo(&world, "check").run().expect(0);

    let measuring = servo(&world, "measure -d 6s --warmup 100ms -o json").start();
    rabbitmq.publish("work", 20);
    let measured = json(&measuring.wait().expect(0));
    assert!(points(&measured, "rabbitmq_messages").len() >= 6, "{measured:#}");
    let said = queue(&rabbitmq);
    for (metric, field) in [
        ("rabbitmq_messages", "messages"),
        ("rabbitmq_ready", "messages_ready"),
        ("rabbitmq_unacknowledged", "messages_unacknowledged"),
        ("rabbitmq_consumers", "consumers"),
    ] {
        assert_eq!(last(&measured, metric), said[field].as_f64().unwrap(), "{metric}: {measured:#}");
    }
    assert_eq!(said["messages"], 27);
    // The rates add up to what was published since the first sample, which may have seen some of it already.
    let times: Vec<f64> = points(&measured, "rabbitmq_messages").into_iter().map(|(time, _)| time).collect();
    let rates = points(&measured, "rabbitmq_published");
    let seconds = times.windows(2).map(|two| two[1] - two[0]);
    let published: f64 = rates.iter().zip(seconds).map(|((_, rate), seconds)| rate * seconds).sum();
    assert!((0.0..20.01).contains(&published), "{published}: {measured:#}");
    assert!(last(&measured, "rabbitmq_memory") > 10.0, "{measured:#}");
}

#[test]
fn a_policy_is_adjusted_and_counts_for_the_queue() {
    let rabbitmq = RabbitMq::start();
    rabbitmq.api("PUT", "/api/queues/%2F/work", "{}");
    rabbitmq.publish("work", 20);
    let world = laboratory(rabbitmq.url(), "guest");
    let described = json(&servo(&world, "describe -o json").run().expect(0));
    let settings = &described["rabbit"]["components"][0]["settings"];
    assert_eq!(
        (&settings[0]["name"], &settings[0]["value"]),
        (&object!("max-length"), &Value::Null),
        "{described:#}"
    );

    let adjusted = servo(&world, "adjust broker.max-length=10 broker.message-ttl=600000").run().expect(0);
    assert!(adjusted.stdout.contains("broker.max-length=10"), "{adjusted:?}");
    let policy: Value = serde_json::from_str(&rabbitmq.api("GET", "/api/policies/%2F/servo", "")).unwrap();
    assert_eq!(policy["definition"], object!({"max-length": 10, "message-ttl": 600_000}));
    assert_eq!(queue(&rabbitmq)["effective_policy_definition"], policy["definition"]);
    // The queue drops what is too much.
    wait_for_messages(&rabbitmq, 10);

    for (adjustment, code, said) in [
        (
            "broker.max-length=101",
            1,
            "rejected (out-of-range): broker.max-length cannot be 101: it is not between 5 and 100",
        ),
        ("broker.max-length=10.5", 1, "rejected (out-of-range): broker.max-length cannot be 10.5"),
        ("broker.expires=9", 2, "`broker` has no setting `expires`; there is max-length, message-ttl"),
    ] {
        let refused = servo(&world, &format!("adjust {adjustment}")).run().expect(code);
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    }
    // Somebody else's policy counts more.
    let other =
        object!({"pattern": "work", "definition": {"max-length": 50}, "priority": 9, "apply-to": "queues"});
    rabbitmq.api("PUT", "/api/policies/%2F/other", &other.to_string());
    let refused = servo(&world, "adjust broker.max-length=20").run().expect(1);
    assert!(refused.stderr.contains("rejected (overruled): policy `other` counts"), "{}", refused.stderr);
}

#[test]
fn wrong_credentials_strangers_and_nobody_are_told_apart() {
    let stranger = Scripted::start(|_| Reply::text(200, "<html>welcome</html>"));
    let guard =
        Scripted::start(|_| Reply::json(401, "{\"error\":\"not_authorized\",\"reason\":\"Login failed\"}"));
    for (url, said, hint) in [
        ("http://127.0.0.1:9".to_owned(), "127.0.0.1:9", "see that RabbitMQ runs"),
        (
            stranger.url(),
            "does not answer like RabbitMQ (HTTP 200",
            "name the address of the management interface",
        ),
        (guard.url(), "does not accept the credentials", "grant user and password"),
    ] {
        let world = laboratory(&url, "wrong");
        let measured = servo(&world, "measure -d 100ms").run().expect(1);
        assert!(measured.stderr.contains("connector `rabbit`: failed"), "{}", measured.stderr);
        assert!(measured.stderr.contains(said), "{}", measured.stderr);
        let checked = servo(&world, "check").run().expect(1);
        assert!(checked.stdout.contains(hint), "{}", checked.stdout);
    }
}

#[test]
fn a_measurement_that_is_interrupted_stops_at_once() {
    let broker = Scripted::start(|request| {
        Reply::json(200, if request.path.starts_with("/api/overview") { "{}" } else { "[]" })
    });
    let world = laboratory(&broker.url(), "guest");
    stops_when_interrupted(&world, || broker.seen().len() > 4);
}
