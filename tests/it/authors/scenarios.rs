//! `servo test`: scenarios pass and fail with the right words, in virtual time, and are recorded from the world.

use std::time::Duration;

use serde_json::Value;
use servo_test_support::{Finished, Program, World, http};

use super::servo;
use crate::languages::nginx::Nginx;
use crate::shown;

fn json(finished: &Finished) -> Value {
    serde_json::from_str(&finished.stdout).unwrap_or_else(|error| panic!("not JSON: {error}: {finished:?}"))
}

/// A connector in C with every event and a scenario of its own.
fn shop(scenario: &str) -> World {
    let world = shown::world();
    servo(&world, "", "new shop --lang c --events describe,measure,adjust,check").run().expect(0);
    servo(&world, "shop", "build").run().expect(0);
    std::fs::remove_file(world.path("shop/tests/measure.yaml")).unwrap();
    world.file("shop/tests/own.yaml", scenario);
    world
}

const RIGHT: &str = r#"
settings: {value: 7}
start: 1800000000
calls:
- {call: configure}
- {call: check, result: [{id: positive, passed: true, message: it is*}]}
- call: measure
  warmup: 10s
  duration: 3m
  result: {readings: [{metric: value, value: 7, at: 1800000190}]}
  log: [measuring]
- {call: adjust, set: {shop.value: 900}, failure: {code: rejected, message: "*0 to 100*"}}
- {call: adjust, set: {shop.value: 9}, result: {components: [{settings: [{value: 9}]}]}}
- {call: measure, duration: 40d, cancel_after: 1h, failure: {code: cancelled}}
- {call: measure, duration: 1h, result: {readings: [{value: 9, at: 1800007390}]}}
"#;

#[test]
fn hours_pass_in_no_time() {
    let world = shop(RIGHT);
    let passed = servo(&world, "shop", "test").run().expect(0);
    assert_eq!(passed.stdout, "TAP version 14\n1..1\nok 1 - own\n");
    assert!(passed.took < Duration::from_secs(120), "{:?}", passed.took);
    let report = json(&servo(&world, "", "test shop/tests/own.yaml -o json").run().expect(0));
    assert_eq!(report["passed"], true, "{report:#}");
    assert_eq!(report["scenarios"][0]["seconds"], 7390.0, "{report:#}");
}

