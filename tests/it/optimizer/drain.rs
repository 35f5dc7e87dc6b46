//! Signals: what is under way is ended, connectors end, and the optimizer is told why.

use serde_json::json;
use servo_test_support::{Optimizer, Reply, Signal, nap};

use super::lab::{adjust, asking, measure, run};

#[test]
fn a_signal_ends_in_order_and_goodbye_names_it() {
    for (signal, name, code) in
        [(Signal::TERM, "SIGTERM", 0), (Signal::INT, "SIGINT", 130), (Signal::USR1, "SIGUSR1", 0)]
    {
        let optimizer = Optimizer::commanding([measure("c-1", 3600.0)]);
        let url = optimizer.url();
        let world = asking(&optimizer, &format!("measure: wait, shutdown: 'http:{url}shutdown'"));
        let configuration = world.read("servo.yaml");
        world.file(
            "servo.yaml",
            configuration.replace("web: {components", &format!("web: {{endpoint: '{url}', components")),
        );
        let mut running = run(&world);
        running.wait_for("the measurement", |_, stderr| stderr.contains("asks: measure").then_some(()));
        running.signal(signal);
        let finished = running.wait().expect(code);
        let events = optimizer.events();
        let shutdown = "GET /accounts/example.com/applications/shop/shutdown";
        assert_eq!(events[events.len() - 2..], [shutdown, "GOODBYE"], "{events:?}");
        assert_eq!(optimizer.asked().last().unwrap().param, json!({"reason": name}));
        assert!(finished.stderr.contains("stopped; the optimizer has asked for no change"));
    }
}

#[test]
fn a_change_that_is_cut_off_is_not_said_to_be_made() {
    let optimizer = Optimizer::commanding([adjust("c-1", 4)]);
    let world = asking(&optimizer, "adjust: wait");
    let mut running = run(&world);
    running.wait_for("the change", |_, stderr| stderr.contains("asks: adjust").then_some(()));
    running.signal(Signal::TERM);
    let finished = running.wait().expect(0);
    assert_eq!(optimizer.results()[0].param["status"], "cancelled");
    assert!(finished.stderr.contains("asked for last did not come to its end"), "{}", finished.stderr);
}

#[test]
fn a_second_signal_ends_at_once() {
    let optimizer = Optimizer::start(|asked| {
        let silence = std::time::Duration::from_secs(60);
        (asked.event == "GOODBYE").then(|| Reply::json(200, "{}").after(silence))
    });
    let world = asking(&optimizer, "");
    let mut running = run(&world);
    optimizer.wait_for(&mut running, "a question", |asked| asked.event == "WHATS_NEXT");
    running.signal(Signal::TERM);
    optimizer.wait_for(&mut running, "the end", |asked| asked.event == "GOODBYE");
    // The same one again in the first half second would be an echo of it.
    nap(std::time::Duration::from_millis(600));
    running.signal(Signal::TERM);
    running.wait().expect(143);
}

#[test]
fn an_echo_of_the_signal_is_no_second_one() {
    for (signal, code) in [(Signal::TERM, 0), (Signal::INT, 130)] {
        let optimizer = Optimizer::start(|_| None);
        let world = asking(&optimizer, "");
        let mut running = run(&world);
        optimizer.wait_for(&mut running, "a question", |asked| asked.event == "WHATS_NEXT");
        for _ in 0..5 {
            running.signal(signal);
            nap(std::time::Duration::from_millis(1));
        }
        running.wait().expect(code);
        assert_eq!(optimizer.events().last().map(String::as_str), Some("GOODBYE"));
    }
}

#[test]
fn what_changed_of_connectors_takes_effect_while_the_session_goes_on() {
    let optimizer = Optimizer::start(|asked| {
        let again = json!({"cmd": "SLEEP", "param": {"duration": 0.2}});
        (asked.event == "WHATS_NEXT").then(|| Reply::json(200, again.to_string()))
    });
    let world = asking(&optimizer, "");
    let mut running = run(&world);
    optimizer.wait_for(&mut running, "a question", |asked| asked.event == "WHATS_NEXT");
    let configuration = world.read("servo.yaml").replace("max: 8", "max: 9");
    world.file("servo.yaml", configuration);
    running.signal(Signal::HUP);
    running.wait_for("the reload", |_, stderr| {
        stderr.contains("works with its new configuration").then_some(())
    });
    let before = optimizer.asked().len();
    running.wait_for("a further question", |_, _| (optimizer.asked().len() > before).then_some(()));
    running.signal(Signal::TERM);
    running.wait().expect(0);
    assert_eq!(optimizer.events().iter().filter(|event| *event == "HELLO").count(), 1);
}
