//! From nothing to a measured value: a new connector builds, runs, and its test passes, in every language.

use servo_test_support::World;

use super::{servo, with_toolchains};
use crate::shown;

/// Makes, builds and uses a connector with every event, and with one event; `test` is the command of its test.
fn author(language: &str, test: &str) {
    let world = shown::world();
    let events = "describe,measure,adjust,check";
    servo(&world, "", &format!("new my-shop --lang {language} --events {events}")).run().expect(0);
    let again = servo(&world, "", &format!("new my-shop --lang {language}")).run().expect(2);
    assert!(again.stderr.contains("overwrites nothing"), "{}", again.stderr);

    let built = servo(&world, "my-shop", "build -o json").run().expect(0);
    let built = json(&built.stdout);
    assert_eq!(built["language"], language, "{built:#}");
    assert_eq!(built["metadata"]["name"], "my-shop", "{built:#}");
    assert_eq!(built["events"].as_array().map(Vec::len), Some(4), "{built:#}");
    assert_eq!(built["grants"].as_array().map(Vec::len), Some(0), "{built:#}");

    let measured = json(&servo(&world, "my-shop", "measure -d 50ms -o json").run().expect(0).stdout);
    assert_eq!(measured["readings"][0]["value"], 7.0, "{measured:#}");
    servo(&world, "my-shop", "check").run().expect(0);
    let adjusted = json(&servo(&world, "my-shop", "adjust my-shop.value=9 -o json").run().expect(0).stdout);
    assert!(adjusted.to_string().contains(":9"), "{adjusted:#}");
    let wrong = servo(&world, "my-shop", "adjust my-shop.value=900").run().expect(1);
    assert!(wrong.stderr.contains("0 to 100"), "{}", wrong.stderr);
    tests_pass(&world, test);
}

fn tests_pass(world: &World, test: &str) {
    let shell = with_toolchains(world.program("sh")).args(["-c", test]).directory(world.path("my-shop"));
    shell.timeout(super::LONGEST).run().expect(0);
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("not JSON: {error}\n{text}"))
}

#[test]
fn rust() {
    author("rust", "cargo test --offline");
}

#[test]
fn python() {
    author("python", "python3 -m unittest");
}

#[test]
fn javascript() {
    author("js", "npm test");
}

#[test]
fn typescript() {
    author("ts", "npm test");
}

#[test]
fn go() {
    author("go", "CGO_ENABLED=0 go test -mod=mod");
}

#[test]
fn c() {
    author(
        "c",
        "cc -I.servo/sdk *.c tests/*.c .servo/sdk/*.c .servo/sdk/fake/*.c -lm -o .servo/test && .servo/test",
    );
}

#[test]
fn cpp() {
    author(
        "cpp",
        "(cd .servo && cc -c -Isdk sdk/*.c sdk/fake/*.c) && \
         c++ -std=c++23 -I.servo/sdk *.cpp tests/*.cpp .servo/sdk/*.cpp .servo/*.o -lm -o .servo/test && .servo/test",
    );
}

#[test]
fn every_choice_of_events_builds() {
    for (name, event) in [("one", "measure"), ("two", "adjust"), ("three", "check"), ("four", "describe")] {
        let world = shown::world();
        servo(&world, "", &format!("new {name} --lang c --events {event}")).run().expect(0);
        let built = servo(&world, name, "build").run().expect(0);
        assert!(!built.stderr.contains("warning"), "{event}: {}", built.stderr);
        assert!(built.stdout.contains(event), "{event}: {}", built.stdout);
    }
}
