//! The connector `webhooks`: what URLs are told, signed by the host, and what they answer.

use serde_json::Value;
use servo_test_support::{Reply, Scripted, Server as _, World};

use crate::run::stage::{self, servo, world};

const KEY: &str = "a-key-that-no-connector-sees";

/// A servo with an event, and webhooks around it at this URL.
fn configured(url: &str) -> World {
    let world = world();
    world.file("key", KEY);
    world.file(
        "servo.yaml",
        format!(
            "connectors:\n  fleet-tool: ./fixture.wasm\n  webhooks:\n    component: webhooks\n    grants:\n      \
             http: [{{to: '{url}', hmac_sha256: {{key_file: key}}}}]\n\
             fleet-tool: {{defines: {{fleet.drain: host}}, handles: [fleet.drain]}}\n\
             webhooks:\n  webhooks:\n  - {{name: gate, events: [before:fleet.drain], url: '{url}/gate'}}\n  \
             - {{events: [after:fleet.drain], url: '{url}/told', headers: {{x-team: shop}}}}\n"
        ),
    );
    world
}

fn drain(world: &World) -> servo_test_support::Finished {
    let drain = ["dispatch", "fleet.drain", r#"{"host": "a"}"#, "-o", "json"];
    world.servo(drain).timeout(stage::LONGEST).run()
}

#[test]
fn urls_are_told_before_and_after_with_a_signature() {
    let app = Scripted::in_turn([Reply::text(503, "soon"), Reply::json(200, "{}"), Reply::text(204, "")]);
    let world = configured(&app.url());
    let finished = drain(&world);
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    let seen = app.seen();
    let paths: Vec<&str> = seen.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(paths, ["/gate", "/gate", "/told"], "what was not taken is told again");
    let bodies: Vec<Value> =
        seen.iter().map(|one| serde_json::from_slice(&one.content.body).unwrap()).collect();
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!((&bodies[0]["moment"], &bodies[0]["arguments"]["host"]), (&"before".into(), &"a".into()));
    assert_eq!(bodies[2]["outcomes"][0]["connector"], "fleet-tool");
    for one in &seen {
        let signature = one.content.header("x-servo-signature").unwrap_or_default();
        assert!(signature.strip_prefix("sha256=").is_some_and(|hex| hex.len() == 64), "{signature}");
        assert!(!String::from_utf8_lossy(&one.content.body).contains(KEY));
    }
    let shown = servo(&world, "show grants").run();
    assert!(
        shown.stdout.contains("x-servo-signature from") && !shown.stdout.contains(KEY),
        "{}",
        shown.stdout
    );
}

#[test]
fn a_url_can_cancel_and_one_that_is_away_cannot() {
    let app = Scripted::in_turn([Reply::json(200, r#"{"cancel": true, "reason": "freeze until Monday"}"#)]);
    let finished = drain(&configured(&app.url()));
    let said = "warning: `webhooks` cancelled `fleet.drain`: cancelled (webhook): webhook gate: freeze until Monday\n";
    assert_eq!((finished.code, finished.stdout.trim(), finished.stderr.as_str()), (Some(0), "[]", said));
    for answer in [Reply::text(403, "no"), Reply::text(200, "<html>log in</html>")] {
        let app = Scripted::in_turn([answer]);
        let finished = drain(&configured(&app.url()));
        assert!(finished.stdout.contains("\"ok\""), "{}", finished.stdout);
        let told = finished.stderr.contains("note: the hook of `webhooks` before fleet.drain failed");
        assert!(told, "{}", finished.stderr);
    }
}

#[test]
fn a_key_that_is_missing_or_empty_is_found_out_before_anything_has_to_be_signed() {
    let world = configured("http://127.0.0.1:9");
    for (make, said) in [
        ((|world: &World| std::fs::remove_file(world.path("key")).unwrap()) as fn(&World), "No such file"),
        (|world: &World| drop(world.file("key", " \n")), "is empty"),
    ] {
        make(&world);
        let valid = servo(&world, "validate").run();
        assert_eq!(valid.code, Some(0), "{}", valid.stderr);
        assert!(valid.stderr.contains("the secret in `") && valid.stderr.contains(said), "{}", valid.stderr);
        for command in ["check", "run --dry-run"] {
            let checked = servo(&world, command).timeout(stage::LONGEST).run();
            assert_eq!(checked.code, Some(1), "{command}: {}", checked.stderr);
            let told = format!("{}{}", checked.stdout, checked.stderr);
            assert!(told.contains("Secrets of the grants") && told.contains(said), "{command}: {told}");
        }
    }
}

#[test]
fn one_that_is_away_keeps_nobody_else_from_cancelling() {
    let app =
        Scripted::in_turn([Reply::text(503, "soon"), Reply::json(200, r#"{"cancel": true, "reason": 5}"#)]);
    let world = configured(&app.url());
    let first = format!("  webhooks:\n  - {{events: [before:fleet.drain], url: '{}/away'}}\n", app.url());
    world.file(
        "servo.yaml",
        world.read("servo.yaml").replacen("\n  webhooks:\n  - ", &format!("\n{first}  - "), 1),
    );
    let finished = drain(&world);
    assert!(finished.stderr.contains("webhook gate: 5"), "{}", finished.stderr);
    let paths: Vec<String> = app.seen().iter().map(|one| one.path.clone()).collect();
    assert_eq!(paths, ["/away", "/gate"]);
}
