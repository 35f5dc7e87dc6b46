//! Signals: the first one ends a run in good order whatever it is doing, the second one at once.

use std::time::Duration;

use servo_test_support::{Signal, nap};

use super::app::{App, Hold, START};
use super::stage::{json, measured, records, servo, world};

/// Requests that a run surely makes before its end.
const REQUESTS: u64 = 24;

/// Numbers that look random and are the same on each day (the generator of Park and Miller).
fn moments(count: usize) -> impl Iterator<Item = usize> {
    let next = |seed: &u64| Some(seed * 48_271 % 0x7fff_ffff);
    std::iter::successors(Some(20_261_121), next)
        .skip(1)
        .take(count)
        .map(|number| 1 + (number % REQUESTS) as usize)
}

#[test]
fn a_termination_at_any_moment_leaves_the_application_as_it_was() {
    for requests in moments(6) {
        let world = world();
        let app = App::start(&world, Hold::Nothing);
        let mut running = servo(&world, "run -o json").start();
        app.wait_for_requests(requests, &mut running);
        running.signal(Signal::TERM);
        let finished = running.wait().expect(0);
        assert!(finished.stderr.contains("SIGTERM: ending in good order"), "{}", finished.stderr);
        assert!(finished.stderr.contains("stopped; the application has the settings it came with"));
        assert_eq!(app.workers(), START, "after {requests} requests\n{}", finished.stderr);
        let known = servo(&world, "history -o json").run().expect(0);
        let rows = json(&known)["rows"].as_array().map_or(0, Vec::len);
        if rows > 0 {
            assert_eq!(rows, measured(&records(&world)).len());
        }
        // What was stopped goes on.
        servo(&world, "run").run().expect(0);
        assert_eq!(measured(&records(&world)), (1..=8).collect::<Vec<_>>());
    }
}

#[test]
fn a_termination_in_the_middle_of_a_measurement_or_change_does_not_wait_for_it() {
    for hold in [Hold::Work(1), Hold::Work(2), Hold::Made] {
        let world = world();
        let app = App::start(&world, hold);
        let running = servo(&world, "run").start();
        app.wait_until_held();
        app.hold(Hold::Nothing);
        running.signal(Signal::TERM);
        running.wait().expect(0);
        assert_eq!(app.workers(), START, "{hold:?}");
    }
}

#[test]
fn a_termination_while_settings_are_promoted_is_no_failure() {
    let world = world();
    // The work after the last measurement is that of the promotion.
    let app = App::start(&world, Hold::Work(9));
    let configuration = app.configuration("maximize: web.workers + 0 * calls\n  promote: true");
    let work = configuration.split("measure: ").nth(1).unwrap().split('}').next().unwrap();
    world.file("servo.yaml", configuration.replace("{measure: '", &format!("{{promote: {work}, measure: '")));
    let running = servo(&world, "run").start();
    app.wait_until_held();
    assert_ne!(app.workers(), START);
    running.signal(Signal::TERM);
    running.wait().expect(0);
    assert_eq!(app.workers(), START);
    servo(&world, "run").run().expect(0);
    assert_ne!(app.workers(), START);
    assert_eq!(measured(&records(&world)), (1..=8).collect::<Vec<_>>());
}

#[test]
fn an_interrupt_ends_a_run_in_good_order_with_its_own_code() {
    let world = world();
    let app = App::start(&world, Hold::Work(2));
    let running = servo(&world, "run -o json").start();
    app.wait_until_held();
    app.hold(Hold::Nothing);
    running.signal(Signal::INT);
    let finished = running.wait().expect(130);
    assert_eq!(app.workers(), START);
    assert_eq!(json(&finished)["rows"].as_array().map(Vec::len), Some(1));
    assert_eq!(json(&finished)["ended"], serde_json::Value::Null);
}

#[test]
fn a_second_interrupt_ends_at_once() {
    let world = world();
    let app = App::start(&world, Hold::Work(2));
    let running = servo(&world, "run").start();
    app.wait_until_held();
    // The way back is not answered.
    app.hold(Hold::Changes);
    running.signal(Signal::INT);
    app.wait_until_held();
    // The same one again in the first half second would be an echo of it.
    nap(Duration::from_millis(600));
    running.signal(Signal::INT);
    running.wait().expect(130);
    // Its journal is whole, and the next run goes on.
    app.hold(Hold::Nothing);
    let next = servo(&world, "run").run().expect(0);
    assert!(next.stderr.contains("after 1 measurements"), "{}", next.stderr);
    assert_eq!(measured(&records(&world)), (1..=8).collect::<Vec<_>>());
}

#[test]
fn work_that_takes_as_long_as_it_is_given_may_be_ended() {
    let world = world();
    let app = App::start(&world, Hold::Work(1));
    let running = servo(&world, "measure -d 30s").start();
    app.wait_until_held();
    running.signal(Signal::TERM);
    running.wait().expect(0);
    let mut running = servo(&world, &format!("load attack {} -r 5 -d 30s -o json", app.url())).start();
    running.wait_for("a line", |_, stderr| stderr.contains("requests, ").then_some(()));
    running.signal(Signal::TERM);
    assert!(json(&running.wait().expect(0))["requests"].as_u64() > Some(0));
}

#[test]
fn a_signal_ends_a_run_that_only_waits() {
    let world = world();
    let app = App::start(&world, Hold::Nothing);
    let configuration = app.configuration("maximize: calls");
    world.file("servo.yaml", configuration.replace("{measure: 'http", "{startup: 'http"));
    let mut running = servo(&world, "run --no-poll").start();
    running.wait_for("the start", |_, _| app.asked(0).contains(&"work".to_owned()).then_some(()));
    running.signal(Signal::TERM);
    let finished = running.wait().expect(0);
    assert_eq!(app.asked(0).iter().filter(|word| *word != "GET").collect::<Vec<_>>(), ["work"]);
    assert!(!finished.stderr.contains("trial"), "{}", finished.stderr);
}