#[test]
fn what_differs_is_named_with_its_place() {
    let world = shop(
        r#"settings: {value: 0}
exchanges:
- {request: GET http://nobody.test/, answer: {error: unreachable}}
calls:
- {call: check, result: [{passed: true}]}
- {call: promote}
- call: measure
  duration: 3m
  result: {readings: [{value: 1}]}
  log: [measuring, bye]
  progress: [half]
  denied: ["http://other.test:80"]
- {call: describe, failure: "*"}
"#,
    );
    world.file("shop/tests/settings.yaml", "settings: {value: seven}\ncalls: []\n");
    world.file("shop/tests/words.yaml", "cals: []\n");
    let failed = servo(&world, "shop", "test").run().expect(1);
    for wanted in [
        "1..3\nnot ok 1 - own\n",
        "# tests/own.yaml:5:35: result[0].passed\n#   expected true\n#   came     false\n",
        "# tests/own.yaml:6:3: promote failed\n#   came     failed: the connector does not handle `promote`\n",
        "# tests/own.yaml:9:31: result.readings[0].value\n#   expected 1\n#   came     0.0\n",
        "# tests/own.yaml:10:20: log\n#   expected \"bye\"\n#   came     nothing after info: measuring\n",
        "# tests/own.yaml:11:14: progress\n#   expected \"half\"\n#   came     nothing\n",
        "# tests/own.yaml:12:12: denied\n#   expected \"http://other.test:80\"\n#   came     nothing\n",
        "# tests/own.yaml:13:29: describe did not fail\n",
        "# tests/own.yaml:3:3: the connector did not ask for GET http://nobody.test/\n#   expected once\n",
        "# log: info: measuring\n",
        "not ok 2 - settings\n# tests/settings.yaml:1:19: ",
        "not ok 3 - words\n# tests/words.yaml:1:1: unknown key `cals` (did you mean `calls`?)\n",
    ] {
        assert!(failed.stdout.contains(wanted), "{wanted}\nin\n{}", failed.stdout);
    }
    let report = json(&servo(&world, "shop", "test -o json").run().expect(1));
    assert_eq!(report["passed"], false);
    let unmet = &report["scenarios"][0]["unmet"][0];
    assert_eq!((&unmet["expected"], &unmet["came"]), (&"true".into(), &"false".into()), "{report:#}");
}

#[test]
fn a_folder_without_anything_to_test_says_what_to_do() {
    let world = shown::world();
    world.file("empty/x", "");
    let told = world.servo(["test", "empty"]).run().expect(2).stderr;
    assert!(told.contains("empty has no scenarios") && told.contains("--record"), "{told}");
    world.file("empty/tests/a.yaml", "calls: []");
    let told = world.servo(["test", "empty"]).run().expect(2).stderr;
    assert!(told.contains("`servo build`"), "{told}");
    let told = world.servo(["test", "-d", "1s"]).run().expect(2).stderr;
    assert!(told.contains("--record"), "{told}");
}

/// The connector for nginx as an author has it, in a folder of the world of that nginx.
fn author(nginx: &Nginx) -> &World {
    let world = &nginx.world;
    let source = super::REPOSITORY.to_owned() + "/guests/c/nginx-status";
    let copy = Program::new("/bin/cp").args(["-rp", &source, "status"]).directory(world.path(""));
    copy.run().expect(0);
    world.file("token", "s3cret\n");
    let url = &nginx.url;
    let grant = format!("{{to: '{url}', bearer_token_file: ../token}}");
    world.file(
        "status/servo.yaml",
        format!(
            "connectors: {{web: {{component: ./nginx-status.wasm, grants: {{http: [{grant}]}}}}}}\n\
             web: {{url: '{url}/status', interval: 250ms}}\n"
        ),
    );
    world
}

#[test]
fn a_recording_passes_without_its_service_until_the_connector_changes() {
    let nginx = Nginx::start();
    let world = author(&nginx);
    assert_eq!(http::get(&nginx.url).unwrap().status, 200);
    let recorded = servo(world, "status", "test --record real -d 1s --warmup 500ms").run().expect(0);
    assert!(recorded.stderr.contains("written: tests/real.yaml"), "{}", recorded.stderr);
    assert!(recorded.took >= Duration::from_millis(1500), "the service had no time: {:?}", recorded.took);
    let text = world.read("status/tests/real.yaml");
    assert!(text.contains("requests_per_second") && text.contains("/status"), "{text}");
    // The server repeats what proves who servo is.
    assert!(text.contains("x-repeated") && !text.contains("s3cret"), "{text}");
    let again = servo(world, "status", "test --record real").run().expect(2);
    assert!(again.stderr.contains("exists"), "{}", again.stderr);

    let url = nginx.url.clone();
    let nginx = nginx.stop();
    let world = &nginx;
    let passed = servo(world, "status", "test").run().expect(0);
    assert_eq!(passed.stdout, "TAP version 14\n1..1\nok 1 - real\n");

    // What fails is recorded, too.
    let elsewhere = world.read("status/servo.yaml").replace(url.as_str(), "http://127.0.0.1:1");
    world.file("status/servo.yaml", elsewhere);
    let down = servo(world, "status", "test --record down -d 100ms").run().expect(0);
    assert!(down.stderr.contains("recorded as it was: measure failed"), "{}", down.stderr);
    assert!(world.read("status/tests/down.yaml").contains("cannot be reached"));
    std::fs::remove_file(world.path("status/tests/down.yaml")).unwrap();

    // Without its requests, and with others.
    let kept = world.read("status/tests/real.yaml");
    world.file("status/tests/real.yaml", kept.replace("request: GET", "request: POST"));
    let failed = servo(world, "status", "test").run().expect(1);
    assert!(
        failed.stdout.contains("made a request that is not expected: GET http://127.0.0.1:"),
        "{}",
        failed.stdout
    );
    let half =
        kept.replacen("- request: GET", "- request: GET http://more.test/\n  answer: {}\n- request: GET", 1);
    world.file("status/tests/real.yaml", half);
    let failed = servo(world, "status", "test").run().expect(1);
    assert!(failed.stdout.contains("did not ask for GET http://more.test/"), "{}", failed.stdout);

    // One changed line.
    world.file("status/tests/real.yaml", kept);
    let source = world.read("status/nginx_status.c");
    let changed = source.replace("\"connections_active\", at", "\"connections_busy\", at");
    assert_ne!(source, changed);
    world.file("status/nginx_status.c", changed);
    let early = servo(world, "status", "test").run().expect(0);
    assert!(
        early.stderr.contains("nginx_status.c has changed since the last `servo build`"),
        "{}",
        early.stderr
    );
    servo(world, "status", "build").run().expect(0);
    let failed = servo(world, "status", "test").run().expect(1);
    assert!(failed.stdout.contains("connections_busy"), "{}", failed.stdout);
}

/// A folder with the connector of the tests, which does what its settings say.
fn fixture() -> World {
    let world = shown::world();
    world.file("fixture/.keep", "");
    let component = super::REPOSITORY.to_owned() + "/guests/target/wasm32-wasip2/release/fixture.wasm";
    std::fs::copy(component, world.path("fixture/fixture.wasm")).unwrap();
    world
}

#[test]
fn a_plain_sleep_takes_no_time_either() {
    let world = fixture();
    let scenario = "settings: {on: {measure: 'sleep:86400000'}}\ncalls: [{call: measure, duration: 25h}]\n";
    world.file("fixture/tests/slept.yaml", scenario);
    let report = json(&servo(&world, "fixture", "test -o json").run().expect(0));
    let seconds = report["scenarios"][0]["seconds"].as_f64().unwrap();
    assert!((86400.0..86410.0).contains(&seconds), "{report:#}");
}

#[test]
fn what_is_denied_must_be_expected() {
    let world = fixture();
    let scenario = |grants: &str, came: &str| {
        world.file(
            "fixture/tests/denied.yaml",
            format!(
                "settings: {{on: {{measure: 'http:http://other.test/'}}}}\n\
                 grants: {{http: [{grants}]}}\n\
                 exchanges: [{{request: GET http://other.test/, times: any, answer: {{body: hello}}}}]\n\
                 calls: [{{call: measure, duration: 1s, {came}}}]\n"
            ),
        );
    };
    let denied = "failure: {code: denied, message: '*is not granted*'}, denied: ['http://other.test*']";
    scenario("", denied);
    servo(&world, "fixture", "test").run().expect(0);
    scenario("", "failure: '*is not granted*'");
    let failed = servo(&world, "fixture", "test").run().expect(1);
    assert!(failed.stdout.contains("measure was denied a request to http://other.test"), "{}", failed.stdout);
    scenario("'http://other.test'", denied);
    let failed = servo(&world, "fixture", "test").run().expect(1);
    assert!(failed.stdout.contains("expected \"http://other.test*\""), "{}", failed.stdout);
    scenario("'http://other.test'", "result: {annotations: [[status, '200'], [body, hello]]}");
    servo(&world, "fixture", "test").run().expect(0);
}
