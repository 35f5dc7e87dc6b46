//! How long requests are repeated.

use super::world::*;
use crate::session::*;
use crate::wire::Event;

#[test]
fn nothing_that_listens_for_hours_does_not_end_the_session() {
    let mut world = World::new(options(), |now, request| {
        Some(match request.event {
            _ if now < s(12.0 * 3600.0) => failed(FailureKind::Network),
            Event::WhatsNext => sleep(60.0),
            _ => taken(),
        })
    });
    world.run(12.0 * 3600.0 + 300.0);
    assert_eq!(world.end, None);
    assert!(world.requests(3600.0, 7200.0) > 60, "{}", world.requests(3600.0, 7200.0));
    assert!(matches!(world.session.state().phase, Phase::Sleeping { .. }));
}

#[test]
fn as_many_tries_as_the_settings_allow() {
    let few = Budget { max_time: None, max_tries: Some(3) };
    let table = [
        (SessionOptions { connect: few, ..options() }, "HELLO"),
        (SessionOptions { requests: few, ..options() }, "WHATS_NEXT"),
    ];
    for (options, event) in table {
        let mut world = World::new(options, move |_, request| {
            Some(if request.event.name() == event { status(401, "no") } else { taken() })
        });
        world.run(60.0);
        assert_eq!(world.trace.iter().filter(|line| *line == event).count(), 3);
        let Some((_, End::GaveUp(text))) = &world.end else { panic!("{:?}", world.end) };
        assert!(text.contains(event) && text.contains("given up after 3 tries"), "{text}");
        assert_eq!(world.trace.last().unwrap(), "shutdown");
    }
}

/// Results are refused until then.
fn deaf_until(until: f64, budget: Budget, mut commands: Vec<Answer>) -> World {
    World::new(SessionOptions { requests: budget, ..options() }, move |now, request| {
        Some(match request.event {
            Event::Adjustment(_) if now < s(until) => status(503, ""),
            Event::WhatsNext => commands.pop().unwrap_or_else(|| sleep(3600.0)),
            _ => taken(),
        })
    })
}

#[test]
fn a_result_that_could_not_be_told_is_told_when_the_optimizer_asks_again() {
    let budget = Budget { max_time: Some(s(30.0)), max_tries: None };
    let mut world = deaf_until(29.0, budget, vec![adjust("c")]);
    world.run(100.0);
    assert!(world.sent.iter().all(|(at, _)| *at <= s(30.0)), "the last try is within the time");

    let mut world = deaf_until(31.0, budget, vec![adjust("c"), adjust("c"), adjust("c")]);
    world.run(100.0);
    let line = |wanted: &str| world.trace.iter().filter(|line| *line == wanted).count();
    assert_eq!(line("begin ADJUST"), 2, "{:?}", world.trace);
    assert!(world.says("the result of ADJUST is given up"));
    assert!(world.says("ADJUST was done before"));

    // Another command is another operation.
    let mut world = deaf_until(31.0, budget, vec![adjust("c"), adjust("d"), adjust("c")]);
    world.run(100.0);
    assert_eq!(world.trace.iter().filter(|line| *line == "begin ADJUST").count(), 3, "{:?}", world.trace);
}
