//! Events that connectors define: dispatched by people and by connectors, hooked, and refused when they contradict.

use servo_test_support::World;

use crate::run::stage::{self, servo, world};
use crate::shown::compare;

/// `one` defines an event, `two` handles it, too, `asks` may dispatch it.
const SERVO: &str = "\
connectors:
  one: ./fixture.wasm
  two: ./fixture.wasm
  asks: {component: ./fixture.wasm, grants: {dispatch: [fleet.ping, measure]}}
one: {defines: {fleet.drain: host, fleet.ping: ''}, handles: [fleet.drain, fleet.ping], note: first}
two: {handles: [fleet.drain], note: second, hooks: [{event: fleet.drain, moment: after}]}
asks: {on: {measure: 'dispatch:fleet.ping'}}
";

fn configured(text: &str) -> World {
    let world = world();
    world.file("servo.yaml", text);
    world
}

/// Runs each line and compares all that they say.
#[track_caller]
fn says(world: &World, name: &str, lines: &[&[&str]]) {
    let mut text = String::new();
    for line in lines {
        let finished = world.servo(line.iter().copied()).timeout(stage::LONGEST).run();
        text += &format!("$ servo {}\n{}", line.join(" "), crate::shown::shown(&finished));
    }
    compare(world, name, &text);
}

#[test]
fn people_dispatch_what_connectors_define() {
    let world = configured(SERVO);
    let drain = ["dispatch", "fleet.drain", r#"{"host": "a"}"#];
    let with = |more: &[&'static str]| [&drain[..], more].concat();
    says(
        &world,
        "events dispatch",
        &[
            &with(&[]),
            &with(&["-c", "two", "-o", "json"]),
            &with(&["--exclude", "one"]),
            &with(&["--first"]),
            &with(&["-c", "three"]),
            &["dispatch", "fleet.drain"],
            &["dispatch", "fleet.drain", r#"{"host": 1}"#],
            &["dispatch", "fleet.drian"],
            &["dispatch", "fleet.drain", "host=a"],
            &["dispatch", "startup"],
            &["dispatch", "promote", "-c", "one"],
            &["show", "events"],
            &["show", "events", "-c", "--on", "--after"],
            &["show", "events", "-v"],
            &["show", "events", "--on", "-o", "json"],
        ],
    );
}

#[test]
fn connectors_dispatch_them_under_their_grant() {
    let world = configured(SERVO);
    let measured = stage::json(&servo(&world, "measure -d 10ms -o json -c asks").run());
    let text = measured["annotations"].to_string();
    assert!(text.contains("first"), "{text}");
    let denied = SERVO.replace("[fleet.ping, measure]", "[measure]");
    world.file("servo.yaml", denied);
    let finished = servo(&world, "measure -d 10ms -c asks").run();
    let said =
        "the event `fleet.ping` is not granted to `asks`; add it under connectors.asks.grants.dispatch";
    assert!(finished.code == Some(1) && finished.stderr.contains(said), "{}", finished.stderr);
}

#[test]
fn hooks_cancel_them_and_answers_are_checked() {
    let world = configured(&SERVO.replace(
        "two: {handles: [fleet.drain], note: second, hooks: [{event: fleet.drain, moment: after}]}",
        "two: {hooks: [{event: fleet.drain, moment: before}], on: {'before:fleet.drain': 'fail:cancelled:friday'}}",
    ));
    let drain: &[&str] = &["dispatch", "fleet.drain", r#"{"host": "a"}"#, "-o", "json"];
    says(&world, "events cancelled", &[drain]);
    let lies = SERVO.replace("note: second, hooks", "on: {'on:fleet.drain': 'big-result:5'}, hooks");
    world.file("servo.yaml", lies);
    says(&world, "events wrong answer", &[drain]);
}

#[test]
fn what_contradicts_is_refused_before_anything_runs() {
    let mut text = String::new();
    let world = world();
    for (one, two) in [
        ("{defines: {ping: host}}", "{defines: {ping: name}}"),
        ("{defines: {Ping: host}}", "{}"),
        ("{defines: {measure: host}}", "{}"),
        ("{handles: [pin]}", "{defines: {ping: host}}"),
        ("{hooks: [{event: pong, moment: before}]}", "{}"),
    ] {
        let connectors = "connectors: {one: ./fixture.wasm, two: ./fixture.wasm}";
        world.file("servo.yaml", format!("{connectors}\none: {one}\ntwo: {two}\n"));
        let finished = servo(&world, "show events").run();
        text += &format!("# {one} and {two}\n{}", crate::shown::shown(&finished));
    }
    compare(&world, "events refused", &text);
    world.file(
        "servo.yaml",
        "connectors: {one: {component: ./fixture.wasm, grants: {dispatch: [fleet.drain]}}}\none: {}\n",
    );
    let finished = servo(&world, "show events").run();
    let said = "error: connector `one`: `grants.dispatch` names the event `fleet.drain`, which no connector defines\n";
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(2), said));
}
