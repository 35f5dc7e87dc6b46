//! Optimizers and connectors that do anything at any time.

use super::world::*;
use crate::random::Random;
use crate::session::*;
use servo_types::Failure;

fn anything(random: &mut Random) -> Option<Answer> {
    let answers = [
        taken(),
        taken(),
        adjust("a"),
        measure("b"),
        describe("c"),
        sleep(random.unit() * 5.0),
        status(401, ""),
        status(404, ""),
        status(410, "unexpected servo_uid"),
        status(422, ""),
        status(503, ""),
        failed(FailureKind::Network),
        failed(FailureKind::Timeout),
        failed(FailureKind::TooLarge),
        ok(serde_json::json!({"status": "cancel", "reason": "r"})),
        ok(serde_json::json!({"status": "unexpected-event"})),
        ok(serde_json::json!({"status": "invalid", "reason": "unexpected cmd_uid"})),
        ok(serde_json::json!({"cmd": "DANCE"})),
        ok(serde_json::json!({"cmd": "MEASURE", "cmd_uid": "d", "param": {}})),
        Answer::Body("{".into()),
    ];
    (random.below(50) > 0).then(|| answers[random.below(answers.len())].clone())
}

#[test]
fn whatever_comes_one_thing_at_a_time_is_done_and_the_end_is_in_time() {
    for seed in 0..400 {
        let mut random = Random::new(seed, 1);
        let mut act = Act { ends: random.unit() * 30.0, ..Act::default() };
        act.says =
            (0..random.below(20)).map(|_| (random.unit() * 40.0, random.unit() * 120.0 - 10.0)).collect();
        act.yields = (random.below(2) == 0).then(|| random.unit() * 20.0);
        act.with = (random.below(3) == 0).then(|| Failure::failed("broken"));
        let latency = s(random.unit() * 3.0);
        let (lost, stop) = (random.unit() * 300.0, 300.0 + random.unit() * 300.0);
        let mut world = World::new(SessionOptions { seed, ..options() }, move |_, _| anything(&mut random));
        (world.act, world.latency) = (act, latency);
        // Inputs that nobody asked for change nothing.
        world.at(lost, Input::Down);
        world.at(lost, Input::Time);
        world.stop_at(stop);
        // Beyond this the world itself asserts the order of things.
        world.run(stop + 60.0);
        assert!(world.requests(0.0, stop) < 1500, "seed {seed}: {}", world.requests(0.0, stop));
        let (at, end) = world.end.unwrap_or_else(|| panic!("seed {seed}: {:?}", world.trace));
        assert_eq!(end, End::Stopped);
        assert!(at <= s(stop + 36.0), "seed {seed}: {at:?} after {stop}");
    }
}
