//! A servo with one setting and one metric, and what an optimizer may command it.

use serde_json::{Value, json};
use servo_test_support::{Asked, Optimizer, Reply, Running, World};

use crate::run::stage::{json as parsed, servo, world};

/// A world whose servo asks this optimizer, and whose connector does something in some events.
pub(super) fn asking(optimizer: &Optimizer, on: &str) -> World {
    let world = world();
    world.file("servo.yaml", format!("{}{}", optimizer.stanza(), connector(on)));
    world
}

/// The connector of such a servo.
pub(super) fn connector(on: &str) -> String {
    format!(
        "connectors: {{web: ./fixture.wasm}}
web: {{components: {{web: {{threads: {{min: 1, max: 8, step: 1, value: 2}}}}}}, on: {{{on}}}}}
"
    )
}

/// It runs.
pub(super) fn run(world: &World) -> Running {
    servo(world, "run").start()
}

/// What `servo top` says of the optimizer.
#[track_caller]
pub(super) fn top(world: &World) -> Value {
    parsed(&servo(world, "top --once -o json").run().expect(0))["optimizer"].clone()
}

pub(super) fn describe(uid: &str) -> Value {
    json!({"cmd": "DESCRIBE", "cmd_uid": uid, "param": {"control": {}}})
}

pub(super) fn measure(uid: &str, seconds: f64) -> Value {
    let control = json!({"duration": seconds});
    json!({"cmd": "MEASURE", "cmd_uid": uid, "param": {"metrics": {"calls": {"unit": "rps"}}, "control": control}})
}

pub(super) fn adjust(uid: &str, threads: u32) -> Value {
    let settings = json!({"threads": {"value": threads}});
    let state = json!({"application": {"components": {"web": {"settings": settings}}}});
    json!({"cmd": "ADJUST", "cmd_uid": uid, "param": {"state": state, "control": {}}})
}

/// An optimizer that commands once and then answers progress with this.
pub(super) fn answering_progress(command: Value, answer: Value) -> Optimizer {
    Optimizer::start(move |asked: &Asked| match asked.event.as_str() {
        "WHATS_NEXT" if asked.before == 0 => Some(Reply::json(200, command.to_string())),
        _ if asked.is_progress() => Some(Reply::json(200, answer.to_string())),
        _ => None,
    })
}

/// Waits until it asks for a command for the second time: what it was commanded first is over.
#[track_caller]
pub(super) fn wait_for_next(optimizer: &Optimizer, running: &mut Running) {
    optimizer
        .wait_for(running, "the next question", |asked| asked.event == "WHATS_NEXT" && asked.before == 1);
}
